// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>Failed calls by the server's error number, for a bounded number of numbers. Not thread-safe.</summary>
public sealed class ErrorCounts
{
    private const int MaxCodes = 64;

    private readonly List<(ushort Code, string? SqlState, long Count)> _counts = [];

    /// <summary>Failed calls whose number had no room.</summary>
    public long Others { get; private set; }

    /// <summary>Number, SQLSTATE (null when the answer had none) and calls, the most calls first.</summary>
    public IReadOnlyList<(ushort Code, string? SqlState, long Count)> Sorted() =>
        [.. _counts.OrderByDescending(static entry => entry.Count).ThenBy(static entry => entry.Code)];

    internal void Add(ushort code, string? sqlState, long count = 1)
    {
        for (var i = 0; i < _counts.Count; i++)
        {
            if (_counts[i].Code == code && _counts[i].SqlState == sqlState)
            {
                _counts[i] = (code, sqlState, _counts[i].Count + count);
                return;
            }
        }

        if (_counts.Count < MaxCodes)
        {
            _counts.Add((code, sqlState, count));
        }
        else
        {
            Others += count;
        }
    }

    internal void Merge(ErrorCounts other)
    {
        foreach (var (code, sqlState, count) in other._counts)
        {
            Add(code, sqlState, count);
        }

        Others += other.Others;
    }
}
