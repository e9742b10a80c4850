// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Keeps the memory of this process within what the user allows (<c>--max-memory</c>). Near the limit garbage is collected; what is
/// still too much then is shed: connections are given up, those with many unread bytes first, then the longest idle; above the
/// limit no finished exchange is queued either. All of it is counted by those who lose it. Belongs to the hot thread.
/// </summary>
/// <param name="limit">Bytes.</param>
/// <param name="measure">Bytes that this process has resident, of its own.</param>
/// <param name="collect">Collects garbage and gives back what is free.</param>
/// <param name="giveUp">Gives up what holds about so many bytes.</param>
/// <param name="shut">Told whether new exchanges are to be refused.</param>
internal sealed class MemoryGuard(long limit, Func<long> measure, Action collect, Action<long> giveUp, Action<bool> shut)
{
    private const long LookInterval = 5_000_000; // a live trace ticks as often; it takes some microseconds
    private const long CollectInterval = 200_000_000; // near the limit; above it there is no waiting, as long as it helps

    private readonly long _mark = limit / 8 * 7;
    private readonly long _goal = limit / 4 * 3;
    private long _lastHeld = long.MaxValue;
    private long _nextLook;
    private long _nextBelow;
    private long _nextAbove;

    /// <summary>Collects garbage and gives what is free back to the kernel. Takes milliseconds.</summary>
    internal static void CollectAndGiveBack() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>What <see cref="GC"/> and the kernel say of this process; for a trace.</summary>
    public static MemoryGuard OfThisProcess(long limit, Action<long> giveUp, Action<bool> shut) => new(
        limit,
        OwnMemory,
        CollectAndGiveBack,
        giveUp,
        shut);

    /// <summary>The time goes on, nanoseconds.</summary>
    public void Tick(long now)
    {
        if (now < _nextLook)
        {
            return;
        }

        _nextLook = now + LookInterval;
        var held = measure();
        var growth = Math.Max(0, held - _lastHeld);
        var expected = held + (2 * growth); // by the next look, in a burst
        if (expected > _mark && now >= (expected > limit ? _nextAbove : _nextBelow))
        {
            var before = held;
            collect();
            held = measure();
            if (expected - before + held > _mark && held + growth > _goal)
            {
                // What is given up is garbage, and takes its room until the next collection: a burst would go over the limit until then.
                giveUp(held + growth - _goal);
                collect();
                held = measure();
            }

            // Where it is not the connections' that is too much, haste would only take time from the trace.
            _nextBelow = now + CollectInterval;
            _nextAbove = held > limit ? _nextBelow : now;
        }

        _lastHeld = held;
        shut(held > limit);
    }

    // Resident pages without those of files and of shared memory: the rings are the kernel's, and have a size of their own.
    private static long OwnMemory()
    {
        Span<byte> text = stackalloc byte[128];
        using var file = File.OpenHandle("/proc/self/statm");
        text = text[..RandomAccess.Read(file, text, 0)];
        var resident = Number(ref text, skip: 1);
        return (resident - Number(ref text, skip: 0)) * Environment.SystemPageSize;
    }

    private static long Number(ref Span<byte> text, int skip)
    {
        for (; skip > 0; skip--)
        {
            text = text[(text.IndexOf((byte)' ') + 1)..];
        }

        if (!Utf8Parser.TryParse(text, out long value, out var used))
        {
            return 0;
        }

        text = text[used..].TrimStart((byte)' ');
        return value;
    }
}
