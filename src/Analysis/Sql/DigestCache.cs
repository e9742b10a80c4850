// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// Digests of texts that were met before (prepared statements, constant queries). Bounded: when it is full it starts
/// anew. Not thread-safe.
/// </summary>
public sealed class DigestCache
{
    private const int MaxEntries = 4096;
    private const int MaxText = 1024; // characters; with the entries that bounds the memory to about 10 MB
    private const ushort NoBackslashEscapes = 0x200; // SERVER_STATUS_NO_BACKSLASH_ESCAPES

    private readonly Dictionary<(string Text, bool? Raw), StatementDigest> _digests = [];

    /// <summary>The digest of an exchange's statement; null when the exchange has none.</summary>
    public StatementDigest? Of(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange.StatementText is not { } text)
        {
            return null;
        }

        var raw = BackslashesAreLiteral(exchange);
        if (exchange.StatementTextMissing > 0 || text.Length > MaxText)
        {
            return StatementDigest.Of(text, exchange.StatementTextMissing > 0, raw);
        }

        if (!_digests.TryGetValue((text, raw), out var digest))
        {
            if (_digests.Count >= MaxEntries)
            {
                _digests.Clear();
            }

            digest = StatementDigest.Of(text, cut: false, raw);
            _digests.Add((text, raw), digest);
        }

        return digest;
    }

    /// <summary>What the answer says of NO_BACKSLASH_ESCAPES; null when it says nothing.</summary>
    public static bool? BackslashesAreLiteral(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.ServerStatus is { } status ? (status & NoBackslashEscapes) != 0 : null;
    }
}
