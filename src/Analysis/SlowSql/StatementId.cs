// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;

namespace L7Trace.Analysis.SlowSql;

/// <summary>A short name for a group that is the same in every report: 16 hexadecimal digits.</summary>
public static class StatementId
{
    /// <summary>The name: the first 8 bytes of SHA-256 of grouping, schema and text. It is not the server's DIGEST.</summary>
    public static string Of(StatementGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var text = $"{(int)group.Grouping}\0{group.Schema}\0{group.Text}";
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}
