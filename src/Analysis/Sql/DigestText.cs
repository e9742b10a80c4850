// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Analysis.Sql;

/// <summary>Writes the pieces of a digest as the servers do.</summary>
internal static class DigestText
{
    // Digests are in the server's old three-byte UTF-8: a name of more bytes than fit 64 characters is "...", and one with
    // a character beyond the Basic Multilingual Plane, which it can't hold, is nothing.
    private const int MaxNameBytes = 64;

    public static string Write(string source, ReadOnlySpan<DigestPiece> pieces, SqlDialect dialect, bool plainNames)
    {
        var result = new StringBuilder(Math.Min(source.Length + 16, 8 * StatementDigest.MaxLength));
        foreach (ref readonly var piece in pieces)
        {
            _ = piece.Kind switch
            {
                DigestPieceKind.Identifier or DigestPieceKind.QuotedIdentifier or DigestPieceKind.IdentifierAt =>
                    plainNames ? WritePlainName(result, source, piece) : WriteName(result, source, piece, dialect),
                DigestPieceKind.ColumnNumber => result.Append(source, piece.Start, piece.Length).Append(' '),
                DigestPieceKind.Value => result.Append("? "),
                DigestPieceKind.ValueList => result.Append("?, ... "),
                DigestPieceKind.RowSingle => result.Append("(?) "),
                DigestPieceKind.RowSingleList => result.Append("(?) /* , ... */ "),
                DigestPieceKind.RowMultiple => result.Append("(...) "),
                DigestPieceKind.RowMultipleList => result.Append("(...) /* , ... */ "),
                DigestPieceKind.InList => result.Append("IN (...) "),
                _ when piece.Text == "@" => result.Append('@'),
                _ => result.Append(piece.Text).Append(' '),
            };
        }

        if (dialect == SqlDialect.MySql8 && result.Length > 0 && result[^1] == ' ')
        {
            result.Length--;
        }

        return result.ToString();
    }

    // "_" for what would end the quotes.
    private static StringBuilder WritePlainName(StringBuilder result, string source, in DigestPiece piece)
    {
        var start = result.Append('`').Length;
        result.Append(source, piece.Start, piece.Length).Replace('`', '_', start, piece.Length);
        return result.Append("` ");
    }

    private static StringBuilder WriteName(StringBuilder result, string source, in DigestPiece piece, SqlDialect dialect)
    {
        var name = source.AsSpan(piece.Start, piece.Length);
        if (Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
        {
            return result.Append("...");
        }

        if (name.IsEmpty || name.ContainsAnyInRange('\ud800', '\udfff'))
        {
            return result;
        }

        result.Append('`');
        if (piece.Kind == DigestPieceKind.QuotedIdentifier && dialect == SqlDialect.MySql8)
        {
            // MySQL shows a doubled quote as the one that it stands for, MariaDB as it was written.
            var quote = source[piece.Start - 1];
            for (var i = 0; i < name.Length; i++)
            {
                result.Append(name[i]);
                i += name[i] == quote && i + 1 < name.Length && name[i + 1] == quote ? 1 : 0;
            }
        }
        else
        {
            result.Append(name);
        }

        return result.Append(piece.Kind == DigestPieceKind.IdentifierAt ? "`" : "` ");
    }
}
