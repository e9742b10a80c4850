// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>A clock that stands still until it is moved, and counts who waits for it.</summary>
internal sealed class FakeTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private readonly DateTimeOffset _begin = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _passed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How long each of those that wait has still to wait.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_lock)
            {
                return [.. _timers.Where(static timer => timer.Due is not null).Select(timer => timer.Due!.Value - _passed).Order()];
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => _begin + _passed;

    public override long GetTimestamp() => _passed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass, and all that were waiting for it go on.</summary>
    public void Pass(TimeSpan time)
    {
        List<FakeTimer> due;
        lock (_lock)
        {
            _passed += time;
            due = [.. _timers.Where(timer => timer.Due <= _passed)];
            due.ForEach(static timer => timer.Due = null);
        }

        due.ForEach(static timer => timer.Fire());
    }

    private sealed class FakeTimer(FakeTime time, Action fire) : ITimer
    {
        public TimeSpan? Due { get; set; }

        public Action Fire { get; } = fire;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._passed + dueTime;
            }

            if (dueTime == TimeSpan.Zero)
            {
                time.Pass(TimeSpan.Zero);
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                Due = null;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
