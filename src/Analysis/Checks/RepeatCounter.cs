// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Checks;

/// <summary>
/// Counts how often one statement runs within one unit of work of a connection, which is how a query for each row of another one's
/// result looks. A unit ends where a pool hands the connection on (login, reset, change of user, end) and where the
/// connection rested for longer than a loop does. A loop that takes a connection of the pool each time has the same statement again
/// behind each reset: that is counted by itself, as requests in quick succession look the same. Bounded: connections that are many
/// are forgotten, oldest first.
/// </summary>
public sealed class RepeatCounter
{
    /// <summary>A rest that ends a unit of work, nanoseconds.</summary>
    public const long Rest = 100_000_000;

    private const int MaxConnections = 10_000;
    private const int MaxDigests = 1000;

    private const int EvictedAtOnce = MaxConnections / 10;

    private readonly Dictionary<ConnectionId, Unit> _units = [];
    private readonly Dictionary<string, int> _most = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _mostAcross = new(StringComparer.Ordinal);
    private readonly int _limit;

    /// <summary>Makes one that remembers what ran more often than <paramref name="limit"/> times.</summary>
    public RepeatCounter(int limit) => _limit = limit;

    /// <summary>By digest, the most often that it ran in one unit; only what ran too often, most often first.</summary>
    public IEnumerable<(string Digest, int Count)> TooOften => Sorted(_most);

    /// <summary>The same for what ran again and again with resets of the connection in between, and not too often without.</summary>
    public IEnumerable<(string Digest, int Count)> TooOftenAcrossResets => Sorted(_mostAcross).Where(x => !_most.ContainsKey(x.Digest));

    /// <summary>There were more connections at a time, or statements in a unit, than are kept: some counts may be too low.</summary>
    public bool HasForgotten { get; private set; }

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
                Evict(start);
            }

            _units[connection] = unit = new Unit();
        }

        if (start - unit.End > Rest)
        {
            unit.Counts.Clear();
            unit.Last = null;
        }

        unit.End = Math.Max(unit.End, end);
        var count = unit.Counts.GetValueOrDefault(digest) + 1;
        if (unit.Counts.Count < MaxDigests || count > 1)
        {
            unit.Counts[digest] = count;
        }
        else
        {
            HasForgotten = true;
        }

        unit.InARow = string.Equals(unit.Last, digest, StringComparison.Ordinal) ? unit.InARow + 1 : 1;
        unit.Last = digest;
        Keep(_most, digest, count);
        Keep(_mostAcross, digest, unit.InARow);
    }

    /// <summary>The connection is reset, as pools do when they hand it on; the same loop may go on with it.</summary>
    public void Reset(ConnectionId connection)
    {
        if (_units.TryGetValue(connection, out var unit))
        {
            unit.Counts.Clear();
        }
    }

    /// <summary>The connection is new, or is gone.</summary>
    public void EndUnit(ConnectionId connection) => _units.Remove(connection);

    private static IEnumerable<(string Digest, int Count)> Sorted(Dictionary<string, int> counts) =>
        counts.OrderByDescending(static x => x.Value).ThenBy(static x => x.Key, StringComparer.Ordinal).Select(static x => (x.Key, x.Value));

    private void Keep(Dictionary<string, int> most, string digest, int count)
    {
        if (count > _limit && (most.Count < MaxDigests || most.ContainsKey(digest)))
        {
            most[digest] = Math.Max(most.GetValueOrDefault(digest), count);
        }
    }

    // Many at once, as looking for the oldest takes a look at all. A connection that rests has nothing to be forgotten.
    private void Evict(long now)
    {
        var oldest = _units.Select(static x => (x.Key, x.Value.End)).OrderBy(static x => x.End).Take(EvictedAtOnce).ToArray();
        foreach (var (connection, end) in oldest)
        {
            HasForgotten |= now - end <= Rest;
            _units.Remove(connection);
        }
    }

    private sealed class Unit
    {
        public Dictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

        public string? Last { get; set; }

        public int InARow { get; set; }

        public long End { get; set; }
    }
}
