// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// Reads one BPF_MAP_TYPE_RINGBUF in place. Positions are byte counts since the ring was made; they only grow.
/// One thread reads; positions and fill may be asked for by any thread.
/// </summary>
/// <remarks>
/// Layout of the mapping (Documentation/bpf/ringbuf.rst): a page with the consumer's position, a page with the
/// producer's, then the data. (The kernel would map them twice in a row, so that a record that wraps is still one span, and count their
/// memory twice; such a record, one in a ring's length, is put together here.) A record is a u32 of length
/// and two bits (busy, discarded), a u32 that is the kernel's own, and the payload, rounded up to 8 bytes: its header does not wrap.
/// </remarks>
internal sealed unsafe class RingBufferReader : IDisposable
{
    internal const uint BusyBit = 1u << 31;
    internal const uint DiscardBit = 1u << 30;
    internal const int HeaderSize = 8;

    /// <summary>How far the reader may run ahead of the position that the kernel is told.</summary>
    private const ulong ReleaseStep = 64 * 1024;

    private readonly MappedMemory? _consumerPage;
    private readonly MappedMemory? _producerPages;
    private readonly ulong* _consumer;
    private readonly ulong* _producer;
    private readonly byte* _data;
    private readonly ulong _mask;
    private ulong _position;
    private ulong _released;
    private byte[] _wrapped = [];

    /// <summary>Reads memory that looks like a ring: for tests, which play the kernel.</summary>
    /// <param name="consumer">Address of the consumer's position.</param>
    /// <param name="producer">Address of the producer's position.</param>
    /// <param name="data">Address of the data.</param>
    /// <param name="size">Bytes of the ring, a power of two.</param>
    internal RingBufferReader(nint consumer, nint producer, nint data, uint size)
    {
        ArgumentOutOfRangeException.ThrowIfZero(size);
        if (!BitOperations.IsPow2(size))
        {
            throw new ArgumentOutOfRangeException(nameof(size), "a ring's size is a power of two");
        }

        _consumer = (ulong*)consumer;
        _producer = (ulong*)producer;
        _data = (byte*)data;
        _mask = size - 1;
        _position = Volatile.Read(ref *_consumer);
        _released = _position;
    }

    private RingBufferReader(MappedMemory consumerPage, MappedMemory producerPages, uint size)
        : this(
            consumerPage.Address,
            producerPages.Address,
            producerPages.Address + Environment.SystemPageSize,
            size)
    {
        _consumerPage = consumerPage;
        _producerPages = producerPages;
    }

    /// <summary>Position up to which the kernel has reserved records.</summary>
    internal ulong ProducerPosition => Volatile.Read(ref *_producer);

    /// <summary>Position behind the last record read.</summary>
    internal ulong Position => Volatile.Read(ref _position);

    /// <summary>Bytes of the ring.</summary>
    internal ulong Size => _mask + 1;

    /// <summary>Share of the ring that is reserved and not yet read, 0 to 1.</summary>
    internal double Fill => Math.Min(1.0, (double)(ProducerPosition - Math.Min(Position, ProducerPosition)) / Size);

    /// <summary>Maps the ring behind a map's descriptor.</summary>
    /// <exception cref="LibBpfException">The kernel refused.</exception>
    internal static RingBufferReader Map(int fd, uint size)
    {
        var page = (nuint)Environment.SystemPageSize;
        var consumerPage = MappedMemory.Map(fd, page, writable: true, offset: 0);
        try
        {
            var producerPages = MappedMemory.Map(fd, page + size, writable: false, offset: (nint)page);
            return new RingBufferReader(consumerPage, producerPages, size);
        }
        catch (LibBpfException)
        {
            consumerPage.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes the next record that begins before <paramref name="limit"/> (a producer position). False when there is
    /// none, or when the next one is still being written: then <see cref="Position"/> stays below the limit.
    /// </summary>
    /// <param name="limit">Producer position up to which records are wanted.</param>
    /// <param name="record">The payload, valid until the next call on this reader.</param>
    internal bool TryRead(ulong limit, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (_position - _released >= ReleaseStep)
        {
            Release();
        }

        while (_position < limit)
        {
            var offset = _position & _mask;
            var length = Volatile.Read(ref *(uint*)(_data + offset));
            if ((length & BusyBit) != 0)
            {
                return false;
            }

            var payload = length & ~DiscardBit;
            Volatile.Write(ref _position, _position + RoundUp(payload));
            if ((length & DiscardBit) == 0)
            {
                var room = Size - offset - HeaderSize;
                record = payload <= room ? new ReadOnlySpan<byte>(_data + offset + HeaderSize, (int)payload) : Join(payload, (int)room);
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives the room of everything read so far back to the kernel.</summary>
    internal void Release()
    {
        if (_released != _position)
        {
            Volatile.Write(ref *_consumer, _position);
            _released = _position;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumerPage?.Dispose();
        _producerPages?.Dispose();
    }

    private ReadOnlySpan<byte> Join(uint payload, int atEnd)
    {
        if (_wrapped.Length < payload)
        {
            _wrapped = new byte[BitOperations.RoundUpToPowerOf2(payload)];
        }

        new ReadOnlySpan<byte>(_data + (int)Size - atEnd, atEnd).CopyTo(_wrapped);
        new ReadOnlySpan<byte>(_data, (int)payload - atEnd).CopyTo(_wrapped.AsSpan(atEnd));
        return _wrapped.AsSpan(0, (int)payload);
    }

    private static ulong RoundUp(uint payload) => ((ulong)payload + HeaderSize + 7) & ~7UL;
}
