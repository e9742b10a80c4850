// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// The kernel side's table of connections, of which user space only knows that a value begins with the socket's inode
/// number and the connection's id (struct connection in maps.bpf.h), and that an entry of a dead socket may be deleted.
/// </summary>
internal static class KernelConnections
{
    internal const int InodeOffset = 0;
    internal const int IdOffset = 8;

    /// <summary>Deletes the entries of these connections.</summary>
    internal static void Remove(BpfMap map, IReadOnlyList<(ConnectionId Id, ulong Inode)> gone)
    {
        var wanted = gone.ToDictionary(entry => entry.Id.Value, entry => entry.Inode);
        var keys = new List<ulong>();
        map.Visit((key, value) =>
        {
            var id = BinaryPrimitives.ReadUInt64LittleEndian(value[IdOffset..]);
            var inode = BinaryPrimitives.ReadUInt64LittleEndian(value[InodeOffset..]);
            if (wanted.TryGetValue(id, out var expected) && expected == inode)
            {
                keys.Add(BinaryPrimitives.ReadUInt64LittleEndian(key));
            }
        });

        foreach (var key in keys)
        {
            map.Remove(key);
        }
    }
}
