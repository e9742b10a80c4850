// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>One connection while it is recorded: its addresses, its sequence numbers, and what is not written yet.</summary>
internal sealed partial class RecordedFlow
{
    private const int FirstClientPort = 49152; // the dynamic ports, RFC 6335
    private const int ClientPorts = 16384;

    private readonly Stream[] _streams = [new(), new()];

    /// <summary>Takes the facts as they are now.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="withKeys">Its ciphertext is recorded, if it carries TLS.</param>
    public RecordedFlow(ConnectionInfo connection, bool withKeys = false)
    {
        _withKeys = withKeys;
        Connection = connection;
        Start = new RecordedStart(
            connection,
            connection.Role,
            connection.RoleEvidence,
            connection.FromStart,
            connection.OffsetsKnown,
            connection.EgressOffset,
            connection.IngressOffset);
        Begin(0, connection.EgressOffset);
        Begin(1, connection.IngressOffset);
    }

    /// <summary>Its facts; the engine learns the role in this object.</summary>
    public ConnectionInfo Connection { get; }

    /// <summary>How it began, as the engine was told.</summary>
    public RecordedStart Start { get; private set; }

    /// <summary>What the engine found.</summary>
    public Protocol Protocol { get; set; }

    /// <summary>True while it is not known whether it is one to record.</summary>
    public bool IsUndecided => Protocol == Protocol.Unknown;

    /// <summary>True when it is something that is not parsed: its payload is nobody's business.</summary>
    public bool IsMuted => !Protocol.IsOfUse() && !IsCiphertext;

    /// <summary>False when it is none of those asked for: nothing of it is recorded. Null before that is decided.</summary>
    public bool? IsChosen { get; set; }

    /// <summary>True when its calls are recorded.</summary>
    public bool IsWanted => !IsUndecided && !IsMuted && IsChosen != false;

    /// <summary>Its facts stand in the current file.</summary>
    public bool IsWritten { get; set; }

    /// <summary>It has packets, in this file or an earlier one.</summary>
    public bool HasPackets { get; set; }

    /// <summary>
    /// Another recorded connection has the same two addresses (as a rule this one's other end): its packets go where
    /// no reader takes both for one TCP connection.
    /// </summary>
    public bool IsMirror { get; set; }

    /// <summary>Traced end, as it is written.</summary>
    public IPEndPoint Local { get; private set; } = Nowhere;

    /// <summary>Other end, as it is written.</summary>
    public IPEndPoint Remote { get; private set; } = Nowhere;

    /// <summary>Calls that wait for the protocol to be known.</summary>
    public List<HeldCall> Held { get; } = [];

    /// <summary>Bytes of <see cref="Held"/>.</summary>
    public long HeldBytes { get; set; }

    private static IPEndPoint Nowhere { get; } = new(IPAddress.IPv6None, 0);

    /// <summary>Decides on the addresses; the protocol is known by now, and with it the role.</summary>
    public void ChooseAddresses()
    {
        if (Connection.Local is { } local && Connection.Remote is { } remote && local.AddressFamily == remote.AddressFamily)
        {
            (Local, Remote) = (local, remote);
            return;
        }

        // 100::/64 is the prefix that routers discard (RFC 6666): no packet of it was ever on a wire, so nobody takes
        // it for a real one, and the 64 bits behind it hold the connection's id, so that each has its own.
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        bytes[0] = 1;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Connection.Id.Value);
        var address = new IPAddress(bytes);
        var server = new IPEndPoint(address, Protocol == Protocol.MySql ? 3306 : 80);
        var client = new IPEndPoint(address, FirstClientPort + (int)(Connection.Id.Value % ClientPorts));
        (Local, Remote) = Connection.Role == EndpointRole.Server ? (server, client) : (client, server);
    }

    /// <summary>A new file begins: what was written before is not in it.</summary>
    public void BeginFile()
    {
        if (!IsWritten)
        {
            return;
        }

        IsWritten = false;
        Start = new RecordedStart(
            Connection,
            Connection.Role,
            Connection.RoleEvidence,
            Start.FromStart && _streams[0].IsAtBegin && _streams[1].IsAtBegin,
            _streams[0].IsKnown && _streams[1].IsKnown,
            _streams[0].End,
            _streams[1].End);
    }

    /// <summary>Takes note of a call's bytes; where the stream begins is known from its first call, if not before.</summary>
    public void Extend(Direction direction, ulong offset, ulong count)
    {
        var stream = _streams[(int)direction];
        var place = unchecked(offset + stream.Shift);
        if (!stream.IsKnown)
        {
            stream.IsKnown = true;
            stream.Base = stream.End = place;
        }

        stream.End = Math.Max(stream.End, unchecked(place + count));
        _hasMoved |= _isInPlaintext;
    }

    /// <summary>
    /// Sequence number of the byte at an offset. The kernel's offsets of a TCP stream are its sequence numbers, carried
    /// on beyond 32 bits: so these are the numbers that the real packets had. Those of plaintext go on where it begins.
    /// </summary>
    public uint SequenceOf(Direction direction, ulong offset) => unchecked((uint)(offset + _streams[(int)direction].Shift));

    /// <summary>Sequence number in front of the first byte: the SYN's.</summary>
    public uint InitialSequence(Direction direction) => unchecked((uint)_streams[(int)direction].Base - 1);

    /// <summary>Sequence number behind all that was moved so far, a FIN included.</summary>
    public uint NextSequence(Direction direction)
    {
        var stream = _streams[(int)direction];
        return unchecked((uint)stream.End + (stream.IsFinished ? 1u : 0));
    }

    /// <summary>True when this direction's FIN is written.</summary>
    public bool IsFinished(Direction direction) => _streams[(int)direction].IsFinished;

    /// <summary>This direction's FIN is written.</summary>
    public void Finish(Direction direction) => _streams[(int)direction].IsFinished = true;

    private void Begin(int index, ulong offset)
    {
        var stream = _streams[index];
        stream.IsKnown = Connection.OffsetsKnown;
        stream.Base = stream.End = offset;
    }

    private sealed class Stream
    {
        public ulong Base { get; set; }

        public ulong End { get; set; }

        /// <summary>From an offset of what is read of it to its place here.</summary>
        public ulong Shift { get; set; }

        public bool IsKnown { get; set; }

        public bool IsFinished { get; set; }

        public bool IsAtBegin => End == Base;
    }
}
