// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Grpc;

/// <summary>
/// Counts the length-prefixed messages in one direction of a call ("Length-Prefixed-Message" of gRPC's PROTOCOL-HTTP2: a
/// flag byte, a length of four bytes, the message). Where bytes are missing between messages the counts are not known
/// any more.
/// </summary>
internal sealed class GrpcMessageReader(int maxTimes)
{
    private const int PrefixSize = 5;

    private readonly byte[] _prefix = new byte[PrefixSize];
    private readonly List<long> _times = [];
    private int _prefixRead;
    private ulong _left; // of the message that is being read

    /// <summary>The body has such messages; of other bodies nothing is read.</summary>
    public bool IsWanted { get; set; }

    /// <summary>Whole messages so far.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of those, without their prefixes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Messages of those whose compressed flag is set.</summary>
    public long CompressedCount { get; private set; }

    /// <summary>When the first whole message was there; null before.</summary>
    public SegmentTime? First { get; private set; }

    /// <summary>When the last whole message was there; null before the first.</summary>
    public SegmentTime? Last { get; private set; }

    /// <summary>True when the counts are not known: a boundary was missed, or these are no such messages.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Bytes of the body.</summary>
    public void Read(ReadOnlySpan<byte> bytes, SegmentTime time)
    {
        while (!bytes.IsEmpty && !IsLost && IsWanted)
        {
            if (_prefixRead < PrefixSize)
            {
                var part = Math.Min(bytes.Length, PrefixSize - _prefixRead);
                bytes[..part].CopyTo(_prefix.AsSpan(_prefixRead));
                bytes = bytes[part..];
                _prefixRead += part;
                if (_prefixRead < PrefixSize)
                {
                    return;
                }

                IsLost = _prefix[0] > 1; // the other flags are reserved
                _left = BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
            }

            var count = (int)Math.Min((ulong)bytes.Length, _left);
            bytes = bytes[count..];
            Take((ulong)count, time);
        }
    }

    /// <summary>Bytes of the body that were not captured.</summary>
    public void Skip(ulong count, SegmentTime time)
    {
        if (_prefixRead == PrefixSize && count <= _left)
        {
            Take(count, time);
        }
        else
        {
            IsLost = true;
        }
    }

    /// <summary>What is known of the messages.</summary>
    public GrpcMessages Messages => !IsWanted ? new(0, 0, 0, null, null)
        : IsLost ? default
        : new(Count, Bytes, CompressedCount, First?.Exit, Last?.Exit, Count > 1 ? _times.ToArray() : null);

    /// <summary>Bytes of the body may have been missed.</summary>
    public void Lose() => IsLost = true;

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        _prefixRead = 0;
        _left = 0;
        Count = Bytes = CompressedCount = 0;
        First = Last = null;
        _times.Clear();
        IsLost = IsWanted = false;
    }

    private void Take(ulong count, SegmentTime time)
    {
        _left -= count;
        if (_left > 0 || IsLost)
        {
            return;
        }

        Count++;
        Bytes += BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
        CompressedCount += _prefix[0];
        if (Count <= maxTimes)
        {
            _times.Add(time.Exit);
        }

        First ??= time;
        Last = time;
        _prefixRead = 0;
    }
}
