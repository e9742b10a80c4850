// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>What can take up another of its kind.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IMergeable<in T>
{
    /// <summary>Adds what the other one has counted.</summary>
    void Merge(T other);
}

/// <summary>
/// Counters over time, in intervals of equal width that begin at whole multiples of it. The width doubles when there would
/// be too many, so memory is bounded and times may come in any order. Not thread-safe.
/// </summary>
/// <typeparam name="T">What is counted in one interval.</typeparam>
public sealed class TimeSeries<T>
    where T : class, IMergeable<T>, new()
{
    private readonly int _maxIntervals;
    private readonly List<T?> _intervals = [];
    private long _first;

    /// <summary>Makes an empty one.</summary>
    /// <param name="width">First width of an interval, nanoseconds.</param>
    /// <param name="maxIntervals">Intervals at most, from 2.</param>
    public TimeSeries(long width, int maxIntervals)
    {
        Width = width;
        _maxIntervals = maxIntervals;
    }

    /// <summary>Width of an interval, nanoseconds.</summary>
    public long Width { get; private set; }

    /// <summary>Begin of the first interval, nanoseconds since the Unix epoch.</summary>
    public long Start => _first * Width;

    /// <summary>The intervals from the first to the last that counted something; null where nothing was counted.</summary>
    public IReadOnlyList<T?> Intervals => _intervals;

    /// <summary>The counters of the interval that holds a time (nanoseconds since the Unix epoch, from 0).</summary>
    public T At(long time)
    {
        time = Math.Max(0, time);
        if (_intervals.Count == 0)
        {
            _first = time / Width;
        }

        while (Math.Max(_first + _intervals.Count, (time / Width) + 1) - Math.Min(_first, time / Width) > _maxIntervals)
        {
            Fold();
        }

        var number = time / Width;
        while (number < _first)
        {
            _intervals.Insert(0, null);
            _first--;
        }

        while (number >= _first + _intervals.Count)
        {
            _intervals.Add(null);
        }

        return _intervals[(int)(number - _first)] ??= new T();
    }

    /// <summary>Adds what another one has counted.</summary>
    public void Merge(TimeSeries<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < other._intervals.Count; i++)
        {
            if (other._intervals[i] is { } theirs)
            {
                At((other._first + i) * other.Width).Merge(theirs);
            }
        }
    }

    private void Fold()
    {
        var first = _first / 2;
        for (var i = 0; i < _intervals.Count; i++)
        {
            var interval = _intervals[i];
            var to = (int)(((_first + i) / 2) - first);
            if (to == i)
            {
                continue;
            }

            _intervals[i] = null;
            if (interval is not null && _intervals[to] is { } merged)
            {
                merged.Merge(interval);
            }
            else if (interval is not null)
            {
                _intervals[to] = interval;
            }
        }

        var kept = _intervals.Count == 0 ? 0 : (int)(((_first + _intervals.Count - 1) / 2) - first) + 1;
        _intervals.RemoveRange(kept, _intervals.Count - kept);
        _first = first;
        Width *= 2;
    }
}
