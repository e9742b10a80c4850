// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Capability flags of both sides; what counts is what both have. Bits 0 to 31 are the classic flags (MySQL source
/// documentation, "Capabilities Flags"); bits 32 and up are MariaDB's extended ones (knowledge base, "Connecting").
/// Only flags that change the shape of what is read are named.
/// </summary>
[Flags]
internal enum MySqlCapabilities : ulong
{
    None = 0,

    /// <summary>CLIENT_LONG_PASSWORD. A MariaDB that leaves it out uses the extended flags.</summary>
    ClientMySql = 1UL << 0,
    ConnectWithDb = 1UL << 3,
    Compress = 1UL << 5,
    Protocol41 = 1UL << 9,
    Ssl = 1UL << 11,
    Transactions = 1UL << 13,
    SecureConnection = 1UL << 15,
    PluginAuth = 1UL << 19,
    ConnectAttributes = 1UL << 20,
    PluginAuthLengthEncoded = 1UL << 21,
    SessionTrack = 1UL << 23,
    DeprecateEof = 1UL << 24,
    OptionalResultSetMetadata = 1UL << 25,
    ZstdCompression = 1UL << 26,
    QueryAttributes = 1UL << 27,

    MariaDbProgress = 1UL << 32,
    MariaDbStatementBulk = 1UL << 34,
    MariaDbExtendedMetadata = 1UL << 35,
    MariaDbCacheMetadata = 1UL << 36,
}
