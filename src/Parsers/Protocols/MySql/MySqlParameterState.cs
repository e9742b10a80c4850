// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What is known of a parameter's value.</summary>
public enum MySqlParameterState
{
    /// <summary>It has a value, of which at least the beginning is here.</summary>
    Value = 0,

    /// <summary>It is NULL.</summary>
    Null = 1,

    /// <summary>COM_STMT_BULK_EXECUTE: the column's default.</summary>
    Default = 2,

    /// <summary>COM_STMT_BULK_EXECUTE: the column stays as it is.</summary>
    Ignore = 3,

    /// <summary>Its bytes were not kept or not captured.</summary>
    NotCaptured = 4,
}
