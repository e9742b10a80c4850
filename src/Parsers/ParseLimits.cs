// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers;

/// <summary>Every cap on what captured bytes may make the parsers keep. All sizes are bytes unless named otherwise.</summary>
public sealed record ParseLimits
{
    /// <summary>The limits used when nothing else is said.</summary>
    public static ParseLimits Default { get; } = new();

    /// <summary>Statement text kept per exchange; longer text is cut and marked.</summary>
    public int MaxStatementText { get; init; } = 64 * 1024;

    /// <summary>Prepared statements remembered per connection.</summary>
    public int MaxPreparedStatements { get; init; } = 8192;

    /// <summary>Bytes of statement text remembered per connection for prepared statements.</summary>
    public int MaxPreparedText { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Bytes kept per exchange of what a client binds to a statement; 0: none of it is kept, and nobody sees any value.
    /// </summary>
    public int MaxParameterBytes { get; init; }

    /// <summary>A message's header block (start line and headers).</summary>
    public int MaxHeaderBlock { get; init; } = 64 * 1024;

    /// <summary>The table of header fields that one direction of an HTTP/2 connection has, as RFC 7541 counts its size.</summary>
    public int MaxHeaderTable { get; init; } = 64 * 1024;

    /// <summary>Requests waiting for a response on one connection.</summary>
    public int MaxOutstanding { get; init; } = 1024;

    /// <summary>Exchanges have the lists of their headers and trailers; without, only what they show of them by name.</summary>
    public bool KeepHeaders { get; init; } = true;

    /// <summary>Bytes of a body that are kept for display.</summary>
    public int MaxBodyPrefix { get; init; } = 4 * 1024;

    /// <summary>Error message kept per exchange.</summary>
    public int MaxErrorMessage { get; init; } = 512;

    /// <summary>Bytes buffered of one direction while a unit is incomplete.</summary>
    public int MaxBuffered { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes held per direction that arrived ahead of missing ones.</summary>
    public int MaxReordered { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long missing bytes are waited for, nanoseconds of event time.</summary>
    public long ReorderWindow { get; init; } = 50_000_000;

    /// <summary>How long a response waits for its request, nanoseconds of event time.</summary>
    public long ResponseWait { get; init; } = 100_000_000;

    /// <summary>Connections in the table; the longest idle one goes when it is full.</summary>
    public int MaxConnections { get; init; } = 100_000;

    /// <summary>
    /// Bytes that one direction of a connection may inflate to at once; beyond that, <see cref="MaxInflatedRatio"/> for
    /// each byte that was captured. What is more is counted and not looked at.
    /// </summary>
    public long MaxInflated { get; init; } = 256 * 1024 * 1024;

    /// <summary>Inflated bytes for each captured byte, in the long run.</summary>
    public long MaxInflatedRatio { get; init; } = 256;

    /// <summary>Messages of each side of a gRPC call whose times are kept.</summary>
    public int MaxMessageTimes { get; init; } = 100;

    /// <summary>
    /// Bytes that the messages of one side of a WebSocket connection may inflate to at once; beyond that,
    /// <see cref="MaxInflatedRatio"/> for each byte that was captured. What is more is counted and not looked at.
    /// </summary>
    public long MaxInflatedMessages { get; init; } = 32 * 1024 * 1024;

    /// <summary>Windows that all WebSocket connections may hold to inflate with, 32 KiB each; the rest is counted as sent.</summary>
    public int MaxInflateWindows { get; init; } = 4096;

    /// <summary>Each WebSocket message is an exchange of its own, beside that of its connection.</summary>
    public bool KeepsWebSocketMessages { get; init; }

    /// <summary>Bytes of a message that are kept for display.</summary>
    public int MaxMessagePrefix { get; init; } = 4 * 1024;

    /// <summary>Bytes looked at before a connection is given up as not recognised.</summary>
    public int MaxDetection { get; init; } = 4 * 1024;
}
