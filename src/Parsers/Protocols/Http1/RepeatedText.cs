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
    private string? _text;

    /// <summary>The text as <see cref="HttpNames.Text"/> makes it.</summary>
    public string Of(ReadOnlySpan<byte> bytes)
    {
        if (_text is not null && bytes.SequenceEqual(_bytes))
        {
            return _text;
        }

        var text = HttpNames.Text(bytes);
        if (bytes.Length <= Longest)
        {
            _bytes = bytes.ToArray();
            _text = text;
        }

        return text;
    }
}
