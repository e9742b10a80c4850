// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Sees what goes into a <c>TraceEngine</c>, in the same order, right after the engine has seen it: so a protocol that
/// the engine finds in a segment is told before the segment is. Called from the engine's thread; what it is given is
/// valid during the call.
/// </summary>
public interface ISegmentTap
{
    /// <summary>True when the plaintext of all TLS connections is wanted, of those too that nobody parses and that are muted else.</summary>
    bool WantsAllPlaintext => false;

    /// <summary>True when the ciphertext of TLS connections is wanted.</summary>
    bool WantsCiphertext => false;

    /// <summary>A connection entered the engine's table. The engine may learn its role later, in this same object.</summary>
    void Open(ConnectionInfo connection);

    /// <summary>Bytes of one call.</summary>
    void Accept(in Segment segment);

    /// <summary>A connection's protocol was found; <see cref="Protocol.Unknown"/>: it has to be found anew.</summary>
    void ProtocolFound(ConnectionId id, Protocol protocol);

    /// <summary>As the engine's <c>BindTls</c>: a connection carries the ciphertext of plaintext that comes from now on.</summary>
    void BindTls(ConnectionId id, SegmentSource source, bool fromStart, PeerProof proof)
    {
    }

    /// <summary>A connection that was shown without a peer, because it was plaintext without a proof, has learnt it.</summary>
    void LearnPeer(ConnectionInfo connection)
    {
    }

    /// <summary>A connection is gone.</summary>
    void Close(ConnectionId id, long time);

    /// <summary>The engine was told that time has come this far, nanoseconds since the Unix epoch.</summary>
    void Advance(long now);
}
