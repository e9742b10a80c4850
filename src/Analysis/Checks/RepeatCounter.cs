// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Checks;

/// <summary>
/// Counts how often one statement runs within one unit of work of a connection, which is how a query for each row of another one's
/// result looks. A unit ends where a pool hands the connection on (login, reset, change of user, end) and where the
/// connection rested for longer than a loop does. Bounded: connections that are many are forgotten, oldest first.
/// </summary>
public sealed class RepeatCounter
{
    /// <summary>A rest that ends a unit of work, nanoseconds.</summary>
    public const long Rest = 100_000_000;

    private const int MaxConnections = 10_000;
    private const int MaxDigests = 1000;

    private readonly Dictionary<ConnectionId, Unit> _units = [];
    private readonly Dictionary<string, int> _most = new(StringComparer.Ordinal);
    private readonly int _limit;

    /// <summary>Makes one that remembers what ran more often than <paramref name="limit"/> times.</summary>
    public RepeatCounter(int limit) => _limit = limit;

    /// <summary>By digest, the most often that it ran in one unit; only what ran too often, most often first.</summary>
    public IEnumerable<(string Digest, int Count)> TooOften => _most.OrderByDescending(static x => x.Value).ThenBy(static x => x.Key, StringComparer.Ordinal).Select(static x => (x.Key, x.Value));

    /// <summary>A statement ran.</summary>
    /// <param name="connection">On this connection.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="start">Nanoseconds since the Unix epoch.</param>
    /// <param name="end">When it had ended; <paramref name="start"/> where that is not known.</param>
    public void Add(ConnectionId connection, string digest, long start, long end)
    {
        if (!_units.TryGetValue(connection, out var unit))
        {
            if (_units.Count >= MaxConnections)
            {
                _units.Remove(_units.MinBy(static x => x.Value.End).Key);
            }

            _units[connection] = unit = new Unit();
        }

        if (start - unit.End > Rest)
        {
            unit.Counts.Clear();
        }

        unit.End = Math.Max(unit.End, end);
        var count = unit.Counts.GetValueOrDefault(digest) + 1;
        if (unit.Counts.Count < MaxDigests || count > 1)
        {
            unit.Counts[digest] = count;
        }

        if (count > _limit && (_most.Count < MaxDigests || _most.ContainsKey(digest)))
        {
            _most[digest] = Math.Max(_most.GetValueOrDefault(digest), count);
        }
    }

    /// <summary>The connection is handed on, or is gone.</summary>
    public void EndUnit(ConnectionId connection) => _units.Remove(connection);

    private sealed class Unit
    {
        public Dictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

        public long End { get; set; }
    }
}
