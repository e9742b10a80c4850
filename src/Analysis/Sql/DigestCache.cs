// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// Digests and redacted texts of statements like those that were met before: the same but for literals and comments.
/// Bounded: when it is full it starts anew. Not thread-safe.
/// </summary>
public sealed class DigestCache
{
    private const int MaxEntries = 4096;
    private const int MaxText = 1024; // characters; with the entries that bounds the memory to about 20 MB
    private const ushort NoBackslashEscapes = 0x200; // SERVER_STATUS_NO_BACKSLASH_ESCAPES

    private readonly Dictionary<string, Entry> _bySkeleton = [];
    private readonly Dictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>> _skeletons;
    private readonly Dictionary<(string Text, bool? Raw, SqlDialect Dialect), Entry> _byText = [];
    private readonly char[] _skeleton = new char[MaxText + 1]; // the dialect, then the skeleton
    private string? _lastText; // an exchange is asked for both in turn
    private bool? _lastRaw;
    private SqlDialect _lastDialect;
    private Entry? _last;

    /// <summary>Makes an empty one.</summary>
    public DigestCache() => _skeletons = _bySkeleton.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The digest of an exchange's statement; null when the exchange has none.</summary>
    public StatementDigest? Of(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange.StatementText is not { } text)
        {
            return null;
        }

        return Find(exchange, text)?.Digest ??
            StatementDigest.Of(
                text, exchange.StatementTextMissing > 0, BackslashesAreLiteral(exchange), DialectOf(exchange));
    }

    /// <summary>The text of <see cref="Of"/> to show and to group by; null when the exchange has none.</summary>
    public string? TextOf(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.StatementText is { } text && Find(exchange, text) is { } entry
            ? entry.Shown ??= entry.Digest.ToString()
            : Of(exchange)?.ToString();
    }

    /// <summary>The statement as <see cref="RedactedText"/> makes it; null when the exchange has none.</summary>
    public string? RedactedOf(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange.StatementText is not { } text)
        {
            return null;
        }

        var raw = BackslashesAreLiteral(exchange);
        var dialect = DialectOf(exchange);
        return Find(exchange, text) is { } entry
            ? entry.Redacted ??= RedactedText.Of(text, cut: false, raw, dialect)
            : RedactedText.Of(text, exchange.StatementTextMissing > 0, raw, dialect);
    }

    /// <summary>The dialect of the exchange's server, by its greeting.</summary>
    public static SqlDialect DialectOf(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.IsMariaDb == true ? SqlDialect.MariaDb : SqlDialect.MySql8;
    }

    /// <summary>What the answer says of NO_BACKSLASH_ESCAPES; null when it says nothing.</summary>
    public static bool? BackslashesAreLiteral(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.ServerStatus is { } status ? (status & NoBackslashEscapes) != 0 : null;
    }

    // Null for what is not kept: a statement that is cut, or long.
    private Entry? Find(MySqlExchange exchange, string text)
    {
        if (exchange.StatementTextMissing > 0 || text.Length > MaxText)
        {
            return null;
        }

        var raw = BackslashesAreLiteral(exchange);
        var dialect = DialectOf(exchange);
        if (!ReferenceEquals(text, _lastText) || raw != _lastRaw || dialect != _lastDialect)
        {
            _skeleton[0] = (char)dialect;
            var length = SqlSkeleton.Write(text, dialect, _skeleton.AsSpan(1));
            _last = length < 0
                ? ByText(text, raw, dialect)
                : BySkeleton(_skeleton.AsSpan(0, 1 + length), text, raw, dialect);
            _lastText = text;
            _lastRaw = raw;
            _lastDialect = dialect;
        }

        return _last;
    }

    private Entry BySkeleton(ReadOnlySpan<char> skeleton, string text, bool? raw, SqlDialect dialect)
    {
        if (!_skeletons.TryGetValue(skeleton, out var entry))
        {
            MakeRoom();
            _skeletons[skeleton] = entry = new Entry(StatementDigest.Of(text, cut: false, raw, dialect));
        }

        return entry;
    }

    private Entry ByText(string text, bool? raw, SqlDialect dialect)
    {
        if (!_byText.TryGetValue((text, raw, dialect), out var entry))
        {
            MakeRoom();
            _byText.Add((text, raw, dialect), entry = new Entry(StatementDigest.Of(text, cut: false, raw, dialect)));
        }

        return entry;
    }

    private void MakeRoom()
    {
        if (_bySkeleton.Count + _byText.Count >= MaxEntries)
        {
            _bySkeleton.Clear();
            _byText.Clear();
        }
    }

    private sealed class Entry(StatementDigest digest)
    {
        public StatementDigest Digest { get; } = digest;

        public string? Shown { get; set; }

        public string? Redacted { get; set; }
    }
}
