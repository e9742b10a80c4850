// SPDX-License-Identifier: Apache-2.0

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// The two ends of a connection, whichever of them is traced: two views of one connection have equal ends. So have two
/// connections in different network namespaces now and then.
/// </summary>
internal readonly record struct FlowEnds(string Lower, string Upper)
{
    /// <summary>Those of one connection; null when they are not known.</summary>
    public static FlowEnds? Of(RecordedFlow flow)
    {
        var connection = flow.Connection;
        var (one, other) = connection switch
        {
            { Local: { } local, Remote: { } remote } => (local.ToString(), remote.ToString()),
            { UnixPath: not null, Inode: > 0, PeerInode: > 0 } => (Inode(connection.Inode), Inode(connection.PeerInode)),
            _ => ("", ""),
        };
        return one.Length == 0 ? null
            : string.CompareOrdinal(one, other) <= 0 ? new FlowEnds(one, other)
            : new FlowEnds(other, one);
    }

    private static string Inode(ulong number) =>
        number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
