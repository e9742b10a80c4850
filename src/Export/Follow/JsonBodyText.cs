// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;

namespace L7Trace.Export.Follow;

/// <summary>
/// JSON (RFC 8259), also several values behind each other, with a line for each value and two blanks for each level. Strings and
/// numbers stay as sent, byte for byte; with values withheld each is "?". Of JSON that is cut or broken, everything up to there.
/// </summary>
internal sealed class JsonBodyText : IBodyText
{
    private const int MaxDepth = 64;

    /// <inheritdoc/>
    public bool TryWrite(ShownBody body, BodyLines lines)
    {
        var bytes = body.Bytes.Span;
        bytes = bytes.StartsWith("\ufeff"u8) ? bytes[3..] : bytes;
        var start = bytes.TrimStart(" \t\r\n"u8);
        var isTold = body.MediaType.Contains("json", StringComparison.Ordinal);
        if (start.IsEmpty || (!isTold && (start[0] is not ((byte)'{' or (byte)'[') || !BeginsWell(start))))
        {
            return false;
        }

        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions
        {
            MaxDepth = MaxDepth,
            AllowMultipleValues = true,
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
        });
        var layout = new Layout(lines, body.ShowsSecrets);
        var shown = 0L;
        try
        {
            while (reader.Read())
            {
                if (!layout.Add(ref reader))
                {
                    return true;
                }

                shown = reader.BytesConsumed;
            }
        }
        catch (JsonException)
        {
            if (layout.IsEmpty)
            {
                return false;
            }

            layout.End();
            Rest(body, bytes[(int)shown..], lines);
            return true;
        }

        layout.End();
        return true;
    }

    private static void Rest(ShownBody body, ReadOnlySpan<byte> rest, BodyLines lines)
    {
        lines.Note(body.Body.IsWhole ? "no JSON from here on:" : "cut here:");
        if (body.ShowsSecrets)
        {
            lines.Lines(Encoding.UTF8.GetString(rest));
        }
        else
        {
            lines.Note($"{rest.Length} bytes withheld");
        }
    }

    private static bool BeginsWell(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, isFinalBlock: false, default);
        try
        {
            return reader.Read() && (reader.Read() || bytes.Length < 64);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Puts values onto lines. A line ends when it is known what comes behind it: a comma, or the end of its container.</summary>
    private sealed class Layout(BodyLines lines, bool showsValues)
    {
        private bool _isBehindStart;
        private bool _isBehindName;

        public bool IsEmpty { get; private set; } = true;

        public bool Add(ref Utf8JsonReader reader)
        {
            var token = reader.TokenType;
            var isEnd = token is JsonTokenType.EndObject or JsonTokenType.EndArray;
            if (!_isBehindName && !IsEmpty && !(isEnd && _isBehindStart))
            {
                if (!isEnd && !_isBehindStart && reader.CurrentDepth > 0)
                {
                    lines.Append(",");
                }

                lines.EndLine();
                lines.Append(new string(' ', 2 * reader.CurrentDepth));
            }

            IsEmpty = false;
            _isBehindName = token == JsonTokenType.PropertyName;
            _isBehindStart = token is JsonTokenType.StartObject or JsonTokenType.StartArray;
            return lines.Append(token switch
            {
                JsonTokenType.StartObject => "{",
                JsonTokenType.EndObject => "}",
                JsonTokenType.StartArray => "[",
                JsonTokenType.EndArray => "]",
                JsonTokenType.PropertyName => $"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\": ",
                JsonTokenType.Null => "null",
                _ when !showsValues => "?",
                JsonTokenType.String => $"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\"",
                _ => Encoding.UTF8.GetString(reader.ValueSpan),
            });
        }

        public void End()
        {
            if (!IsEmpty)
            {
                lines.EndLine();
            }
        }
    }
}
