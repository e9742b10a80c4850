// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>How the answer to a numbered statement carries its number.</summary>
internal enum NumberKind
{
    /// <summary>A result set of so many rows.</summary>
    Rows,

    /// <summary>The same with rows of 400 bytes, so that the answer takes several calls.</summary>
    WideRows,

    /// <summary>So many affected rows.</summary>
    Affected,

    /// <summary>An error of this number.</summary>
    Error,

    /// <summary>A prepared statement of its own, executed twice, with so many rows.</summary>
    Prepared,
}
