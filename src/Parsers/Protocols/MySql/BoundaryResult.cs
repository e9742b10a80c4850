// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Whether a unit begins at a place.</summary>
internal enum BoundaryResult : byte
{
    /// <summary>It does not, or that cannot be shown.</summary>
    None,

    /// <summary>It may; more bytes will tell.</summary>
    MoreNeeded,

    /// <summary>It does.</summary>
    Found,
}
