// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// A statement as it was sent, without what it says: each literal is "?", comments are left out, case and spacing
/// stay. What one reading of the quotes calls a literal is hidden even where another reading would show it.
/// </summary>
public static class RedactedText
{
    private const byte Visible = 0;
    private const byte Comment = 1;
    private const byte Literal = 2;

    /// <summary>Redacts a statement.</summary>
    /// <param name="text">The statement, perhaps cut.</param>
    /// <param name="cut">True when the text is only the beginning of the statement.</param>
    /// <param name="noBackslashEscapes">
    /// SERVER_STATUS_NO_BACKSLASH_ESCAPES of the answer; null when it is not known.
    /// </param>
    /// <param name="dialect">The server's: comments that one runs are comments to the other.</param>
    public static string Of(
        string text, bool cut = false, bool? noBackslashEscapes = null, SqlDialect dialect = SqlDialect.MySql8)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
        {
            return text;
        }

        var classes = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            Classify(text, classes.AsSpan(0, text.Length), cut, noBackslashEscapes, dialect);
            return Build(text, classes.AsSpan(0, text.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(classes);
        }
    }

    /// <summary>
    /// The reading of the quotes that decides what is a literal; null when several are possible and disagree.
    /// </summary>
    internal static SqlQuoting? ReadingOf(string text, bool cut, bool? noBackslashEscapes, SqlDialect dialect)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return SqlQuoting.Default;
        }

        var classes = ArrayPool<byte>.Shared.Rent(text.Length);
        var reading = Classify(text, classes.AsSpan(0, text.Length), cut, noBackslashEscapes, dialect);
        ArrayPool<byte>.Shared.Return(classes);
        return reading;
    }

    /// <summary>Marks what is to be hidden; gives the reading that decides, null when several disagree.</summary>
    private static SqlQuoting? Classify(
        string text, Span<byte> classes, bool cut, bool? noBackslashEscapes, SqlDialect dialect)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            // Without a backslash every reading of the quotes gives the same pieces.
            classes.Clear();
            Read(text, SqlQuoting.Default, dialect, classes);
            return SqlQuoting.Default;
        }

        ReadOnlySpan<SqlQuoting> readings = noBackslashEscapes switch
        {
            true => [SqlQuoting.NoBackslashEscapes],
            false => [SqlQuoting.Default, SqlQuoting.AnsiQuotes],
            null => [SqlQuoting.Default, SqlQuoting.AnsiQuotes, SqlQuoting.NoBackslashEscapes],
        };

        var scratch = ArrayPool<byte>.Shared.Rent(text.Length);
        var marks = scratch.AsSpan(0, text.Length);
        SqlQuoting? decides = null;
        var doubt = false;
        foreach (var reading in readings)
        {
            marks.Clear();
            // A reading that gives no valid SQL is no doubt, unless the end is not here to be judged. The likeliest
            // reading, which comes first, counts in any case: a client's mistake must not show what it tried to say.
            if (!Read(text, reading, dialect, marks) && decides is not null && !cut)
            {
                continue;
            }

            doubt |= Combine(classes, marks, first: decides is null);
            decides ??= reading;
        }

        ArrayPool<byte>.Shared.Return(scratch);
        return doubt ? null : decides;
    }

    /// <summary>Hides what either hides; true when they disagree.</summary>
    private static bool Combine(Span<byte> classes, ReadOnlySpan<byte> reading, bool first)
    {
        if (first)
        {
            reading.CopyTo(classes);
            return false;
        }

        var differ = false;
        for (var i = 0; i < classes.Length; i++)
        {
            if (classes[i] != reading[i])
            {
                classes[i] = Literal;
                differ = true;
            }
        }

        return differ;
    }

    /// <summary>Marks what one reading hides; false when that reading is no valid SQL.</summary>
    private static bool Read(string text, SqlQuoting quoting, SqlDialect dialect, Span<byte> classes)
    {
        var valid = true;
        var tokenizer = new SqlTokenizer(text, quoting, dialect);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            valid &= token.Terminated;
            switch (token.Kind)
            {
                case SqlTokenKind.String or SqlTokenKind.Number:
                case SqlTokenKind.QuotedIdentifier when !token.Terminated:
                case SqlTokenKind.Word when char.IsAsciiDigit(text[token.Start]):
                    classes.Slice(token.Start, token.Length).Fill(Literal);
                    break;
                case SqlTokenKind.Comment:
                    classes.Slice(token.Start, token.Length).Fill(Comment);
                    break;
                case SqlTokenKind.Operator when text[token.Start] == '\\':
                    valid &= token.End < text.Length && text[token.End] == 'N';
                    break;
            }
        }

        return valid;
    }

    private static string Build(string text, ReadOnlySpan<byte> classes)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = i + 1;
            while (end < text.Length && classes[end] == classes[i])
            {
                end++;
            }

            switch (classes[i])
            {
                case Visible:
                    result.Append(text, i, end - i);
                    break;
                case Literal:
                    result.Append('?');
                    break;
                case Comment when result.Length > 0 && !char.IsWhiteSpace(result[^1])
                    && end < text.Length && !char.IsWhiteSpace(text[end]):
                    // Two words must not become one.
                    result.Append(' ');
                    break;
            }

            i = end;
        }

        return result.ToString();
    }
}
