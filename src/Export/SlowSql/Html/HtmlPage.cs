// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace L7Trace.Export.SlowSql.Html;

/// <summary>
/// A page as it grows. What stands in an interpolated string is markup, and what is put into it is text: each value is
/// escaped on its way, so captured text can't become markup by being forgotten.
/// </summary>
internal sealed class HtmlPage
{
    private readonly StringBuilder _text = new(64 * 1024);

    /// <summary>Adds markup with values in it.</summary>
    public HtmlPage Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Adds markup of our own that has no values (styles, script).</summary>
    public HtmlPage AddOwn(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Adds text that keeps its lines and tabs; everything else that acts or hides becomes visible.</summary>
    public HtmlPage AddLines(string text)
    {
        var first = true;
        foreach (var line in text.Split('\n'))
        {
            _text.Append(first ? "" : "\n");
            first = false;
            Escape(_text, line.Replace('\t', ' '));
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>The text as it stands between tags or in a quoted attribute.</summary>
    private static void Escape(StringBuilder result, string text)
    {
        foreach (var c in TerminalText.Sanitize(text))
        {
            _ = c switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '"' => result.Append("&quot;"),
                '\'' => result.Append("&#39;"),
                '`' => result.Append("&#96;"),
                _ => result.Append(c),
            };
        }
    }

    /// <summary>The compiler's way to hand over markup and values apart.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly StringBuilder _text;

        public Markup(int literalLength, int formattedCount, HtmlPage page)
        {
            _ = literalLength + formattedCount;
            _text = page._text;
        }

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? text) => Escape(_text, text ?? "");

        public void AppendFormatted(long number) => _text.Append(CultureInfo.InvariantCulture, $"{number}");

        /// <summary>A coordinate or a figure to sort by.</summary>
        public void AppendFormatted(double number) =>
            _text.Append(double.IsFinite(number) ? number.ToString("0.###", CultureInfo.InvariantCulture) : "0");
    }
}
