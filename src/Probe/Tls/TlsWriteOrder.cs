// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Probe.Tls;

/// <summary>
/// Puts a read behind the write that it may be the answer to. Plaintext is told when a library's function returns, and in Go one
/// goroutine can have read what the peer says to a write before the writing one has returned. Such a read, which the
/// kernel side marks, waits here for the write, a short time.
/// </summary>
/// <param name="take">Takes the segments, in order.</param>
internal sealed class TlsWriteOrder(TlsWriteOrder.SegmentTaker take)
{
    /// <summary>How long a read waits, nanoseconds of event time: a function that has sent its bytes has yet to return.</summary>
    internal const long Wait = 50_000_000;

    private readonly Dictionary<ConnectionId, Queue<(HeldCall Call, long Exit, bool IsBehindWrite)>> _waiting = [];

    internal delegate void SegmentTaker(in Segment segment);

    /// <summary>When the oldest read returned that waits, nanoseconds since the Unix epoch; the largest number when none does.</summary>
    internal long OldestHeld
    {
        get
        {
            var oldest = long.MaxValue;
            foreach (var queue in _waiting.Values)
            {
                foreach (var (_, exit, _) in queue)
                {
                    oldest = Math.Min(oldest, exit);
                }
            }

            return oldest;
        }
    }

    /// <summary>One call of an object.</summary>
    internal void Accept(in Segment segment)
    {
        var isBehindWrite = (segment.Flags & SegmentFlags.WritePending) != 0;
        var plain = isBehindWrite ? segment with { Flags = segment.Flags & ~SegmentFlags.WritePending } : segment;
        _waiting.TryGetValue(segment.Connection, out var queue);
        if (segment.Direction == Direction.Ingress && (isBehindWrite || queue is not null))
        {
            if (queue is null)
            {
                _waiting.Add(segment.Connection, queue = []);
            }

            queue.Enqueue((new HeldCall(plain, withBytes: true), segment.Time.Exit, isBehindWrite));
            return;
        }

        var (connection, exit) = (segment.Connection, segment.Time.Exit);
        take(plain);
        if (queue is not null)
        {
            Release(connection, queue, exit);
        }
    }

    /// <summary>Event time has come this far.</summary>
    internal void Advance(long now)
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        foreach (var (connection, queue) in _waiting.ToList())
        {
            Release(connection, queue, now - Wait);
        }
    }

    /// <summary>The object's life is over: nothing of it waits any more.</summary>
    internal void Flush(ConnectionId id)
    {
        if (_waiting.TryGetValue(id, out var queue))
        {
            Release(id, queue, long.MaxValue);
        }
    }

    // Those that ended before `written`, and what is behind no write.
    private void Release(ConnectionId connection, Queue<(HeldCall Call, long Exit, bool IsBehindWrite)> queue, long written)
    {
        while (queue.TryPeek(out var first) && (!first.IsBehindWrite || first.Exit <= written))
        {
            queue.Dequeue();
            take(first.Call.ToSegment(connection));
        }

        if (queue.Count == 0)
        {
            _waiting.Remove(connection);
        }
    }
}
