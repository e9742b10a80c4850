// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace L7Trace.Parsers.Streams;

/// <summary>Tells whether bytes that come in pieces are UTF-8 (RFC 3629), whatever stands on the edges of the pieces.</summary>
internal struct Utf8Check
{
    private uint _carry;  // of a character that is not whole, the first byte lowest
    private int _carried;

    /// <summary>Bytes came that no UTF-8 text has.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Text so far, and no character is cut at the end.</summary>
    public readonly bool IsWhole => !IsBroken && _carried == 0;

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (_carried > 0 && !bytes.IsEmpty && !IsBroken)
        {
            _carry |= (uint)bytes[0] << (8 * _carried++);
            bytes = bytes[1..];
            Settle();
        }

        if (IsBroken || bytes.IsEmpty)
        {
            return;
        }

        var whole = Protocols.MySql.Utf8Cut.TrimPartialCharacter(bytes).Length;
        IsBroken = !Utf8.IsValid(bytes[..whole]);
        for (var i = whole; i < bytes.Length; i++)
        {
            _carry |= (uint)bytes[i] << (8 * _carried++);
        }

        if (_carried > 0)
        {
            Settle();
        }
    }

    private void Settle()
    {
        Span<byte> bytes = [(byte)_carry, (byte)(_carry >> 8), (byte)(_carry >> 16), (byte)(_carry >> 24)];
        var status = Rune.DecodeFromUtf8(bytes[.._carried], out _, out _);
        if (status != OperationStatus.NeedMoreData)
        {
            IsBroken |= status == OperationStatus.InvalidData;
            _carry = 0;
            _carried = 0;
        }
    }
}
