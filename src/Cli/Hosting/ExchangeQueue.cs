// SPDX-License-Identifier: Apache-2.0
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

    private readonly Exchange?[] _slots;
    private readonly int _mask;
    private readonly CancellationToken? _waitsUntil;
    private readonly AutoResetEvent _wake = new(false);
    private long _head;
    private long _tail;
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
    public bool IsDrained => Volatile.Read(ref _completed) != 0 && Volatile.Read(ref _tail) == Volatile.Read(ref _head);

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        while (_waitsUntil is { IsCancellationRequested: false } && _tail - Volatile.Read(ref _head) >= _slots.Length)
        {
            _wake.Set();
            Thread.Sleep(1);
        }

        TryEnqueue(exchange);
    }

    /// <summary>Producer: adds one; false (and counted) when there is no room.</summary>
    public bool TryEnqueue(Exchange exchange)
    {
        var tail = _tail;
        if (tail - Volatile.Read(ref _head) >= _slots.Length)
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return false;
        }

        _slots[tail & _mask] = exchange;
        Volatile.Write(ref _tail, tail + 1);

        // The store above must be visible before the flag is read, or both sides could miss each other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _consumerSleeps) != 0)
        {
            _wake.Set();
        }

        return true;
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
        var head = _head;
        if (head == Volatile.Read(ref _tail))
        {
            exchange = null;
            return false;
        }

        exchange = _slots[head & _mask]!;
        _slots[head & _mask] = null;
        Volatile.Write(ref _head, head + 1);
        return true;
    }

    /// <summary>Consumer: sleeps until something comes, the end comes, or the time is over.</summary>
    public void Wait(TimeSpan atMost)
    {
        Volatile.Write(ref _consumerSleeps, 1);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _tail) == _head && Volatile.Read(ref _completed) == 0)
        {
            _wake.WaitOne(atMost);
        }

        Volatile.Write(ref _consumerSleeps, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();
}
