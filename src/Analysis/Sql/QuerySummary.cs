// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// db.query.summary of OpenTelemetry's semantic conventions 1.44 ("Generating a summary of the query"): the operations of a
/// statement and what they apply to, in their order and as written, at most 255 characters, cut between two of them. Made
/// of words of the statement alone, never of literals.
/// </summary>
public static class QuerySummary
{
    /// <summary>The conventions' limit, in characters.</summary>
    public const int MaxLength = 255;

    /// <summary>The summary; null when the text has no operation.</summary>
    /// <param name="text">The statement, perhaps cut.</param>
    /// <param name="cut">True when the text is only the beginning of the statement.</param>
    /// <param name="noBackslashEscapes">
    /// SERVER_STATUS_NO_BACKSLASH_ESCAPES of the answer; null when it is not known.
    /// </param>
    /// <param name="dialect">The server's.</param>
    public static string? Of(
        string text, bool cut = false, bool? noBackslashEscapes = null, SqlDialect dialect = SqlDialect.MySql8)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reading = RedactedText.ReadingOf(text, cut, noBackslashEscapes, dialect);
        if (reading is null)
        {
            text = RedactedText.Of(text, cut, noBackslashEscapes, dialect);
        }

        var machine = new Machine(text);
        var tokenizer = new SqlTokenizer(text, reading ?? SqlQuoting.Default, dialect);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End && !machine.Full; token = tokenizer.Next())
        {
            if (token.Kind is not (SqlTokenKind.Whitespace or SqlTokenKind.Comment or SqlTokenKind.ExecutableMark))
            {
                machine.Read(token);
            }
        }

        return machine.Finish();
    }

    private static readonly string[] s_objects =
        ["TABLE", "INDEX", "VIEW", "DATABASE", "SCHEMA", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "USER", "ROLE", "SERVER", "SEQUENCE", "TABLESPACE"];

    private static readonly string[] s_endsTargets =
        ["WHERE", "SET", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "WINDOW", "FOR", "LOCK", "VALUES", "VALUE", "PROCEDURE", "RETURNING"];

    private static readonly string[] s_modifiers =
        ["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "QUICK", "INTO", "ONLY", "LATERAL"];

    private static readonly string[] s_ddlModifiers = ["IF", "NOT", "EXISTS", "TABLE"];

    private static bool Is(ReadOnlySpan<char> word, string[] words)
    {
        foreach (var candidate in words)
        {
            if (word.Equals(candidate, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private ref struct Machine(string text)
    {
        private readonly StringBuilder _result = new(64);
        private readonly StringBuilder _target = new(64);
        private string _operation = ""; // of this statement, in capitals; empty before it
        private bool _wantsTarget;
        private bool _joins; // a "." came, and the next name belongs to the target
        private bool _afterName;
        private int _depth;
        private ulong _selects; // depths with a SELECT or DELETE whose FROM is to come
        private ulong _lists;   // depths with a list of tables, where "," brings the next
        private bool _ignoresRest;

        public bool Full { get; private set; }

        public string? Finish()
        {
            EndTarget();
            return _result.Length > 0 ? _result.ToString() : null;
        }

        public void Read(SqlToken token)
        {
            var part = token.In(text);
            if (_target.Length > 0)
            {
                if (_afterName && token.Kind == SqlTokenKind.Operator && part is ".")
                {
                    _joins = true;
                    _afterName = false;
                    return;
                }

                if (_joins && token.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier)
                {
                    _target.Append('.').Append(part);
                    _joins = false;
                    _afterName = true;
                    return;
                }

                EndTarget();
            }

            switch (token.Kind)
            {
                case SqlTokenKind.Operator:
                    ReadOperator(part);
                    break;
                case SqlTokenKind.QuotedIdentifier when token.Terminated && _wantsTarget:
                    BeginTarget(part);
                    break;
                case SqlTokenKind.Word when !char.IsAsciiDigit(part[0]):
                    ReadWord(part);
                    break;
                default:
                    _wantsTarget = false;
                    break;
            }
        }

        private readonly ulong Bit => _depth < 64 ? 1UL << _depth : 0;

        private void ReadOperator(ReadOnlySpan<char> part)
        {
            switch (part[0])
            {
                case '(':
                    _depth++;
                    _selects &= ~Bit;
                    _lists &= ~Bit;
                    // FROM (SELECT ...) and FROM (a, b): what comes is a query or more tables.
                    _lists |= _wantsTarget ? Bit : 0;
                    return;
                case ')':
                    _depth -= _depth > 0 ? 1 : 0;
                    break;
                case ',':
                    _wantsTarget = (_lists & Bit) != 0;
                    return;
                case ';' when _operation != "PROGRAM": // whose body has semicolons of its own
                    _operation = "";
                    _ignoresRest = false;
                    _depth = 0;
                    _selects = _lists = 0;
                    break;
            }

            _wantsTarget = false;
        }

        private void ReadWord(ReadOnlySpan<char> word)
        {
            if (_ignoresRest)
            {
                return;
            }

            if (_operation.Length == 0)
            {
                BeginStatement(word);
            }
            else if (word.Equals("SELECT", StringComparison.OrdinalIgnoreCase))
            {
                Append(word);
                _selects |= Bit;
                _lists &= ~Bit;
                _wantsTarget = false;
            }
            else if (_operation is "WITH" or "EXPLAIN" or "DESCRIBE" or "DESC" or "ANALYZE"
                && _depth == 0 && Is(word, ["INSERT", "UPDATE", "DELETE", "REPLACE"]))
            {
                BeginStatement(word);
            }
            else if (_operation is "CREATE" or "ALTER" or "DROP" && Is(word, s_objects))
            {
                Append(word);
                _ignoresRest = false;
                _wantsTarget = true;
                _lists |= _operation == "DROP" ? Bit : 0;
                _operation = Is(word, ["TABLE", "VIEW"]) ? "DDL"
                    : _operation == "CREATE" && Is(word, ["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"]) ? "PROGRAM" : "OTHER DDL";
            }
            else if (_wantsTarget && !Is(word, s_modifiers)
                && !(_operation is "DDL" or "OTHER DDL" or "PROGRAM" or "TRUNCATE" && Is(word, s_ddlModifiers)))
            {
                BeginTarget(word);
            }
            else if (!_wantsTarget)
            {
                ReadClause(word);
            }
        }

        private void ReadClause(ReadOnlySpan<char> word)
        {
            if (word.Equals("FROM", StringComparison.OrdinalIgnoreCase) && (_selects & Bit) != 0)
            {
                _wantsTarget = true;
                _lists |= Bit;
            }
            else if (Is(word, ["JOIN", "STRAIGHT_JOIN"]) && ((_lists | _selects) & Bit) != 0)
            {
                _wantsTarget = true;
            }
            else if (word.Equals("USING", StringComparison.OrdinalIgnoreCase) && _operation == "DELETE" && (_lists & Bit) != 0)
            {
                _wantsTarget = false;
            }
            else if (word.Equals("TABLE", StringComparison.OrdinalIgnoreCase) && _operation == "LOAD")
            {
                _wantsTarget = true;
            }
            else if (Is(word, s_endsTargets))
            {
                _lists &= ~Bit;
            }
        }

        private void BeginStatement(ReadOnlySpan<char> word)
        {
            _operation = word.Length > 16 ? "OTHER" : word.ToString().ToUpperInvariant();
            if (_operation != "WITH")
            {
                Append(word);
            }

            switch (_operation)
            {
                case "SELECT" or "DELETE":
                    _selects |= Bit;
                    break;
                case "INSERT" or "REPLACE" or "CALL":
                    _wantsTarget = true;
                    break;
                case "UPDATE" or "TRUNCATE" or "TABLE":
                    _wantsTarget = true;
                    _lists |= Bit;
                    break;
                case "WITH" or "EXPLAIN" or "DESCRIBE" or "DESC" or "ANALYZE" or "CREATE" or "ALTER" or "DROP" or "LOAD":
                    break;
                default:
                    _ignoresRest = true;
                    break;
            }
        }

        private void BeginTarget(ReadOnlySpan<char> part)
        {
            _target.Append(part);
            _wantsTarget = false;
            _afterName = true;
        }

        private void EndTarget()
        {
            if (_target.Length > 0)
            {
                Append(_target.ToString());
                _target.Clear();
                _ignoresRest |= _operation is "OTHER DDL" or "PROGRAM";
            }

            _joins = _afterName = false;
        }

        private void Append(ReadOnlySpan<char> part)
        {
            var length = _result.Length + part.Length + (_result.Length > 0 ? 1 : 0);
            if (Full || length > MaxLength)
            {
                Full = true;
                return;
            }

            _result.Append(_result.Length > 0 ? " " : "").Append(part);
        }
    }
}
