// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Ends;

/// <summary>
/// Unix sockets that don't know their peer: one that wrote before the server's accept had no socket across. The server's end
/// names it later, and so both. Not thread-safe.
/// </summary>
internal sealed class UnixPeers
{
    private readonly Dictionary<ulong, ConnectionId> _byInode = [];
    private readonly Dictionary<ConnectionId, ulong> _inodes = [];
    private readonly Dictionary<ConnectionId, EndPair> _learned = [];

    /// <summary>Sockets whose peer is not known yet.</summary>
    internal int Waiting => _inodes.Count;

    /// <summary>True for a connection whose peer can be learned so.</summary>
    internal static bool Concerns(ConnectionInfo connection) =>
        connection is { Local: null, Remote: null, Inode: not 0, PeerInode: 0 };

    /// <summary>A connection was opened that does not name both its ends.</summary>
    internal void Wait(ConnectionInfo connection)
    {
        if (Concerns(connection) && _inodes.TryAdd(connection.Id, connection.Inode))
        {
            _byInode[connection.Inode] = connection.Id;
        }
    }

    /// <summary>A connection was opened that does: the one that waits for that, if any.</summary>
    internal ConnectionId? Find(EndPair pair)
    {
        if (pair.LocalAddress is not null || !_byInode.TryGetValue(pair.RemoteNumber, out var id))
        {
            return null;
        }

        Close(id);
        _learned[id] = pair.Mirrored;
        return id;
    }

    /// <summary>The pair of a connection that was found; null for any other.</summary>
    internal EndPair? Of(ConnectionId id) => _learned.TryGetValue(id, out var pair) ? pair : null;

    /// <summary>A connection is gone: nobody will name it.</summary>
    internal void Close(ConnectionId id)
    {
        if (_inodes.Remove(id, out var inode))
        {
            _byInode.Remove(inode);
        }
    }

    /// <summary>Its exchanges are gone too.</summary>
    internal void Forget(ConnectionId id) => _learned.Remove(id);
}
