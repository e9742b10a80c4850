// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Packets;

namespace L7Trace.Probe.Captures.Tcp;

/// <summary>One connection of a capture: the two ends, and what is known of each direction.</summary>
internal sealed class TcpConnection
{
    /// <summary>Makes one.</summary>
    public TcpConnection(ConnectionId id, IpEnd first, IpEnd second, long time)
    {
        Id = id;
        Ends = [first, second];
        FirstSeen = time;
        Node = new LinkedListNode<TcpConnection>(this);
    }

    public ConnectionId Id { get; }

    /// <summary>The two ends in the order of <see cref="IpEnd.CompareTo"/>.</summary>
    public IpEnd[] Ends { get; }

    /// <summary>What each end sends.</summary>
    public TcpHalf[] Halves { get; } = [new TcpHalf(), new TcpHalf()];

    /// <summary>Which end connected; -1 when no handshake was seen.</summary>
    public int Client { get; set; } = -1;

    /// <summary>Which end is shown as the local one.</summary>
    public int Local { get; set; }

    public long FirstSeen { get; }

    public long LastSeen { get; set; }

    /// <summary>The engine knows it.</summary>
    public bool IsOpen { get; set; }

    /// <summary>It has ended; late packets may still come.</summary>
    public bool IsClosed { get; set; }

    /// <summary>It is in the list of those that wait for missing bytes.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Initial sequence number of a SYN that came in the middle of this connection.</summary>
    public uint? NewIsn { get; set; }

    /// <summary>Who sent that SYN.</summary>
    public int NewClient { get; set; }

    /// <summary>Its place in the order of last use.</summary>
    public LinkedListNode<TcpConnection> Node { get; }

    /// <summary>Nothing waits in either direction, and none has announced its end.</summary>
    public bool IsPlain => Halves[0].IsPlain && Halves[1].IsPlain;

    /// <summary>No payload has come in either direction.</summary>
    public bool IsFresh => !IsOpen && Halves[0].HoleEnd is null && Halves[1].HoleEnd is null;
}
