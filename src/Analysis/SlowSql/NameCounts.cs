// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>
/// Calls per name (a user, a client, a digest), for a bounded number of names; calls of names that came later are counted
/// together. Names are compared as objects, so all come from one <see cref="NameTable"/>. Not thread-safe.
/// </summary>
public sealed class NameCounts
{
    private const int MaxNames = 64;

    private (string Name, long Count)[] _counts = [];
    private int _used;

    /// <summary>Names that have a count of their own.</summary>
    public int Distinct => _used;

    /// <summary>Calls of names that had no room.</summary>
    public long Others { get; private set; }

    /// <summary>The names and their calls, the most calls first.</summary>
    public IReadOnlyList<(string Name, long Count)> Sorted() => [.. _counts.Take(_used)
        .OrderByDescending(static entry => entry.Count).ThenBy(static entry => entry.Name, StringComparer.Ordinal)];

    internal void Add(string name, long count = 1)
    {
        for (var i = 0; i < _used; i++)
        {
            if (ReferenceEquals(_counts[i].Name, name))
            {
                _counts[i].Count += count;
                if (i > 0 && _counts[i].Count > _counts[i - 1].Count)
                {
                    (_counts[i], _counts[i - 1]) = (_counts[i - 1], _counts[i]); // the frequent ones are found first
                }

                return;
            }
        }

        if (_used == MaxNames)
        {
            Others += count;
            return;
        }

        if (_used == _counts.Length)
        {
            Array.Resize(ref _counts, Math.Max(1, Math.Min(MaxNames, _used * 2)));
        }

        _counts[_used++] = (name, count);
    }

    internal void Merge(NameCounts other)
    {
        for (var i = 0; i < other._used; i++)
        {
            Add(other._counts[i].Name, other._counts[i].Count);
        }

        Others += other.Others;
    }
}
