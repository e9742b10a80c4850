// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>
/// What an application's library tells in a comment of a statement, as sqlcommenter writes it: /*key='value',key='value'*/ with
/// keys and values percent-encoded.
/// </summary>
public static class QueryComment
{
    /// <summary>The value of a key, decoded; null when no comment has it, and when it stands there twice: which is meant is not known.</summary>
    /// <param name="text">The whole statement.</param>
    /// <param name="key">The key.</param>
    /// <param name="noBackslashEscapes">SERVER_STATUS_NO_BACKSLASH_ESCAPES of the answer; null when it is not known.</param>
    /// <param name="dialect">The server's.</param>
    public static string? ValueOf(string text, string key, bool? noBackslashEscapes = null, SqlDialect dialect = SqlDialect.MySql8)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(key);
        if (!text.Contains(key, StringComparison.Ordinal) || RedactedText.ReadingOf(text, cut: false, noBackslashEscapes, dialect) is not { } reading)
        {
            return null;
        }

        string? value = null;
        var tokenizer = new SqlTokenizer(text, reading, dialect);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            var comment = token.In(text);
            if (token.Kind != SqlTokenKind.Comment || !comment.StartsWith("/*") || !comment.EndsWith("*/") || comment.Length < 4)
            {
                continue;
            }

            foreach (var range in comment[2..^2].Split(','))
            {
                var pair = comment[2..^2][range].Trim();
                if (pair.Length > key.Length + 2 && pair.StartsWith(key) && pair[key.Length..].StartsWith("='") && pair[^1] == '\'')
                {
                    if (value is not null)
                    {
                        return null;
                    }

                    value = Uri.UnescapeDataString(pair[(key.Length + 2)..^1].ToString());
                }
            }
        }

        return value;
    }
}
