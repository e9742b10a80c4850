// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Hosting;

/// <summary>Two that see the same segments.</summary>
internal sealed class TapPair(ISegmentTap first, ISegmentTap second) : ISegmentTap
{
    /// <inheritdoc/>
    public bool WantsAllPlaintext => first.WantsAllPlaintext || second.WantsAllPlaintext;

    /// <inheritdoc/>
    public void Open(ConnectionInfo connection)
    {
        first.Open(connection);
        second.Open(connection);
    }

    /// <inheritdoc/>
    public void Accept(in Segment segment)
    {
        first.Accept(segment);
        second.Accept(segment);
    }

    /// <inheritdoc/>
    public void ProtocolFound(ConnectionId id, Protocol protocol)
    {
        first.ProtocolFound(id, protocol);
        second.ProtocolFound(id, protocol);
    }

    /// <inheritdoc/>
    public void BindTls(ConnectionId id, SegmentSource source, bool fromStart, PeerProof proof)
    {
        first.BindTls(id, source, fromStart, proof);
        second.BindTls(id, source, fromStart, proof);
    }

    /// <inheritdoc/>
    public void LearnPeer(ConnectionInfo connection)
    {
        first.LearnPeer(connection);
        second.LearnPeer(connection);
    }

    /// <inheritdoc/>
    public void Close(ConnectionId id, long time)
    {
        first.Close(id, time);
        second.Close(id, time);
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        first.Advance(now);
        second.Advance(now);
    }
}
