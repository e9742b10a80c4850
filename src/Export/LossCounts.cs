// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Streams;

namespace L7Trace.Export;

/// <summary>How much is missing, by reason. Not thread-safe.</summary>
public sealed class LossCounts
{
    private readonly SortedDictionary<LossCause, ulong> _counts = [];

    /// <summary>True when nothing is missing.</summary>
    public bool IsEmpty => _counts.Count == 0;

    /// <summary>The reasons that have a count, in the order of the enum.</summary>
    public IEnumerable<KeyValuePair<LossCause, ulong>> NonZero => _counts;

    /// <summary>The count of a reason: bytes for <see cref="LossCause.DataRingBytes"/>, else events.</summary>
    public ulong this[LossCause reason]
    {
        get => _counts.GetValueOrDefault(reason);
        set
        {
            if (value == 0)
            {
                _counts.Remove(reason);
            }
            else
            {
                _counts[reason] = value;
            }
        }
    }

    /// <summary>Takes over what the parsers count.</summary>
    public void Take(StreamCounters counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        this[LossCause.Gaps] = counters.Gaps;
        this[LossCause.GapBytes] = counters.GapBytes;
        this[LossCause.Late] = counters.Late;
        this[LossCause.Evicted] = counters.Evicted;
        this[LossCause.Malformed] = counters.Malformed;
        this[LossCause.ParserFaults] = counters.Faults;
        this[LossCause.XProtocol] = counters.Unparsed;
    }

    /// <summary>What was added since an earlier reading.</summary>
    public LossCounts Since(LossCounts earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var result = new LossCounts();
        foreach (var (reason, count) in _counts)
        {
            result[reason] = count - Math.Min(count, earlier[reason]);
        }

        return result;
    }
}
