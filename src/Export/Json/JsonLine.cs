// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using System.Text.Json;

namespace L7Trace.Export.Json;

/// <summary>
/// Lines of JSON being gathered, and a writer of flat objects into them. It writes what <see cref="Utf8JsonWriter"/>
/// with <see cref="JsonText"/> writes, without the bookkeeping of nested values: an exchange has some thirty fields.
/// The library's writer can write into it too.
/// </summary>
internal sealed class JsonLine(int capacity) : IBufferWriter<byte>
{
    // Quotes, the backslash and all that is not printable ASCII take the other way.
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static c => (char)c).Where(static c => c is not ('"' or '\\'))]);

    private byte[] _bytes = new byte[capacity];
    private bool _isFirst; // of its object or array

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Forgets what was written.</summary>
    public void Clear() => Length = 0;

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(1, sizeHint));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(Math.Max(1, sizeHint));
        return _bytes.AsSpan(Length);
    }

    /// <summary>What stands in front of a value: the comma, the name, the colon. For names that are written again and again.</summary>
    public static byte[] Member(JsonEncodedText name) => [.. ",\""u8, .. name.EncodedUtf8Bytes, .. "\":"u8];

    public void WriteStartObject()
    {
        WriteRaw("{"u8);
        _isFirst = true;
    }

    public void WriteEndObject() => WriteRaw("}"u8);

    /// <summary>Writes what is JSON already.</summary>
    public void WriteRaw(ReadOnlySpan<byte> json)
    {
        MakeRoom(json.Length);
        json.CopyTo(_bytes.AsSpan(Length));
        Length += json.Length;
    }

    public void WriteBoolean(JsonEncodedText name, bool value)
    {
        WriteName(name, 8);
        WriteValue(value);
    }

    /// <summary>The same with a name as <see cref="Member"/> makes it, and so below.</summary>
    public void WriteBoolean(ReadOnlySpan<byte> member, bool value)
    {
        WriteMember(member, 8);
        WriteValue(value);
    }

    public void WriteNull(JsonEncodedText name)
    {
        WriteName(name, 8);
        WriteRaw("null"u8);
    }

    public void WriteNumber(JsonEncodedText name, long value)
    {
        WriteName(name, 24);
        WriteValue(value);
    }

    public void WriteNumber(ReadOnlySpan<byte> member, long value)
    {
        WriteMember(member, 24);
        WriteValue(value);
    }

    public void WriteNumber(JsonEncodedText name, ulong value)
    {
        WriteName(name, 24);
        WriteValue(value);
    }

    public void WriteNumber(ReadOnlySpan<byte> member, ulong value)
    {
        WriteMember(member, 24);
        WriteValue(value);
    }

    /// <summary>Writes a text that needs no escape.</summary>
    public void WriteString(JsonEncodedText name, ReadOnlySpan<byte> plain)
    {
        WriteName(name, plain.Length + 2);
        _bytes[Length++] = (byte)'"';
        WriteRaw(plain);
        _bytes[Length++] = (byte)'"';
    }

    /// <summary>Writes any text, so that it is safe to look at in a terminal.</summary>
    public void WriteString(JsonEncodedText name, ReadOnlySpan<char> value)
    {
        WriteName(name, value.Length + 2);
        WriteValue(value);
    }

    public void WriteString(ReadOnlySpan<byte> member, ReadOnlySpan<char> value)
    {
        WriteMember(member, value.Length + 2);
        WriteValue(value);
    }

    /// <summary>Writes an array of texts that need no escape and are ASCII.</summary>
    public void WriteStrings(JsonEncodedText name, IEnumerable<string> plain)
    {
        WriteName(name, 0);
        var before = "[\""u8;
        foreach (var text in plain)
        {
            WriteRaw(before);
            MakeRoom(text.Length);
            Ascii.FromUtf16(text, _bytes.AsSpan(Length), out var written);
            Length += written;
            before = "\",\""u8;
        }

        WriteRaw(before[0] == '[' ? "[]"u8 : "\"]"u8);
    }

    private void WriteValue(bool value) => WriteRaw(value ? "true"u8 : "false"u8);

    private void WriteValue(long value)
    {
        value.TryFormat(_bytes.AsSpan(Length), out var written);
        Length += written;
    }

    private void WriteValue(ulong value)
    {
        value.TryFormat(_bytes.AsSpan(Length), out var written);
        Length += written;
    }

    // There is room for it where it is plain.
    private void WriteValue(ReadOnlySpan<char> value)
    {
        if (value.ContainsAnyExcept(s_plain))
        {
            WriteUnusual(value);
            return;
        }

        _bytes[Length++] = (byte)'"';
        Ascii.FromUtf16(value, _bytes.AsSpan(Length), out var written);
        Length += written;
        _bytes[Length++] = (byte)'"';
    }

    private void WriteUnusual(ReadOnlySpan<char> value)
    {
        if (TerminalText.IsSafe(value))
        {
            WriteRaw("\""u8);
            WriteRaw(JsonEncodedText.Encode(value, JsonText.Encoder).EncodedUtf8Bytes);
            WriteRaw("\""u8);
        }
        else
        {
            var escaped = JsonText.Escaped(value);
            Length += Encoding.UTF8.GetBytes(escaped, GetSpan(Encoding.UTF8.GetMaxByteCount(escaped.Length)));
        }
    }

    private void WriteMember(ReadOnlySpan<byte> member, int valueLength)
    {
        MakeRoom(member.Length + valueLength);
        if (_isFirst)
        {
            member = member[1..];
            _isFirst = false;
        }

        member.CopyTo(_bytes.AsSpan(Length));
        Length += member.Length;
    }

    // With room for the value.
    private void WriteName(JsonEncodedText name, int valueLength)
    {
        var text = name.EncodedUtf8Bytes;
        MakeRoom(text.Length + 4 + valueLength);
        var at = Length;
        if (!_isFirst)
        {
            _bytes[at++] = (byte)',';
        }

        _isFirst = false;
        _bytes[at++] = (byte)'"';
        text.CopyTo(_bytes.AsSpan(at));
        at += text.Length;
        _bytes[at++] = (byte)'"';
        _bytes[at++] = (byte)':';
        Length = at;
    }

    private void MakeRoom(int count)
    {
        if (count > _bytes.Length - Length)
        {
            Array.Resize(ref _bytes, checked((int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)Length + count))));
        }
    }
}
