// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using L7Trace.Probe.Bpf;
using Xunit;

namespace L7Trace.UnitTests.Support;

/// <summary>Memory that looks like a BPF ring buffer; the test plays the kernel that writes to it.</summary>
internal sealed class FakeRing
{
    private const int ConsumerAt = 0, ProducerAt = 8, DataAt = 16;

    private readonly byte[] _memory;
    private readonly int _size;
    private ulong _producer;

    /// <param name="size">Bytes, a power of two.</param>
    /// <param name="position">Where both positions stand at first: a multiple of 8.</param>
    public FakeRing(int size, ulong position = 0)
    {
        _size = size;
        _producer = position;
        _memory = GC.AllocateArray<byte>(DataAt + size, pinned: true);
        BinaryPrimitives.WriteUInt64LittleEndian(_memory.AsSpan(ConsumerAt), position);
        BinaryPrimitives.WriteUInt64LittleEndian(_memory.AsSpan(ProducerAt), position);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        Reader = new RingBufferReader(address + ConsumerAt, address + ProducerAt, address + DataAt, (uint)size);
    }

    public RingBufferReader Reader { get; }

    /// <summary>The position that the kernel knows about.</summary>
    public ulong ReleasedPosition => BinaryPrimitives.ReadUInt64LittleEndian(_memory.AsSpan(ConsumerAt));

    /// <summary>Reserves a record, which stays busy; gives its position.</summary>
    public ulong Reserve(int length)
    {
        var position = _producer;
        Write(position, BitConverter.GetBytes((uint)length | RingBufferReader.BusyBit));
        _producer += (ulong)((length + RingBufferReader.HeaderSize + 7) & ~7);
        Assert.True(_producer - ReleasedPosition <= (ulong)_size, "the test wrote more than the ring holds");
        BinaryPrimitives.WriteUInt64LittleEndian(_memory.AsSpan(ProducerAt), _producer);
        return position;
    }

    /// <summary>Fills and commits a reserved record.</summary>
    public void Commit(ulong position, ReadOnlySpan<byte> payload, bool discard = false)
    {
        Write(position + RingBufferReader.HeaderSize, payload);
        Write(position, BitConverter.GetBytes((uint)payload.Length | (discard ? RingBufferReader.DiscardBit : 0)));
    }

    /// <summary>Reserves and commits.</summary>
    public void Append(ReadOnlySpan<byte> payload, bool discard = false) =>
        Commit(Reserve(payload.Length), payload, discard);

    private void Write(ulong position, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var at = (int)((position + (ulong)i) % (ulong)_size);
            _memory[DataAt + at] = bytes[i];
        }
    }
}
