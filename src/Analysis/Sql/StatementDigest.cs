// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// A statement without its values, as the server's own DIGEST_TEXT (MySQL manual, "Performance Schema Statement
/// Digests"): one blank between pieces, keywords in capitals and in one spelling, identifiers in back quotes, literals and
/// parameter markers as "?", lists folded, comments left out. docs/digests.md has the rules of both dialects and every
/// known difference. A text of several statements has one digest: theirs, with ";" between.
/// </summary>
/// <param name="Text">The digest, to the letter of the server's: MariaDB's ends in a blank.</param>
/// <param name="IsPrefix">True when the statement went on, or was cut before the tracer saw its end.</param>
public readonly record struct StatementDigest(string Text, bool IsPrefix)
{
    /// <summary>The default max_digest_length of both servers, in bytes of pieces (two each, names four and their own).</summary>
    public const int MaxLength = 1024;

    /// <summary>The text to show and to group by: without a blank at its end, with " ..." behind a prefix.</summary>
    public override string ToString()
    {
        var text = Text.EndsWith(' ') ? Text[..^1] : Text;
        return IsPrefix ? text + " ..." : text;
    }

    /// <summary>Makes the digest of a statement.</summary>
    /// <param name="text">The statement, perhaps cut.</param>
    /// <param name="cut">True when the text is only the beginning of the statement.</param>
    /// <param name="noBackslashEscapes">
    /// SERVER_STATUS_NO_BACKSLASH_ESCAPES of the answer; null when it is not known.
    /// </param>
    /// <param name="dialect">The server's.</param>
    public static StatementDigest Of(
        string text, bool cut = false, bool? noBackslashEscapes = null, SqlDialect dialect = SqlDialect.MySql8)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Of(text, cut, noBackslashEscapes, dialect, MaxLength, plainNames: false, out _);
    }

    /// <summary>The same with another bound.</summary>
    /// <param name="text">The statement, perhaps cut.</param>
    /// <param name="cut">True when the text is only the beginning of the statement.</param>
    /// <param name="noBackslashEscapes">As above.</param>
    /// <param name="dialect">The server's.</param>
    /// <param name="maxLength">In place of <see cref="MaxLength"/>.</param>
    /// <param name="plainNames">Names are whole and have no quotes inside, so that the text can be read as SQL again.</param>
    /// <param name="isAmbiguous">The statement reads in several ways, and parts of it may have been taken for a literal.</param>
    internal static StatementDigest Of(
        string text, bool cut, bool? noBackslashEscapes, SqlDialect dialect, int maxLength, bool plainNames, out bool isAmbiguous)
    {
        var reading = RedactedText.ReadingOf(text, cut, noBackslashEscapes, dialect);
        isAmbiguous = reading is null;
        if (reading is null)
        {
            // What may be a literal must not become an identifier of the digest.
            text = RedactedText.Of(text, cut, noBackslashEscapes, dialect);
        }

        var pieces = ArrayPool<DigestPiece>.Shared.Rent(maxLength / 2);
        try
        {
            var builder = new DigestBuilder(text, reading ?? SqlQuoting.Default, dialect, pieces.AsSpan(0, maxLength / 2), maxLength);
            var count = builder.Run(cut, out var full);
            return new StatementDigest(DigestText.Write(text, pieces.AsSpan(0, count), dialect, plainNames), cut || full);
        }
        finally
        {
            ArrayPool<DigestPiece>.Shared.Return(pieces, clearArray: true);
        }
    }
}
