// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Text that comes again and again on a connection (a host, a client's name): the string of the last one is used again
/// while the bytes stay the same.
/// </summary>
internal struct RepeatedText
{
    private const int Longest = 256; // bytes; what is longer is made anew each time

    private byte[]? _bytes;
    private int _length;
    private string? _text;

    /// <summary>The text as <see cref="HttpNames.Text"/> makes it.</summary>
    public string Of(ReadOnlySpan<byte> bytes)
    {
        if (_text is not null && bytes.SequenceEqual(_bytes.AsSpan(0, _length)))
        {
            return _text;
        }

        var text = HttpNames.Text(bytes);
        if (bytes.Length <= Longest)
        {
            if (_bytes is null || _bytes.Length < bytes.Length)
            {
                _bytes = bytes.ToArray();
            }

            bytes.CopyTo(_bytes);
            _length = bytes.Length;
            _text = text;
        }

        return text;
    }
}
