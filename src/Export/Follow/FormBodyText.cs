// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.Follow;

/// <summary>The fields of a form (application/x-www-form-urlencoded), a line each, decoded; with values withheld, their names.</summary>
internal sealed class FormBodyText : IBodyText
{
    /// <inheritdoc/>
    public bool TryWrite(ShownBody body, BodyLines lines)
    {
        if (body.MediaType != "application/x-www-form-urlencoded" || body.Bytes.Span.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return false;
        }

        var text = Encoding.ASCII.GetString(body.Bytes.Span);
        foreach (var range in text.AsSpan().Split('&'))
        {
            var pair = text.AsSpan(range);
            var equals = pair.IndexOf('=');
            var name = equals < 0 ? "" : Decoded(pair[..equals]);
            var line = body.ShowsSecrets
                ? equals < 0 ? Decoded(pair) : $"{name}={Decoded(pair[(equals + 1)..])}"
                : equals < 0 ? "?" : name + "=?";
            if (!lines.Line(line))
            {
                break;
            }
        }

        return true;
    }

    private static string Decoded(ReadOnlySpan<char> text) => Uri.UnescapeDataString(text.ToString().Replace('+', ' '));
}
