// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Grpc;

/// <summary>
/// What a gRPC call says beyond its HTTP/2 exchange (gRPC's PROTOCOL-HTTP2). Counts are null when messages were missed.
/// </summary>
public sealed record GrpcCall
{
    /// <summary>"package.Service/Method": the path without its slash; null when the path is not known.</summary>
    public string? Method { get; init; }

    /// <summary>grpc-status of the trailers, 0 for OK; null when there was none.</summary>
    public int? StatusCode { get; init; }

    /// <summary>grpc-message of the trailers, decoded; null when there was none.</summary>
    public string? StatusMessage { get; init; }

    /// <summary>grpc-timeout, nanoseconds; null when there was none.</summary>
    public long? Timeout { get; init; }

    /// <summary>Messages of the client.</summary>
    public GrpcMessages Request { get; init; }

    /// <summary>Messages of the server.</summary>
    public GrpcMessages Response { get; init; }

    /// <summary>True for the content types that gRPC calls have: "application/grpc" alone, or with "+proto", "+json", parameters.</summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) &&
        (contentType.Length == 16 || contentType[16] is '+' or ';' or ' ');
}

/// <summary>Messages of one side of a gRPC call.</summary>
/// <param name="Count">Whole messages; null when not known.</param>
/// <param name="Bytes">Bytes of those as sent, without their prefixes; null when not known.</param>
/// <param name="Compressed">How many of them were compressed; null when not known.</param>
/// <param name="FirstAt">
/// When the first whole message had been moved, nanoseconds since the Unix epoch; null when there was none or it is not known.
/// </param>
/// <param name="LastAt">The same of the last one.</param>
/// <param name="Times">
/// The same of each message, the first <see cref="ParseLimits.MaxMessageTimes"/> of them; null for fewer than two, and when not
/// known.
/// </param>
public readonly record struct GrpcMessages(
    long? Count, long? Bytes, long? Compressed, long? FirstAt, long? LastAt, IReadOnlyList<long>? Times = null);
