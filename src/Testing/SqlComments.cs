// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;

namespace L7Trace.Testing;

/// <summary>Comments of a statement.</summary>
internal static class SqlComments
{
    /// <summary>True when a comment of the statement has the text; what stands in a string or a name does not count.</summary>
    public static bool Any(string sql, string text)
    {
        var tokens = new SqlTokenizer(sql);
        for (var token = tokens.Next(); token.Kind != SqlTokenKind.End; token = tokens.Next())
        {
            if (token.Kind == SqlTokenKind.Comment && token.In(sql).Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
