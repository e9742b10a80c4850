// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>A piece of SQL text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Index of its first character.</param>
/// <param name="Length">Characters.</param>
/// <param name="Terminated">False for a string, identifier or comment that the text ends in.</param>
public readonly record struct SqlToken(SqlTokenKind Kind, int Start, int Length, bool Terminated = true)
{
    /// <summary>Index behind its last character.</summary>
    public int End => Start + Length;

    /// <summary>Its text.</summary>
    public ReadOnlySpan<char> In(ReadOnlySpan<char> text) => text.Slice(Start, Length);
}
