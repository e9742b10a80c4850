// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Ends;

/// <summary>
/// Names one connection the same from either of its ends: the end itself and the one across. IP: addresses (IPv4-mapped
/// ones as IPv4) and ports, and for loopback addresses the network namespace, because each namespace has its own.
/// Unix: the inode numbers of the two sockets.
/// </summary>
internal readonly record struct EndPair(
    IPAddress? LocalAddress, IPAddress? RemoteAddress, ulong LocalNumber, ulong RemoteNumber, uint NetworkNamespace)
{
    /// <summary>The same connection seen from the other end.</summary>
    public EndPair Mirrored => new(RemoteAddress, LocalAddress, RemoteNumber, LocalNumber, NetworkNamespace);

    /// <summary>The pair of a connection; null when what is known does not name both ends.</summary>
    public static EndPair? Of(ConnectionInfo connection)
    {
        if (connection is { Local: { } local, Remote: { } remote })
        {
            var (localAddress, remoteAddress) = (Plain(local.Address), Plain(remote.Address));
            var loopback = IPAddress.IsLoopback(localAddress) || IPAddress.IsLoopback(remoteAddress);
            return new EndPair(localAddress, remoteAddress, (ulong)local.Port, (ulong)remote.Port,
                loopback ? connection.NetworkNamespace : 0);
        }

        return connection is { Local: null, Remote: null, Inode: not 0, PeerInode: not 0 }
            ? new EndPair(null, null, connection.Inode, connection.PeerInode, 0)
            : null;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
