// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Where;

internal enum WhereTokenKind
{
    End,
    Word,
    Quoted,
    And,
    Or,
    Not,
    In,
    Open,
    Close,
    Comma,
    Compare,
}

/// <summary>One token: where it stands, what it is, and its text (of a quoted one: without quotes and escapes).</summary>
internal readonly record struct WhereToken(WhereTokenKind Kind, int Position, string Text);
