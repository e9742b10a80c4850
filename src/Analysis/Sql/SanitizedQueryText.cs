// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// A statement as OpenTelemetry's semantic conventions 1.44 want db.query.text sanitised ("Sanitization of db.query.text"):
/// as it was written, each literal "?", comments left out, lists of IN folded to "(?)". A sign that stands against a number
/// goes with it, as in the conventions' own vectors, where "99+100" is "??". This is neither <see cref="StatementDigest"/>
/// nor <see cref="RedactedText"/>, and the three are not to be mixed. The text of a prepared statement is parameterised:
/// the conventions leave it as it is.
/// </summary>
public static class SanitizedQueryText
{
    /// <summary>Sanitises a statement.</summary>
    /// <param name="text">The statement, perhaps cut.</param>
    /// <param name="cut">True when the text is only the beginning of the statement.</param>
    /// <param name="noBackslashEscapes">
    /// SERVER_STATUS_NO_BACKSLASH_ESCAPES of the answer; null when it is not known.
    /// </param>
    /// <param name="dialect">The server's.</param>
    public static string Of(
        string text, bool cut = false, bool? noBackslashEscapes = null, SqlDialect dialect = SqlDialect.MySql8)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reading = RedactedText.ReadingOf(text, cut, noBackslashEscapes, dialect);
        if (reading is null)
        {
            text = RedactedText.Of(text, cut, noBackslashEscapes, dialect); // no possible literal may be left
        }

        var result = new StringBuilder(text.Length);
        var tokenizer = new SqlTokenizer(text, reading ?? SqlQuoting.Default, dialect);
        var list = new InList();
        var previous = default(SqlToken);
        var sign = -1; // where in the result a sign stands that a number may take along
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            if (token.Kind == SqlTokenKind.Comment)
            {
                continue;
            }

            if (IsLiteral(text, token))
            {
                if (sign >= 0)
                {
                    result.Length = token.Kind == SqlTokenKind.Number ? sign : result.Length;
                }

                result.Append('?');
                list.AddValue(result);
                sign = -1;
            }
            else
            {
                sign = token.Kind == SqlTokenKind.Operator && text[token.Start] is '-' or '+' && !EndsOperand(text, previous)
                    ? result.Length : -1;
                result.Append(text, token.Start, token.Length);
                list.Add(text, token);
            }

            previous = token;
        }

        return result.ToString();
    }

    /// <summary>
    /// True when a statement has literals or comments in it, or may have; one without either has its values bound to it, and
    /// is what the conventions call parameterised.
    /// </summary>
    public static bool HoldsValues(string text, bool? noBackslashEscapes = null, SqlDialect dialect = SqlDialect.MySql8)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (RedactedText.ReadingOf(text, cut: false, noBackslashEscapes, dialect) is not { } reading)
        {
            return true;
        }

        var tokenizer = new SqlTokenizer(text, reading, dialect);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            if (token.Kind == SqlTokenKind.Comment || IsLiteral(text, token))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLiteral(string text, SqlToken token) => token.Kind switch
    {
        SqlTokenKind.String or SqlTokenKind.Number => true,
        SqlTokenKind.QuotedIdentifier => !token.Terminated,
        SqlTokenKind.Parameter => false,
        SqlTokenKind.Word => (char.IsAsciiDigit(text[token.Start]) && (token.Start == 0 || text[token.Start - 1] != '.'))
            || token.In(text).Equals("TRUE", StringComparison.OrdinalIgnoreCase)
            || token.In(text).Equals("FALSE", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    /// <summary>True when a sign behind the token can only be an operator: "a-1", "f(x)-1".</summary>
    private static bool EndsOperand(string text, SqlToken token) => token.Kind switch
    {
        SqlTokenKind.QuotedIdentifier or SqlTokenKind.VariableName or SqlTokenKind.Parameter => true,
        SqlTokenKind.Word => !IsLiteral(text, token),
        SqlTokenKind.Operator => token.Length == 1 && text[token.Start] == ')',
        _ => false,
    };

    /// <summary>Folds the values of IN (...) into the first.</summary>
    private struct InList
    {
        private State _state;
        private int _firstEnd;

        private enum State : byte
        {
            Outside,
            Word,
            Open,
            Value,
            Comma,
        }

        public void AddValue(StringBuilder result)
        {
            if (_state == State.Comma)
            {
                result.Length = _firstEnd;
            }
            else if (_state == State.Open)
            {
                _firstEnd = result.Length;
            }

            _state = _state is State.Open or State.Comma ? State.Value : State.Outside;
        }

        public void Add(string text, SqlToken token)
        {
            if (token.Kind == SqlTokenKind.Whitespace)
            {
                return;
            }

            var character = token.Length == 1 ? text[token.Start] : '\0';
            _state = _state switch
            {
                State.Word when character == '(' => State.Open,
                State.Value when character == ',' => State.Comma,
                State.Open or State.Comma when character is '-' or '+' => _state,
                _ when token.Kind == SqlTokenKind.Word && token.In(text).Equals("IN", StringComparison.OrdinalIgnoreCase) => State.Word,
                _ => State.Outside,
            };
        }
    }
}
