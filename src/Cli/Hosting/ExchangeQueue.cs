// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// The one queue between the hot thread and the consumer: bounded, one producer, one consumer. When it is full the
/// new exchange is dropped and counted: a slow terminal must not stall the capture, which would lose more.
/// </summary>
internal sealed class ExchangeQueue : IExchangeHandler, IDisposable
{
    /// <summary>Exchanges it holds when nothing else is said: some hundred milliseconds at full speed.</summary>
    public const int DefaultCapacity = 64 * 1024;

    /// <summary>
    /// Exchanges it holds when files are read, whose reader can wait: so few that what waits in it is still in the processor's
    /// cache when its turn comes, and the garbage collector has little to move.
    /// </summary>
    public const int CapacityOfFiles = 8 * 1024;

    // A wake-up for each exchange would cost more than the exchange. How long a lesser number of them lies there is bounded by the
    // producer's next Flush, or else by the consumer's own timeout.
    private const int WakeEvery = 1024;

    private readonly Exchange?[] _slots;
    private readonly int _mask;
    private readonly CancellationToken? _waitsUntil;
    private readonly AutoResetEvent _wake = new(false);
    private Counter _head;     // written by the consumer
    private Counter _tail;     // written by the producer
    private Counter _headSeen; // the producer's last look at the consumer's counter
    private Counter _tailSeen; // the consumer's last look at the producer's
    private long _dropped;
    private int _consumerSleeps;
    private int _completed;

    /// <summary>Makes one; the capacity is rounded up to a power of two.</summary>
    public ExchangeQueue(int capacity = DefaultCapacity)
        : this(capacity, null)
    {
    }

    /// <summary>
    /// Makes one; <see cref="OnExchange"/> waits for room until <paramref name="waitsUntil"/>, when there is one.
    /// </summary>
    public ExchangeQueue(int capacity, CancellationToken? waitsUntil)
    {
        _waitsUntil = waitsUntil;
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _slots = new Exchange?[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = _slots.Length - 1;
    }

    /// <summary>Exchanges dropped because it was full.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>True when nothing more will come and all was taken.</summary>
    public bool IsDrained => Volatile.Read(ref _completed) != 0 && Volatile.Read(ref _tail.Value) == Volatile.Read(ref _head.Value);

    /// <summary>Exchanges that were put in so far; the producer's thread.</summary>
    public long Position => _tail.Value;

    /// <summary>Exchanges that were taken out so far; the consumer's thread.</summary>
    public long Taken => _head.Value;

    /// <summary>Any thread: there is something to do for the consumer, though not in here.</summary>
    public void Wake() => _wake.Set();

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        while (_waitsUntil is { } until && !HasRoom(_tail.Value) && !until.IsCancellationRequested)
        {
            _wake.Set();
            Thread.Sleep(1);
        }

        TryEnqueue(exchange);
    }

    /// <summary>Set by the producer: there is no room for anything more, for want of memory.</summary>
    public bool IsShut { get; set; }

    /// <summary>Producer: adds one; false (and counted) when there is no room.</summary>
    public bool TryEnqueue(Exchange exchange)
    {
        var tail = _tail.Value;
        if (IsShut || !HasRoom(tail))
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return false;
        }

        _slots[tail & _mask] = exchange;
        Volatile.Write(ref _tail.Value, tail + 1);
        if (((tail + 1) & (WakeEvery - 1)) == 0 && Volatile.Read(ref _consumerSleeps) != 0)
        {
            _wake.Set();
        }

        return true;
    }

    /// <summary>Producer: the consumer is to take what is there now.</summary>
    public void Flush()
    {
        // What was put in must be visible before the flag is read, or both sides could miss each other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _consumerSleeps) != 0 && Volatile.Read(ref _head.Value) != _tail.Value)
        {
            _wake.Set();
        }
    }

    /// <summary>Producer: nothing more will come.</summary>
    public void Complete()
    {
        Volatile.Write(ref _completed, 1);
        _wake.Set();
    }

    /// <summary>Consumer: takes the oldest, if there is one.</summary>
    public bool TryDequeue([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Exchange? exchange)
    {
        var head = _head.Value;
        if (head == _tailSeen.Value && head == (_tailSeen.Value = Volatile.Read(ref _tail.Value)))
        {
            exchange = null;
            return false;
        }

        exchange = _slots[head & _mask]!;
        _slots[head & _mask] = null;
        Volatile.Write(ref _head.Value, head + 1);
        return true;
    }

    /// <summary>Consumer: sleeps until something comes, the end comes, or the time is over.</summary>
    public void Wait(TimeSpan atMost)
    {
        Volatile.Write(ref _consumerSleeps, 1);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _tail.Value) == _head.Value && Volatile.Read(ref _completed) == 0)
        {
            _wake.WaitOne(atMost);
        }

        Volatile.Write(ref _consumerSleeps, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private bool HasRoom(long tail) =>
        tail - _headSeen.Value < _slots.Length ||
        tail - (_headSeen.Value = Volatile.Read(ref _head.Value)) < _slots.Length;

    /// <summary>A number with cache lines of its own: the two threads don't take them from each other.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Counter
    {
        [FieldOffset(128)]
        public long Value;
    }
}
