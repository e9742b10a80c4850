// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp.Sending;

/// <summary>Counts while spans are sent; thread-safe.</summary>
internal sealed class SpanTotals
{
    private readonly Lock _lock = new();
    private SpanCounts _counts = new();

    /// <summary>So far.</summary>
    public SpanCounts Current
    {
        get
        {
            lock (_lock)
            {
                return _counts;
            }
        }
    }

    /// <summary>Changes them.</summary>
    public void Change(Func<SpanCounts, SpanCounts> change)
    {
        lock (_lock)
        {
            _counts = change(_counts);
        }
    }
}
