// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Analysis.Sql;

/// <summary>What a piece of a digest is; the last six are what reductions make of literals.</summary>
internal enum DigestPieceKind : byte
{
    None,
    Fixed,
    Identifier,

    /// <summary>The same, out of quotes.</summary>
    QuotedIdentifier,

    /// <summary>The table of "table@query_block" in an optimizer hint.</summary>
    IdentifierAt,

    /// <summary>The number of a column in ORDER BY or GROUP BY.</summary>
    ColumnNumber,
    Value,
    ValueList,
    RowSingle,
    RowSingleList,
    RowMultiple,
    RowMultipleList,
    InList,
}

/// <summary>A piece of a digest: a fixed text (keyword, operator), a name out of the statement, or a reduction.</summary>
internal readonly record struct DigestPiece(
    DigestPieceKind Kind, string? Text = null, int Start = 0, int Length = 0, SqlTraits Traits = SqlTraits.None)
{
    public DigestPiece(SqlKeyword keyword)
        : this(DigestPieceKind.Fixed, keyword.Text, Traits: keyword.Traits)
    {
    }

    /// <summary>True for what is written with a text of its own and stops reductions.</summary>
    public bool IsName => Kind is DigestPieceKind.Identifier or DigestPieceKind.QuotedIdentifier
        or DigestPieceKind.IdentifierAt or DigestPieceKind.ColumnNumber;

    /// <summary>What it counts against max_digest_length: two bytes, and for a name two more and its own.</summary>
    public int Cost(ReadOnlySpan<char> source) =>
        IsName ? 4 + Encoding.UTF8.GetByteCount(source.Slice(Start, Length)) : 2;

    public bool IsText(string text) => Kind == DigestPieceKind.Fixed && Text == text;
}
