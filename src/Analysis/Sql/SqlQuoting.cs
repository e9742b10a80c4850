// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>How the server reads quotes; part of its sql_mode.</summary>
[Flags]
public enum SqlQuoting : byte
{
    /// <summary>The default: backslash escapes, and "..." is a string.</summary>
    Default = 0,

    /// <summary>NO_BACKSLASH_ESCAPES: a backslash is a character like any other.</summary>
    NoBackslashEscapes = 1,

    /// <summary>ANSI_QUOTES: "..." is an identifier, in which a backslash is a character like any other.</summary>
    AnsiQuotes = 2,
}
