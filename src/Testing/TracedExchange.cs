// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace L7Trace.Testing;

/// <summary>What statements and requests have in common: a call with its answer.</summary>
public abstract record TracedExchange
{
    /// <summary>Its id in the trace.</summary>
    public required string Id { get; init; }

    /// <summary>The client's end of the connection; null on a Unix socket, or when the peer is not proven.</summary>
    public IPEndPoint? Client { get; init; }

    /// <summary>The server's end.</summary>
    public IPEndPoint? Server { get; init; }

    /// <summary>The connection was read inside of TLS.</summary>
    public bool IsTls { get; init; }

    /// <summary>The traced process, when known.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Its name (comm).</summary>
    public string? ProcessName { get; init; }

    /// <summary>The container that it runs in: its name if the engine tells, else the beginning of its id.</summary>
    public string? Container { get; init; }

    /// <summary>When it was sent (client side) or came in (server side).</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>From there to the last byte of the answer; null while it runs, or when the answer was not seen to end.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The connection, or the stream, ended before the answer.</summary>
    public bool IsAborted { get; init; }

    /// <summary>It ran on when the scope ended.</summary>
    public bool IsRunning { get; init; }

    /// <summary>What could not be seen of it; null when nothing is missing that matters here.</summary>
    public string? Doubt { get; init; }
}
