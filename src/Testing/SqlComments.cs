// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;

namespace L7Trace.Testing;

/// <summary>Comments of a statement.</summary>
internal static class SqlComments
{
    /// <summary>True when a comment of the statement has the text as a word of its own; what stands in a string or a name does not count.</summary>
    public static bool Any(string sql, string text)
    {
        var tokens = new SqlTokenizer(sql);
        for (var token = tokens.Next(); token.Kind != SqlTokenKind.End; token = tokens.Next())
        {
            if (token.Kind == SqlTokenKind.Comment && HasWord(token.In(sql), text))
            {
                return true;
            }
        }

        return false;
    }

    // "test-1" is no part of "test-10": two tests must not have each other's statements.
    private static bool HasWord(ReadOnlySpan<char> comment, string text)
    {
        for (int at; (at = comment.IndexOf(text, StringComparison.Ordinal)) >= 0; comment = comment[(at + 1)..])
        {
            if ((at == 0 || !IsOfWord(comment[at - 1])) && (at + text.Length == comment.Length || !IsOfWord(comment[at + text.Length])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOfWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-';
}
