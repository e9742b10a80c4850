// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Parsers.Model;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Events;

/// <summary>Turns decoded events into the parsers' model. Total: any decoded event has a value.</summary>
internal static class EventConversion
{
    /// <summary>Makes the facts of a connection.</summary>
    /// <param name="value">The decoded event.</param>
    /// <param name="clock">Turns its time into Unix-epoch nanoseconds.</param>
    internal static ConnectionInfo ToConnection(in L7OpenEvent value, MonotonicClock clock)
    {
        var isUnix = value.Family == AddressFamilies.Unix;
        return new ConnectionInfo
        {
            Id = new ConnectionId(value.ConnectionId),
            Role = (EndpointRole)value.Role,
            RoleEvidence = (RoleEvidence)value.RoleEvidence,
            ProcessId = value.Tgid,
            ProcessCommand = Text(value.Comm),
            CgroupId = value.CgroupId,
            NetworkNamespace = value.Netns,
            Local = isUnix ? null : EndPoint(value.Family, value.LocalAddress, value.LocalPort),
            Remote = isUnix ? null : EndPoint(value.Family, value.RemoteAddress, value.RemotePort),
            UnixPath = isUnix ? UnixPath(value.UnixPath, value.UnixPathLen) : null,
            PeerProcessId = value.PeerTgid,
            Inode = value.Inode,
            PeerInode = value.PeerInode,
            FromStart = value.FromStart != 0,
            OffsetsKnown = true,
            EgressOffset = value.EgressOffset,
            IngressOffset = value.IngressOffset,
            FirstSeen = clock.ToUnix(value.TimeNs),
        };
    }

    /// <summary>Makes a segment that points to the record's bytes.</summary>
    internal static Segment ToSegment(in DataRecord record, MonotonicClock clock) => new()
    {
        Connection = new ConnectionId(record.Event.ConnectionId),
        Direction = (Direction)record.Event.Direction,
        Source = (SegmentSource)record.Event.Source,
        Flags = (SegmentFlags)record.Event.Header.Flags,
        StreamOffset = record.Event.StreamOffset,
        ByteCount = record.Event.ByteCount,
        Head = record.Head,
        Tail = record.Tail,
        Time = new SegmentTime(
            clock.ToUnix(record.Event.EnterNs),
            clock.ToUnix(record.Event.ExitNs),
            record.Event.Tgid,
            record.Event.Tid),
        ProtocolHint = (Protocol)record.Event.Protocol,
    };

    /// <summary>An address in network byte order; IPv4-mapped IPv6 becomes the IPv4 address that it means.</summary>
    internal static IPEndPoint EndPoint(ushort family, ReadOnlySpan<byte> address, ushort port)
    {
        if (family == AddressFamilies.Inet)
        {
            return new IPEndPoint(new IPAddress(address[..4]), port);
        }

        var ip = new IPAddress(address[..16]);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
    }

    /// <summary>
    /// A Unix socket's path up to its NUL; "@name" for the abstract kind (a NUL in front); "" for a socket pair or an
    /// unnamed peer.
    /// </summary>
    internal static string UnixPath(ReadOnlySpan<byte> path, uint length)
    {
        var bytes = path[..(int)Math.Min(length, (uint)path.Length)];
        return bytes.Length > 1 && bytes[0] == 0 ? "@" + Text(bytes[1..]) : Text(bytes);
    }

    /// <summary>Bytes up to the first NUL, as UTF-8 with replacement of what is none.</summary>
    internal static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
