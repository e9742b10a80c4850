// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Writes connections and calls as packets. A fact rides on the packet that it is about; one without a packet (a call
/// of which nothing was captured, a connection joined in the middle that says nothing) is an empty packet of the
/// second interface, so that no reader finds a segment that was never sent.
/// </summary>
internal sealed class FlowWriter
{
    private const int Traffic = 0;
    private const int Apart = 1;

    private readonly RecordingEncoder _facts = new();
    private readonly byte[] _headers = new byte[SyntheticPacket.MaxHeaders];
    private readonly ulong[] _packets = new ulong[2];
    private PcapngWriter? _writer;
    private NameWriter? _names;
    private long? _time;
    private ulong _lostCalls;
    private bool _isApart; // the packets of the current call are not for the stream

    /// <summary>Packets in the current file.</summary>
    public ulong Packets => _packets[0] + _packets[1];

    /// <summary>Begins a file.</summary>
    public void Begin(PcapngWriter writer, RecorderOptions options)
    {
        _writer = writer;
        Array.Clear(_packets);
        _lostCalls = 0;
        _names ??= options.NamesOf is { } namesOf ? new NameWriter(namesOf) : null;
        _names?.Begin();
        writer.WriteSection(
            options.Hardware,
            options.OperatingSystem,
            "l7trace " + options.Version,
            RecordingWords.SectionMark +
            (options.WithKeys
                ? ": bytes taken at sockets, in TCP packets made up around them, those of TLS with the secrets to decrypt them; payloads are not redacted"
                : ": plaintext taken at sockets, in TCP packets made up around it; payloads are not redacted"));
        writer.AddInterface(
            RecordingWords.RawIp, "l7trace", "system calls of traced processes, one TCP stream for each connection");
        writer.AddInterface(
            RecordingWords.Private, "l7trace-facts", "facts without a packet, and the other end's view of a connection above");
    }

    /// <summary>Ends a file in order.</summary>
    /// <param name="start">When it began.</param>
    /// <param name="now">Now.</param>
    /// <param name="isLast">The recording ends with it.</param>
    public void End(long start, long now, bool isLast)
    {
        if (isLast)
        {
            _facts.Clear();
            PutTime();
            _facts.End(now);
            WriteFacts(now);
        }

        _names?.End(_writer!);
        _writer!.WriteStatistics(Traffic, start, now, _packets[Traffic], _lostCalls);
        _writer.WriteStatistics(Apart, start, now, _packets[Apart], 0);
    }

    /// <summary>The engine was told that time has come this far: the next packet says so.</summary>
    public void Advance(long now) => _time = now;

    /// <summary>What was lost; <paramref name="calls"/> of it are calls that would have been packets.</summary>
    public void WriteLosses(long now, IReadOnlyList<RecordedLoss> losses, ulong calls)
    {
        _lostCalls = Saturated.Add(_lostCalls, calls);
        _facts.Clear();
        PutTime();
        _facts.Loss(now, losses);
        WriteFacts(now);
    }

    /// <summary>A connection's facts, and its handshake if its beginning was seen.</summary>
    public void WriteConnection(RecordedFlow flow, bool withPackets)
    {
        flow.IsWritten = true;
        _facts.Clear();
        PutTime();
        _facts.Connection(flow.Start);
        if (flow.TlsFromNow is { } tls)
        {
            _facts.Tls(flow.Connection.Id, tls);
        }

        var time = flow.Connection.FirstSeen;
        if (withPackets)
        {
            _names?.Write(_writer!, flow);
        }

        if (!withPackets || !flow.Start.FromStart || flow.HasPackets || flow.Tls is { FromStart: false })
        {
            flow.HasPackets |= withPackets;
            WriteFacts(time);
            return;
        }

        flow.HasPackets = true;
        WriteHandshake(flow, time);
    }

    /// <summary>The connection carries the ciphertext of a TLS object.</summary>
    public void WriteTls(RecordedFlow flow, long time)
    {
        if (flow.Tls is { } tls)
        {
            _facts.Clear();
            PutTime();
            _facts.Tls(flow.Connection.Id, tls);
            WriteFacts(time);
        }
    }

    /// <summary>The connection has learnt its peer.</summary>
    public void WritePeer(ConnectionInfo connection, long time)
    {
        _facts.Clear();
        PutTime();
        _facts.Peer(connection);
        WriteFacts(time);
    }

    /// <summary>Ends a connection's TCP stream, so that what follows is another one.</summary>
    public void WriteOtherStream(RecordedFlow flow, long time)
    {
        _facts.Clear();
        TryFinish(flow, Direction.Egress, time);
        TryFinish(flow, Direction.Ingress, time);
        flow.BeginOtherStream();
        WriteHandshake(flow, time);
    }

