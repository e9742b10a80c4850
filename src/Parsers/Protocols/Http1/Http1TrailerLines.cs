// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// The fields behind a chunked body (RFC 9112 section 7.1.2) out of their bytes as sent: line ends of CRLF or LF, folded
/// lines joined. Of bytes that are not all there, the last field is left out: it may go on.
/// </summary>
internal static class Http1TrailerLines
{
    /// <summary>The fields in order, names as sent. Lines that are no fields are left out.</summary>
    /// <param name="bytes">From behind the line of the last chunk's size.</param>
    /// <param name="isWhole">The bytes go on to the empty line at the end.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(ReadOnlySpan<byte> bytes, bool isWhole)
    {
        List<KeyValuePair<string, string>>? fields = null;
        var isField = false;
        while (bytes.IndexOf((byte)'\n') is var end and >= 0)
        {
            var line = bytes[..end].TrimEnd((byte)'\r');
            bytes = bytes[(end + 1)..];
            if (line.IsEmpty)
            {
                break;
            }

            if (line[0] is (byte)' ' or (byte)'\t')
            {
                if (isField)
                {
                    var last = fields![^1];
                    var more = HttpNames.Text(line.Trim(" \t"u8));
                    fields[^1] = new(last.Key, last.Value.Length == 0 ? more : $"{last.Value} {more}");
                }

                continue;
            }

            var colon = line.IndexOf((byte)':');
            isField = colon > 0;
            if (isField)
            {
                (fields ??= []).Add(new(
                    HttpNames.Header(line[..colon].TrimEnd(" \t"u8)), HttpNames.Text(line[(colon + 1)..].Trim(" \t"u8))));
            }
        }

        if (!isWhole && isField)
        {
            fields!.RemoveAt(fields.Count - 1);
        }

        return fields is null ? [] : fields;
    }
}
