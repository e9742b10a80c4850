// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// Takes the protocol's basic types from the front of a payload. Every method returns false, and takes nothing, when
/// the bytes are too few or malformed. MySQL source documentation, "Protocol Basics: Data Types".
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public bool TrySkip(int count) => TryReadBytes(count, out _);

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> value)
    {
        if (count < 0 || count > _rest.Length)
        {
            value = default;
            return false;
        }

        value = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    public bool TryReadByte(out byte value)
    {
        var ok = TryReadBytes(1, out var bytes);
        value = ok ? bytes[0] : (byte)0;
        return ok;
    }

    public bool TryReadUInt16(out ushort value)
    {
        var ok = TryReadBytes(2, out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;
        return ok;
    }

    public bool TryReadUInt32(out uint value)
    {
        var ok = TryReadBytes(4, out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return ok;
    }

    /// <summary>int&lt;lenenc&gt;: 0xfb (NULL) and 0xff are not integers.</summary>
    public bool TryReadLengthEncoded(out ulong value)
    {
        value = 0;
        if (_rest.IsEmpty || _rest[0] is 0xfb or 0xff)
        {
            return false;
        }

        var first = _rest[0];
        var size = first switch { 0xfc => 2, 0xfd => 3, 0xfe => 8, _ => 0 };
        if (_rest.Length < 1 + size)
        {
            return false;
        }

        if (size == 0)
        {
            value = first;
        }

        for (var i = size; i > 0; i--)
        {
            value = (value << 8) | _rest[i];
        }

        _rest = _rest[(1 + size)..];
        return true;
    }

    /// <summary>string&lt;lenenc&gt;.</summary>
    public bool TryReadLengthEncodedBytes(out ReadOnlySpan<byte> value)
    {
        var start = _rest;
        if (TryReadLengthEncoded(out var length) && length <= (ulong)_rest.Length)
        {
            return TryReadBytes((int)length, out value);
        }

        _rest = start;
        value = default;
        return false;
    }

    /// <summary>string&lt;NUL&gt;; the terminator must be there.</summary>
    public bool TryReadTerminated(out ReadOnlySpan<byte> value)
    {
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            value = default;
            return false;
        }

        value = _rest[..end];
        _rest = _rest[(end + 1)..];
        return true;
    }
}
