// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Packets;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Probe.Captures.Tcp;

/// <summary>Puts the payload of each direction in order and gives it to the engine.</summary>
internal sealed class TcpDelivery(TraceEngine engine, TcpLimits limits, TcpCounters counters, ISegmentTap? tap)
{
    private long _heldOfAll;

    /// <summary>Takes the payload and the FIN of one segment.</summary>
    public void Accept(TcpConnection connection, int sender, in TcpSegment segment, long now)
    {
        var half = connection.Halves[sender];
        var sequence = segment.Has(TcpFlag.Syn) ? segment.Sequence + 1 : segment.Sequence;
        var distance = half.Distance(sequence);
        counters.DataSegments += segment.Length > 0 ? 1 : 0;
        if (Math.Abs((long)distance) > TcpHalf.LargestWindow || segment.Length > TcpHalf.LargestWindow ||
            (distance < 0 && (ulong)-(long)distance > half.Next - half.Start))
        {
            counters.OutOfWindow++;
            return;
        }

        var offset = unchecked(half.Next + (ulong)(long)distance);
        var length = segment.Length;
        var payload = segment.Payload;
        if (half.Fin is { } fin && offset + length > fin)
        {
            counters.OutOfWindow++; // behind the stream's end
            return;
        }

        if (segment.Has(TcpFlag.Fin) && half.Fin is null && offset + length >= half.Next &&
            (half.Held.Count == 0 || offset + length >= half.Held[^1].End))
        {
            half.Fin = offset + length;
            half.FinTime = segment.Time;
        }

        if (length > 0)
        {
            Take(connection, sender, offset, length, payload, segment, now);
        }

        if (!half.IsPlain && !segment.Has(TcpFlag.Syn))
        {
            Drain(connection, sender);
        }
    }

    /// <summary>Delivers what waits no more, and the end when all in front of it has come.</summary>
    public void Drain(TcpConnection connection, int sender, long filledAt = 0)
    {
        var half = connection.Halves[sender];
        while (half.Held.Count > 0 && half.Held[0].Offset <= half.Next)
        {
            var piece = TakeHeld(half);

            // Who received could read it only when what was missing had come.
            Deliver(
                connection, sender, piece.Offset, piece.Length, piece.Captured, Math.Max(piece.Time, filledAt),
                SegmentFlags.None);
            piece.Return();
        }

        if (half.Fin == half.Next && !half.IsEnded)
        {
            End(connection, sender, SegmentFlags.None);
        }
    }

    /// <summary>Gives up missing bytes for which the time has come, or all of them.</summary>
    public void GiveUp(TcpConnection connection, int sender, long now, bool everything)
    {
        var half = connection.Halves[sender];
        while (half.HoleEnd is { } end && (everything || IsLost(half, now)))
        {
            if (half.Held.Count > 0)
            {
                var piece = TakeHeld(half);
                Deliver(
                    connection, sender, piece.Offset, piece.Length, piece.Captured, piece.Time, SegmentFlags.GapIsFinal);
                piece.Return();
                Drain(connection, sender);
                half.FindPassed(now);
            }
            else
            {
                half.MoveTo(end);
                End(connection, sender, SegmentFlags.GapIsFinal);
            }
        }
    }

    private bool IsLost(TcpHalf half, long now) =>
        (half.PassedAt != 0 && now - half.PassedAt >= limits.AcknowledgedWait) ||
        (!half.IsAcknowledged && now - half.HeldSince >= limits.OneWayWait) ||
        half.HeldCost > limits.MaxHeld || half.Held.Count > limits.MaxHeldSegments ||
        (_heldOfAll > limits.MaxHeldOfAll && half.Held.Count > 0);

    private void Take(
        TcpConnection connection, int sender, ulong offset, uint length, ReadOnlySpan<byte> payload,
        in TcpSegment segment, long now)
    {
        var half = connection.Halves[sender];
        if (offset + length <= half.Next)
        {
            counters.Retransmitted++;
            return;
        }

        if (offset < half.Next)
        {
            var known = (uint)(half.Next - offset); // first bytes win
            payload = payload[(int)Math.Min((uint)payload.Length, known)..];
            offset = half.Next;
            length -= known;
        }

        // Bytes with a SYN (RFC 7413) wait for the other side's, which tells that both streams are whole.
        if (offset > half.Next || segment.Has(TcpFlag.Syn) || half.Held.Count > 0)
        {
            counters.OutOfOrder += offset > half.Next ? 1 : 0;
            var before = half.HeldCost;
            counters.DifferentBytes += half.Hold(offset, length, payload, segment.Time, now);
            _heldOfAll += half.HeldCost - before;
            if (!segment.Has(TcpFlag.Syn))
            {
                Drain(connection, sender, segment.Time);
            }
        }
        else
        {
            Deliver(connection, sender, offset, length, payload, segment.Time, SegmentFlags.None);
        }
    }

    private HeldPiece TakeHeld(TcpHalf half)
    {
        var before = half.HeldCost;
        var piece = half.Take();
        _heldOfAll += half.HeldCost - before;
        return piece;
    }

    private void Deliver(
        TcpConnection connection, int sender, ulong offset, uint length, ReadOnlySpan<byte> bytes, long time,
        SegmentFlags flags)
    {
        Open(connection);
        connection.Halves[sender].MoveTo(offset + length);

        // The initialiser as an argument is made in place; a local is made elsewhere and copied, 96 bytes a packet.
        Give(new Segment
        {
            Connection = connection.Id,
            Direction = sender == connection.Local ? Direction.Egress : Direction.Ingress,
            Source = SegmentSource.Packet,
            Flags = flags,
            StreamOffset = offset,
            ByteCount = length,
            Head = bytes,
            Time = new SegmentTime(time, time),
        });
    }

    private void Give(in Segment segment)
    {
        engine.Accept(segment);
        tap?.Accept(segment);
    }

    private void End(TcpConnection connection, int sender, SegmentFlags flags)
    {
        var half = connection.Halves[sender];
        half.IsEnded = true;
        if (connection.IsOpen)
        {
            Deliver(connection, sender, half.Next, 0, default, half.FinTime, flags | SegmentFlags.EndOfStream);
        }
    }

    private void Open(TcpConnection connection)
    {
        if (connection.IsOpen)
        {
            return;
        }

        connection.IsOpen = true;
        var isWhole = connection.Halves[0].HasIsn && connection.Halves[1].HasIsn;
        var isKnown = connection.Client >= 0;
        engine.Open(new ConnectionInfo
        {
            Id = connection.Id,
            Role = isKnown ? EndpointRole.Client : EndpointRole.Unknown,
            RoleEvidence = isKnown ? RoleEvidence.Handshake : RoleEvidence.None,
            Local = connection.Ends[connection.Local].ToEndPoint(),
            Remote = connection.Ends[1 - connection.Local].ToEndPoint(),
            FromStart = isWhole,
            OffsetsKnown = isWhole,
            EgressOffset = isWhole ? connection.Halves[connection.Local].Start : 0,
            IngressOffset = isWhole ? connection.Halves[1 - connection.Local].Start : 0,
            FirstSeen = connection.FirstSeen,
        });
    }
}
