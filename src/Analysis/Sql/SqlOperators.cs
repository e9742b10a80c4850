// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>Operators and other punctuation of a dialect, as its digests spell them.</summary>
internal sealed class SqlOperators
{
    // Both servers fold a sign behind these (MySQL manual, "Performance Schema Statement Digests"; measured).
    private static readonly string[] s_beforeSign = ["(", ",", "|", "&", "<<", ">>", "+", "-", "*", "/", "%", "^", "||", "&&"];

    // MySQL alone behind these.
    private static readonly string[] s_beforeSignInMySql = ["=", "<", ">", "<=", ">=", "!=", "<=>"];

    private static readonly string[] s_notBeforeValue = [")", ".", ";", "@", "->", "->>", "}"];
    private static readonly string[] s_notContinuing = [")", ",", ";", "}"];

    private static readonly string[] s_long = ["!=", "<=>", "->>", "<=", ">=", "<<", ">>", ":=", "&&", "||", "->"];

    private static readonly SqlOperators s_mySql = new([.. s_beforeSign, .. s_beforeSignInMySql]);
    private static readonly SqlOperators s_mariaDb = new(s_beforeSign);

    private readonly SqlKeyword[] _single = new SqlKeyword[128];
    private readonly SqlKeyword[] _long = new SqlKeyword[s_long.Length];

    private SqlOperators(string[] beforeSign)
    {
        for (var i = 0; i < _single.Length; i++)
        {
            _single[i] = Make(((char)i).ToString(), beforeSign);
        }

        for (var i = 0; i < _long.Length; i++)
        {
            _long[i] = Make(s_long[i], beforeSign);
        }
    }

    /// <summary>The operators of a dialect.</summary>
    public static SqlOperators Of(SqlDialect dialect) => dialect == SqlDialect.MariaDb ? s_mariaDb : s_mySql;

    /// <summary>The operator that a piece of text is.</summary>
    public SqlKeyword Find(ReadOnlySpan<char> text)
    {
        if (text.Length == 1)
        {
            return _single[Math.Min(text[0], (char)127)];
        }

        if (text is "<>")
        {
            return _long[0];
        }

        foreach (var candidate in _long)
        {
            if (text.SequenceEqual(candidate.Text))
            {
                return candidate;
            }
        }

        return _single[Math.Min(text[0], (char)127)];
    }

    private static SqlKeyword Make(string text, string[] beforeSign)
    {
        var traits = beforeSign.Contains(text) ? SqlTraits.BeforeSign : SqlTraits.None;
        traits |= s_notBeforeValue.Contains(text) ? SqlTraits.None : SqlTraits.BeforeValue;
        traits |= s_notContinuing.Contains(text) ? SqlTraits.None : SqlTraits.ContinuesExpression;
        return new SqlKeyword(text, traits);
    }
}
