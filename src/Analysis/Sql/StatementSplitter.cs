// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>
/// Takes a digest apart into its statements. The body of a routine that is created belongs to the statement that creates it,
/// semicolons and all.
/// </summary>
internal ref struct StatementSplitter
{
    private static readonly HashSet<string> s_routines = new(StringComparer.OrdinalIgnoreCase) { "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE" };
    private static readonly HashSet<string> s_others = new(StringComparer.OrdinalIgnoreCase) { "TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SERVER", "SEQUENCE" };
    private static readonly HashSet<string> s_loops = new(StringComparer.OrdinalIgnoreCase) { "IF", "LOOP", "REPEAT", "WHILE", "FOR" };

    private readonly ReadOnlySpan<char> _text;
    private readonly List<SqlToken> _tokens = [];
    private int _next;

    public StatementSplitter(ReadOnlySpan<char> text)
    {
        _text = text;
        var tokenizer = new SqlTokenizer(text);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            HasOpenQuote |= !token.Terminated;
            if (token.Kind is not (SqlTokenKind.Whitespace or SqlTokenKind.Comment or SqlTokenKind.ExecutableMark))
            {
                _tokens.Add(token);
            }
        }
    }

    /// <summary>A quote has no end: what stands in it was not read.</summary>
    public bool HasOpenQuote { get; private set; }

    /// <summary>The last statement has the body of a routine whose end is not found.</summary>
    public bool HasOpenBlock { get; private set; }

    /// <summary>True when no statement follows.</summary>
    public readonly bool AtEnd => _next >= _tokens.Count;

    /// <summary>The next statement, without its semicolon; false when there is none. It may be empty.</summary>
    public bool TryRead(out StatementTokens statement)
    {
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens);
        statement = default;
        if (AtEnd)
        {
            return false;
        }

        var rest = new StatementTokens(_text, all[_next..]);
        var isRoutine = IsRoutine(rest);
        var blocks = 0;
        var end = 0;
        for (; end < rest.Count && !(blocks == 0 && rest.IsOperator(end, ';')); end++)
        {
            blocks += isRoutine ? BlockAt(rest, end) : 0;
            blocks = Math.Max(0, blocks);
        }

        HasOpenBlock = blocks > 0;
        statement = new StatementTokens(_text, all.Slice(_next, end));
        _next += end + 1;
        return true;
    }

    private static bool IsRoutine(in StatementTokens statement)
    {
        if (!statement.IsWord(0, "CREATE") && !statement.IsWord(0, "ALTER"))
        {
            return false;
        }

        for (var i = 1; i < statement.Count && !statement.IsOperator(i, ';') && !statement.IsAnyWord(i, s_others); i++)
        {
            if (statement.IsAnyWord(i, s_routines))
            {
                return true;
            }
        }

        return false;
    }

    // BEGIN and CASE go on to their END; "END IF" and the like end what has no weight here, "END CASE" a CASE.
    private static int BlockAt(in StatementTokens statement, int index)
    {
        var isBehindEnd = index > 0 && statement.IsWord(index - 1, "END");
        return statement.IsWord(index, "BEGIN") ? 1
            : statement.IsWord(index, "CASE") && !isBehindEnd ? 1
            : statement.IsWord(index, "END") && !statement.IsAnyWord(index + 1, s_loops) ? -1
            : 0;
    }
}
