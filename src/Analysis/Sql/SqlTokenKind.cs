// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>What a piece of SQL text is.</summary>
public enum SqlTokenKind : byte
{
    /// <summary>The text is over.</summary>
    End = 0,

    /// <summary>Blanks and control characters.</summary>
    Whitespace = 1,

    /// <summary>A comment, of any form, that the server does not execute.</summary>
    Comment = 2,

    /// <summary>The "/*!50001" or "*/" around text that the server does execute.</summary>
    ExecutableMark = 3,

    /// <summary>A word: keyword or identifier.</summary>
    Word = 4,

    /// <summary>An identifier in back quotes.</summary>
    QuotedIdentifier = 5,

    /// <summary>A string, with its prefix (N, X, B) if it has one.</summary>
    String = 6,

    /// <summary>A number, hexadecimal and binary ones included.</summary>
    Number = 7,

    /// <summary>A parameter marker.</summary>
    Parameter = 8,

    /// <summary>An introducer of a character set, such as _utf8mb4.</summary>
    CharsetIntroducer = 9,

    /// <summary>The name of a user variable, behind "@".</summary>
    VariableName = 10,

    /// <summary>An operator or other punctuation.</summary>
    Operator = 11,
}
