// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace L7Trace.Export.Json;

/// <summary>
/// Strings of captured text as JSON that is also safe to look at in a terminal: what <see cref="TerminalText"/> would not
/// print as it is becomes a \u escape, so the value stays exact and nothing acts on the screen.
/// </summary>
internal static class JsonText
{
    /// <summary>Leaves quotes, back quotes and letters of all scripts readable.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static void Write(Utf8JsonWriter json, JsonEncodedText name, string? value)
    {
        if (value is null)
        {
            return;
        }

        if (TerminalText.IsSafe(value))
        {
            json.WriteString(name, value);
        }
        else
        {
            json.WritePropertyName(name);
            json.WriteRawValue(Escaped(value), skipInputValidation: true);
        }
    }

    /// <summary>The same for lines.</summary>
    public static void Write(JsonLine json, JsonEncodedText name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>A string of JSON, quotes included, with what is dangerous as escapes.</summary>
    public static string Escaped(ReadOnlySpan<char> value)
    {
        var result = new StringBuilder(value.Length + 32).Append('"');
        var rest = value;
        while (!rest.IsEmpty)
        {
            var whole = Rune.DecodeFromUtf16(rest, out var rune, out var used) == System.Buffers.OperationStatus.Done;
            if (!whole)
            {
                result.Append("\\ufffd");
            }
            else if (rune.Value is '"' or '\\')
            {
                result.Append('\\').Append((char)rune.Value);
            }
            else if (TerminalText.IsDangerous(rune))
            {
                foreach (var c in rest[..used])
                {
                    result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                }
            }
            else
            {
                result.Append(rest[..used]);
            }

            rest = rest[used..];
        }

        return result.Append('"').ToString();
    }
}
