// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>What a piece of a digest is; the last six are what reductions make of literals.</summary>
internal enum DigestPieceKind : byte
{
    None,
    Fixed,
    Identifier,
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
    DigestPieceKind Kind, string? Text = null, int Start = 0, int Length = 0, bool StartsExpression = false)
{
    /// <summary>What it counts against max_digest_length: two bytes, and for a name two more and its own.</summary>
    public int Cost(ReadOnlySpan<char> source) =>
        Kind == DigestPieceKind.Identifier ? 4 + System.Text.Encoding.UTF8.GetByteCount(source.Slice(Start, Length)) : 2;

    public bool IsText(string text) => Kind == DigestPieceKind.Fixed && Text == text;
}
