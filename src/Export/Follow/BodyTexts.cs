// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Export.Follow;

/// <summary>Every kind of body that can be made readable, the most special one first; the last one takes any.</summary>
public static class BodyTexts
{
    private static readonly IBodyText[] s_all = [new GrpcBodyText(), new JsonBodyText(), new FormBodyText(), new PlainBodyText(), new HexBodyText()];

    /// <summary>Writes a body, or that it is withheld.</summary>
    public static void Write(ShownBody body, BodyLines lines)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(lines);
        foreach (var kind in s_all)
        {
            if (kind.TryWrite(body, lines))
            {
                if (lines.IsFull)
                {
                    lines.Note("the rest of the body is left out: it would be too much text");
                }

                return;
            }
        }

        lines.Note(string.Create(
            CultureInfo.InvariantCulture, $"{body.Bytes.Length} bytes withheld: only --show-secrets shows text and other bytes"));
    }
}