    private void WriteHandshake(RecordedFlow flow, long time)
    {
        var client = flow.Connection.Role == EndpointRole.Server ? Direction.Ingress : Direction.Egress;
        var server = client.Opposite();
        var (from, to) = (flow.InitialSequence(client), flow.InitialSequence(server));
        WritePacket(flow, client, time, from, 0, TcpFlag.Syn, default);
        _facts.Clear();
        WritePacket(flow, server, time, to, unchecked(from + 1), TcpFlag.Syn | TcpFlag.Ack, default);
        WritePacket(flow, client, time, unchecked(from + 1), unchecked(to + 1), TcpFlag.Ack, default);
    }

    /// <summary>A call, with what was captured of it.</summary>
    public void WriteCall(RecordedFlow flow, in Segment segment)
    {
        var isPlaced = (segment.Flags & SegmentFlags.OffsetUnproven) == 0;
        var head = isPlaced ? segment.Head : default; // bytes whose place is not known are not put at one
        var tail = isPlaced ? segment.Tail : default;
        var time = segment.Direction == Direction.Egress ? segment.Time.Enter : segment.Time.Exit;
        _facts.Clear();
        PutTime();
        _facts.Call(segment, head.Length, tail.Length);
        var isApart = isPlaced && flow.IsSslRequest(segment);
        if (isPlaced && segment.ByteCount > 0 && !isApart)
        {
            flow.Extend(segment.Direction, segment.StreamOffset, segment.ByteCount);
        }

        if (head.Length + tail.Length > 0)
        {
            var first = segment.StreamOffset;
            _isApart = isApart;
            WriteBytes(flow, segment, time, first, head, isLast: tail.IsEmpty);
            WriteBytes(flow, segment, time, first + segment.ByteCount - (ulong)tail.Length, tail, isLast: true);
            _isApart = false;
        }
        else if ((segment.Flags & SegmentFlags.EndOfStream) == 0 || !isPlaced || !TryFinish(flow, segment.Direction, time))
        {
            WriteFacts(time);
        }
    }

    /// <summary>A connection's end.</summary>
    public void WriteClose(RecordedFlow flow, long time)
    {
        _facts.Clear();
        PutTime();
        _facts.Close(flow.Connection, time);
        if (!TryFinish(flow, Direction.Egress, time))
        {
            WriteFacts(time);
        }
    }

    private bool TryFinish(RecordedFlow flow, Direction direction, long time)
    {
        if (!flow.HasPackets || flow.IsFinished(direction))
        {
            return false;
        }

        WritePacket(flow, direction, time, flow.NextSequence(direction), null, TcpFlag.Fin | TcpFlag.Ack, default);
        flow.Finish(direction);
        return true;
    }

    private void WriteBytes(
        RecordedFlow flow, in Segment segment, long time, ulong offset, ReadOnlySpan<byte> bytes, bool isLast)
    {
        while (!bytes.IsEmpty)
        {
            if (_facts.Text.IsEmpty)
            {
                _facts.Part(segment.Connection, segment.Direction, offset);
            }

            var part = bytes[..Math.Min(bytes.Length, SyntheticPacket.MaxPayload)];
            bytes = bytes[part.Length..];
            var flags = TcpFlag.Ack | (isLast && bytes.IsEmpty ? TcpFlag.Push : TcpFlag.None);
            WritePacket(
                flow, segment.Direction, time, flow.SequenceOf(segment.Direction, offset), null, flags, part);
            _facts.Clear();
            offset += (ulong)part.Length;
        }
    }

    private void WritePacket(
        RecordedFlow flow,
        Direction direction,
        long time,
        uint sequence,
        uint? acknowledgement,
        TcpFlag flags,
        ReadOnlySpan<byte> payload)
    {
        var isSent = direction == Direction.Egress;
        var length = SyntheticPacket.WriteHeaders(
            _headers,
            isSent ? flow.Local : flow.Remote,
            isSent ? flow.Remote : flow.Local,
            sequence,
            acknowledgement ?? flow.NextSequence(direction.Opposite()),
            flags,
            payload);
        var place = flow.IsMirror || _isApart ? Apart : Traffic;
        _packets[place]++;
        _writer!.WritePacket(place, time, _headers.AsSpan(0, length), payload, _facts.Text, inbound: !isSent);
    }

    private void WriteFacts(long time)
    {
        _packets[Apart]++;
        _writer!.WritePacket(Apart, time, default, default, _facts.Text, inbound: null);
    }

    private void PutTime()
    {
        if (_time is { } now)
        {
            _time = null;
            _facts.Time(now);
        }
    }
}
