// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2.Hpack;

/// <summary>Why a primitive of HPACK could not be read.</summary>
internal enum HpackStatus : byte
{
    /// <summary>It was read.</summary>
    Done,

    /// <summary>The bytes end inside it.</summary>
    Cut,

    /// <summary>No encoder may send this.</summary>
    Invalid,
}

/// <summary>The primitives of HPACK (RFC 7541, section 5): integers with a prefix, and strings.</summary>
internal ref struct HpackReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxInteger = 1 << 28; // far beyond any index, length or table size

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>True when all was read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The next byte, which tells the kind of representation; there is one.</summary>
    public readonly byte Peek => _rest[0];

    /// <summary>An integer of which <paramref name="prefix"/> bits stand in the first byte (section 5.1).</summary>
    public HpackStatus ReadInteger(int prefix, out int value)
    {
        value = 0;
        if (_rest.IsEmpty)
        {
            return HpackStatus.Cut;
        }

        var mask = (1 << prefix) - 1;
        value = _rest[0] & mask;
        var at = 1;
        if (value == mask)
        {
            byte next;
            var shift = 0;
            do
            {
                if (at == _rest.Length)
                {
                    return HpackStatus.Cut;
                }

                next = _rest[at++];
                var sum = value + ((long)(next & 0x7f) << shift);
                if (shift > 28 || sum > MaxInteger)
                {
                    return HpackStatus.Invalid;
                }

                value = (int)sum;
                shift += 7;
            }
            while ((next & 0x80) != 0);
        }

        _rest = _rest[at..];
        return HpackStatus.Done;
    }

    /// <summary>The bytes of a string literal as they stand (section 5.2).</summary>
    public HpackStatus ReadString(out ReadOnlySpan<byte> bytes, out bool isHuffman)
    {
        bytes = default;
        isHuffman = !_rest.IsEmpty && (_rest[0] & 0x80) != 0;
        var status = ReadInteger(7, out var length);
        if (status != HpackStatus.Done)
        {
            return status;
        }

        if (length > _rest.Length)
        {
            return HpackStatus.Cut;
        }

        bytes = _rest[..length];
        _rest = _rest[length..];
        return HpackStatus.Done;
    }
}
