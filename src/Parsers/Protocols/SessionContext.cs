// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols;

/// <summary>What a session is made with. <see cref="ConnectionInfo.Role"/> is known by then.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Handler">Receives the finished exchanges.</param>
/// <param name="Limits">Caps.</param>
/// <param name="FromStart">True when the first byte given to the session is the first of the connection.</param>
/// <param name="IsMissing">True when bytes of the connection were missed since it is traced, before the session was made.</param>
/// <param name="Source">Where the bytes come from.</param>
public sealed record SessionContext(
    ConnectionInfo Connection, IExchangeHandler Handler, ParseLimits Limits, bool FromStart, bool IsMissing, SegmentSource Source)
{
    /// <summary>
    /// When the last byte of the responses was moved that was dropped before the protocol was recognised; null when none
    /// was. What was asked before it may have been answered by it.
    /// </summary>
    public SegmentTime? DroppedResponse { get; init; }

    /// <summary>As <see cref="IProtocolSession.UpgradedRequest"/> of the session in front of this one; null without.</summary>
    public HttpExchange? UpgradedRequest { get; init; }

    /// <summary>What the sessions of an engine share; null for a session by itself.</summary>
    internal SharedPools? Shared { get; init; }

    /// <summary>Where bytes are kept that are needed for a while; null for the process's pool.</summary>
    internal ArrayPool<byte>? Bytes => Shared?.Bytes;

    /// <summary>What decompresses.</summary>
    public InflaterPool Inflaters { get; init; } = new(Compression.Inflaters.Default);

    /// <summary>True when it is known where in the streams their first bytes stand: <see cref="FirstOffset"/>.</summary>
    public bool OffsetsKnown => Source.IsTlsPlaintext() || Connection.OffsetsKnown;

    /// <summary>True when what the bytes come from is older than the trace, and not one whose beginning was lost.</summary>
    public bool IsJoined => !FromStart && (Source.IsTlsPlaintext() ? !IsMissing : !Connection.FromStart);

    /// <summary>
    /// Where in a stream the bytes began that have been seen of it: of a socket where it stood when it was first seen, of the
    /// plaintext of TLS, which is counted from then on, 0. Null when that is not known.
    /// </summary>
    public ulong? FirstOffset(Direction direction) => Source.IsTlsPlaintext() ? 0
        : !Connection.OffsetsKnown ? null
        : direction == Direction.Egress ? Connection.EgressOffset : Connection.IngressOffset;

    /// <summary>The direction in which requests travel.</summary>
    public Direction RequestDirection => Connection.Role.RequestDirection();
}
