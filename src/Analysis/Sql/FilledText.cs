// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.Sql;

/// <summary>A prepared statement with its values in place of the parameter markers, for reading and for EXPLAIN.</summary>
public static class FilledText
{
    /// <summary>
    /// The statement's text with the values of this execution as literals; of several rows, the first one's. The text as
    /// it was prepared when the values are not known, when their number is not that of the markers, or when the quotes can
    /// be read in more than one way, so that it is not sure which "?" is a marker. Null without a text.
    /// </summary>
    public static string? Of(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange.StatementText is not { } text || exchange.Command == MySqlCommand.Query ||
            exchange.Parameters is not { Values: { Count: > 0 } values })
        {
            return exchange.StatementText;
        }

        var isCut = exchange.StatementTextMissing > 0;
        var dialect = DigestCache.DialectOf(exchange);
        var filled = RedactedText.ReadingOf(text, isCut, exchange.NoBackslashEscapes, dialect) is { } reading
            ? Fill(text, values, reading, dialect, isCut, exchange.NoBackslashEscapes)
            : text;
        return exchange.BatchSize is { } rows and > 1 && !ReferenceEquals(filled, text)
            ? string.Create(CultureInfo.InvariantCulture, $"{filled} /* the first of {rows} rows */")
            : filled;
    }

    private static string Fill(
        string text, IReadOnlyList<MySqlParameter> values, SqlQuoting reading, SqlDialect dialect, bool isCut,
        bool? noBackslashEscapes)
    {
        var result = new StringBuilder(text.Length + (16 * values.Count));
        var next = 0;
        var afterMarker = false;
        var tokenizer = new SqlTokenizer(text, reading, dialect);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            var piece = token.In(text);
            if (token.Kind == SqlTokenKind.Parameter)
            {
                if (next == values.Count)
                {
                    return text; // more markers than values
                }

                var literal = SqlLiteral.Of(values[next++], noBackslashEscapes);
                if (result.Length > 0 && Joins(result[^1], literal[0]))
                {
                    result.Append(' ');
                }

                result.Append(literal);
                afterMarker = true;
                continue;
            }

            if (afterMarker && Joins(result[^1], piece[0]))
            {
                result.Append(' ');
            }

            result.Append(piece);
            afterMarker = false;
        }

        return next == values.Count || isCut ? result.ToString() : text;
    }

    // Two pieces that were two must not become one: a word and a number, a string and a string, a minus and a minus.
    private static bool Joins(char left, char right) =>
        (IsPart(left) && IsPart(right)) || (left == right && left is '\'' or '-' or '?');

    private static bool IsPart(char c) => SqlTokenizer.IsWordCharacter(c) || c is '.' or '@' or '\'' or '"';
}
