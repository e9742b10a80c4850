// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>What a keyword or an operator says of the text behind it.</summary>
[Flags]
internal enum SqlTraits : byte
{
    None = 0,

    /// <summary>A sign behind it belongs to the number that follows.</summary>
    BeforeSign = 1,

    /// <summary>NULL behind it is a value.</summary>
    BeforeValue = 2,

    /// <summary>It ends the list of ORDER BY or GROUP BY.</summary>
    EndsByList = 4,

    /// <summary>A number before it is a part of an expression, not the number of a column.</summary>
    ContinuesExpression = 8,

    /// <summary>An optimizer hint may follow.</summary>
    BeforeHint = 16,
}

/// <summary>A keyword as a digest spells it.</summary>
internal sealed record SqlKeyword(string Text, SqlTraits Traits);
