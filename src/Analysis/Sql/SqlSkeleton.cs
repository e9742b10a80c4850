// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// A statement with a mark in the place of each literal and comment: statements with equal skeletons have equal digests
/// and equal redacted texts, for both depend on the other pieces and on where and of what kind these are. What a digest
/// shows of them stays: optimizer hints, and numbers that may be a column's in ORDER BY or GROUP BY.
/// </summary>
internal static class SqlSkeleton
{
    // Behind a backslash several readings of the quotes are possible; what may be taken for a mark is none of ours.
    private static readonly SearchValues<char> s_excluded = SearchValues.Create("\\\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12");

    /// <summary>
    /// Writes the skeleton, which is never longer than the text; -1 when the text has none, else the length.
    /// </summary>
    public static int Write(ReadOnlySpan<char> text, SqlDialect dialect, Span<char> skeleton)
    {
        if (text.ContainsAny(s_excluded))
        {
            return -1;
        }

        var length = 0;
        var copied = 0; // of the text
        var tokenizer = new SqlTokenizer(text, SqlQuoting.Default, dialect);
        var behindBy = false; // a BY has been read
        var mayBeColumn = false; // BY, or a "," behind one, is the last piece before
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            var isColumn = mayBeColumn && token.Kind == SqlTokenKind.Number && token.Length <= DigestBuilder.MaxColumnDigits;
            if (token.Kind is not (SqlTokenKind.Whitespace or SqlTokenKind.Comment or SqlTokenKind.ExecutableMark))
            {
                var isBy = token.Length == 2 && token.In(text).Equals("BY", StringComparison.OrdinalIgnoreCase);
                behindBy |= isBy;
                mayBeColumn = isBy || (behindBy && token.Length == 1 && text[token.Start] == ',');
            }

            if (!isColumn && MarkOf(text, token) is var mark and not '\0')
            {
                var part = text[copied..token.Start];
                part.CopyTo(skeleton[length..]);
                length += part.Length;
                skeleton[length++] = mark;
                copied = token.End;
            }
        }

        text[copied..].CopyTo(skeleton[length..]);
        return length + text.Length - copied;
    }

    // What stands beside a word decides whether it is a name: a letter of a string's prefix, the dot of "1.".
    private static char MarkOf(ReadOnlySpan<char> text, SqlToken token) => token.Kind switch
    {
        SqlTokenKind.String => MarkOfString(text[token.Start], token.Terminated),
        SqlTokenKind.Number => text[token.End - 1] == '.' ? '\x08' : '\x03',
        SqlTokenKind.Comment when text[token.Start..].StartsWith("/*+") => '\0',
        SqlTokenKind.Comment => token.Terminated ? '\x04' : '\x05',
        SqlTokenKind.QuotedIdentifier when !token.Terminated => '\x06',
        _ => '\0',
    };

    // A string in hexadecimal, one of bits and a national one are of different kinds to a digest.
    private static char MarkOfString(char first, bool terminated) => first switch
    {
        'x' or 'X' => terminated ? '\x07' : '\x0e',
        'b' or 'B' => terminated ? '\x0f' : '\x10',
        'n' or 'N' => terminated ? '\x11' : '\x12',
        _ => terminated ? '\x01' : '\x02',
    };
}
