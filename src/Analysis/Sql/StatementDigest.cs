// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// A statement without its values, in the style of MySQL 8's DIGEST_TEXT (manual, "Performance Schema Statement
/// Digests"): one blank between pieces, keywords in capitals, identifiers in back quotes, literals and parameter
/// markers as "?", lists folded, comments left out. Known differences: a keyword keeps its own spelling where MySQL
/// writes a synonym, optimizer hints are left out, and a bare name that begins with a digit is hidden.
/// </summary>
/// <param name="Text">The digest.</param>
/// <param name="IsPrefix">True when the statement went on, or was cut before the tracer saw its end.</param>
public readonly record struct StatementDigest(string Text, bool IsPrefix)
{
    /// <summary>MySQL's default max_digest_length, in bytes of pieces (two each, names four and their own).</summary>
    public const int MaxLength = 1024;

    /// <summary>The text, with " ..." behind a prefix.</summary>
    public override string ToString() => IsPrefix ? Text + " ..." : Text;

    /// <summary>Makes the digest of a statement.</summary>
    /// <param name="text">The statement, perhaps cut.</param>
    /// <param name="cut">True when the text is only the beginning of the statement.</param>
    /// <param name="noBackslashEscapes">
    /// SERVER_STATUS_NO_BACKSLASH_ESCAPES of the answer; null when it is not known.
    /// </param>
    public static StatementDigest Of(string text, bool cut = false, bool? noBackslashEscapes = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reading = RedactedText.ReadingOf(text, cut, noBackslashEscapes);
        if (reading is null)
        {
            // What may be a literal must not become an identifier of the digest.
            text = RedactedText.Of(text, cut, noBackslashEscapes);
        }

        var pieces = ArrayPool<DigestPiece>.Shared.Rent(MaxLength / 2);
        try
        {
            var reducer = new DigestReducer(text, pieces.AsSpan(0, MaxLength / 2), MaxLength);
            Feed(text, reading ?? SqlQuoting.Default, ref reducer);
            if (!cut && !reducer.Full)
            {
                reducer.DropFinalSemicolons();
            }

            return new StatementDigest(Write(text, pieces.AsSpan(0, reducer.Count)), cut || reducer.Full);
        }
        finally
        {
            ArrayPool<DigestPiece>.Shared.Return(pieces, clearArray: true);
        }
    }

    private static void Feed(string text, SqlQuoting quoting, ref DigestReducer reducer)
    {
        var tokenizer = new SqlTokenizer(text, quoting);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End && !reducer.Full; token = tokenizer.Next())
        {
            switch (token.Kind)
            {
                case SqlTokenKind.Word:
                    AddWord(text, token, ref reducer);
                    break;
                case SqlTokenKind.VariableName:
                    reducer.Add(new DigestPiece(DigestPieceKind.Identifier, Start: token.Start, Length: token.Length));
                    break;
                case SqlTokenKind.QuotedIdentifier when token.Terminated:
                    reducer.Add(new DigestPiece(DigestPieceKind.Identifier, Start: token.Start + 1, Length: token.Length - 2));
                    break;
                case SqlTokenKind.Number:
                    reducer.AddValue(isNumber: true);
                    break;
                case SqlTokenKind.String or SqlTokenKind.Parameter or SqlTokenKind.QuotedIdentifier:
                    reducer.AddValue(isNumber: false);
                    break;
                case SqlTokenKind.CharsetIntroducer:
                    reducer.Add(new DigestPiece(DigestPieceKind.Fixed, "(_charset)"));
                    break;
                case SqlTokenKind.Operator:
                    reducer.Add(Operator(token.In(text)));
                    break;
            }
        }
    }

    private static void AddWord(string text, SqlToken token, ref DigestReducer reducer)
    {
        var word = token.In(text);
        var next = token.End < text.Length ? text[token.End] : '\0';
        var qualifies = next == '.' && token.End + 1 < text.Length && SqlTokenizer.IsWordCharacter(text[token.End + 1]);
        var isVariable = token.Start >= 2 && text[token.Start - 1] == '@' && text[token.Start - 2] == '@';
        var isQualified = token.Start >= 1 && text[token.Start - 1] == '.';
        var keyword = isQualified || (qualifies && !isVariable) ? null : SqlKeywords.Find(word, next == '(');
        if (char.IsAsciiDigit(word[0]) && !isQualified)
        {
            // By the letter a name, but a mistyped number looks the same.
            reducer.AddValue(isNumber: false);
        }
        else if (keyword is null)
        {
            reducer.Add(new DigestPiece(DigestPieceKind.Identifier, Start: token.Start, Length: token.Length));
        }
        else if (keyword == "NULL" && reducer.Last.StartsExpression && !reducer.Last.IsText("NOT"))
        {
            reducer.AddValue(isNumber: false);
        }
        else
        {
            reducer.Add(new DigestPiece(
                DigestPieceKind.Fixed, keyword, StartsExpression: SqlKeywords.StartsExpression(keyword)));
        }
    }

    private static DigestPiece Operator(ReadOnlySpan<char> text)
    {
        var fixedText = text switch
        {
            "<>" or "!=" => "!=",
            "<=>" => "<=>",
            "->>" => "->>",
            "<=" => "<=",
            ">=" => ">=",
            "<<" => "<<",
            ">>" => ">>",
            ":=" => ":=",
            "&&" => "&&",
            "||" => "||",
            "->" => "->",
            _ => s_single[Math.Min(text[0], (char)127)],
        };
        return new DigestPiece(DigestPieceKind.Fixed, fixedText, StartsExpression: fixedText is not (")" or "." or ";" or "@" or "->" or "->>"));
    }

    private static readonly string[] s_single = [.. Enumerable.Range(0, 128).Select(static c => ((char)c).ToString())];

    private static string Write(string text, ReadOnlySpan<DigestPiece> pieces)
    {
        var result = new StringBuilder(text.Length);
        foreach (ref readonly var piece in pieces)
        {
            if (result.Length > 0 && result[^1] != '@')
            {
                result.Append(' ');
            }

            _ = piece.Kind switch
            {
                DigestPieceKind.Identifier => result.Append('`').Append(text, piece.Start, piece.Length).Append('`'),
                DigestPieceKind.Value => result.Append('?'),
                DigestPieceKind.ValueList => result.Append("?, ..."),
                DigestPieceKind.RowSingle => result.Append("(?)"),
                DigestPieceKind.RowSingleList => result.Append("(?) /* , ... */"),
                DigestPieceKind.RowMultiple => result.Append("(...)"),
                DigestPieceKind.RowMultipleList => result.Append("(...) /* , ... */"),
                DigestPieceKind.InList => result.Append("IN (...)"),
                _ => result.Append(piece.Text),
            };
        }

        return result.ToString();
    }
}
