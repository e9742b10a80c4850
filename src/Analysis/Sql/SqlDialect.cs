// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>The server whose way of writing digests is followed; each makes them of its own tokens.</summary>
public enum SqlDialect : byte
{
    /// <summary>MySQL 8 and 9, and servers that are not known.</summary>
    MySql8 = 0,

    /// <summary>MariaDB 10 and 11.</summary>
    MariaDb = 1,
}
