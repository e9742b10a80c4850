// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.SlowSql;

/// <summary>
/// Makes "EXPLAIN ..." of a captured statement, fit to be pasted into a client or run from a file. Captured text is hostile:
/// it is refused where it could do more than be explained.
/// </summary>
public static class ExplainStatement
{
    private static readonly string[] s_explainable = ["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "TABLE", "VALUES"];

    /// <summary>One line without the semicolon at its end; null when there is none, with the reason.</summary>
    /// <param name="text">The statement as sent, values in it.</param>
    /// <param name="isCut">The text is only the beginning.</param>
    /// <param name="noBackslashEscapes">What the answer says of NO_BACKSLASH_ESCAPES, null when it says nothing.</param>
    /// <param name="reason">Why there is none.</param>
    public static string? Of(string text, bool isCut, bool? noBackslashEscapes, out string reason)
    {
        ArgumentNullException.ThrowIfNull(text);
        reason = "";
        if (isCut)
        {
            reason = "its end was not seen";
            return null;
        }

        if (text.Contains('\\', StringComparison.Ordinal) && noBackslashEscapes != false)
        {
            reason = "what its backslashes mean is not known";
            return null;
        }

        var result = new StringBuilder("EXPLAIN", text.Length + 8);
        var tokenizer = new SqlTokenizer(text);
        var (isFirst, isOver, separate) = (true, false, true);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            var piece = token.In(text);
            switch (token.Kind)
            {
                case SqlTokenKind.Whitespace:
                    separate = true;
                    continue;
                case SqlTokenKind.Comment when !piece.StartsWith("/*+", StringComparison.Ordinal) && !MayRun(piece):
                    separate = true; // a client may read commands of its own behind a line end
                    continue;
                case SqlTokenKind.Operator when piece is ";":
                    isOver = true;
                    continue;
            }

            reason = Refuse(token, piece, isOver);
            if (reason.Length == 0 && isFirst && token.Kind == SqlTokenKind.Word && !IsExplainable(piece))
            {
                reason = "it is none of SELECT, INSERT, UPDATE, DELETE, REPLACE";
            }

            if (reason.Length > 0)
            {
                return null;
            }

            isFirst &= token.Kind != SqlTokenKind.Word;
            result.Append(separate ? " " : "").Append(piece);
            separate = false;
        }

        reason = isFirst ? "it has no word" : "";
        return isFirst ? null : result.ToString();
    }

    /// <summary>The same for an exchange whose parameters, if it has any, are in the text.</summary>
    public static string? Of(MySqlExchange exchange, string text, out string reason)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return Of(text, exchange.StatementTextMissing > 0, DigestCache.BackslashesAreLiteral(exchange), out reason);
    }

    /// <summary>True when the statement is of a kind that EXPLAIN takes.</summary>
    public static bool MayExplain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokenizer = new SqlTokenizer(text);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            if (token.Kind == SqlTokenKind.Word)
            {
                return IsExplainable(token.In(text));
            }
        }

        return false;
    }

    private static string Refuse(SqlToken token, ReadOnlySpan<char> piece, bool isOver) => token.Kind switch
    {
        _ when isOver => "it is more than one statement",
        _ when !token.Terminated => "its end was not seen",
        _ when !TerminalText.IsSafe(piece) && HasControls(piece) => "it has control characters",
        SqlTokenKind.ExecutableMark or SqlTokenKind.Comment when MayRun(piece) => "it has a comment that the server executes",
        SqlTokenKind.Parameter => "it has parameters whose values are not known",
        SqlTokenKind.Operator when piece.Contains('\\') => "it has a backslash outside of a string",
        SqlTokenKind.Comment when piece.ContainsAny("\\;") => "its hint has a backslash or a semicolon",
        _ => "",
    };

    // What one server takes for a comment another one runs, and where the line is pasted is not known.
    private static bool MayRun(ReadOnlySpan<char> piece) =>
        piece.StartsWith("/*!", StringComparison.Ordinal) || piece.StartsWith("/*M!", StringComparison.Ordinal) || piece is "*/";

    private static bool HasControls(ReadOnlySpan<char> piece)
    {
        foreach (var rune in piece.EnumerateRunes())
        {
            if (TerminalText.IsDangerous(rune) || rune == Rune.ReplacementChar)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsExplainable(ReadOnlySpan<char> word)
    {
        foreach (var known in s_explainable)
        {
            if (word.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
