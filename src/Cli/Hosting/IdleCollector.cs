// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Hosting;

/// <summary>
/// Gives memory back when nothing is going on: the garbage collector works only when something is allocated, so what a burst of
/// connections, or the start, has left behind would stay for as long as the trace is idle. Belongs to the hot thread.
/// </summary>
/// <param name="allocated">Bytes allocated so far.</param>
/// <param name="collect">Collects garbage and gives back what is free.</param>
internal sealed class IdleCollector(Func<long> allocated, Action collect)
{
    private const long Idle = 1_000_000_000;
    private const long Worthwhile = 2 * 1024 * 1024;

    private long _position = -1;
    private long _since;
    private long _collectedAt;

    /// <summary>What the runtime says of this process; for a trace.</summary>
    public static IdleCollector OfThisProcess() => new(
        static () => GC.GetTotalAllocatedBytes(),
        MemoryGuard.CollectAndGiveBack);

    /// <summary>The time goes on.</summary>
    /// <param name="now">Nanoseconds.</param>
    /// <param name="position">Something that changes while there is work.</param>
    public void Tick(long now, long position)
    {
        if (position != _position)
        {
            (_position, _since) = (position, now);
        }
        else if (now - _since >= Idle)
        {
            _since = now;
            if (allocated() - _collectedAt >= Worthwhile)
            {
                collect();
                _collectedAt = allocated();
            }
        }
    }
}
