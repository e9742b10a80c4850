// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.Grpc;

namespace L7Trace.Parsers.Protocols;

/// <summary>
/// Facts of an <see cref="HttpExchange"/> that few exchanges have, so that the others need no memory for them. What each means stands
/// there.
/// </summary>
internal sealed class HttpSeldomFacts
{
    public int InterimResponses { get; set; }

    public ReadOnlyMemory<byte> RequestBodyPrefix { get; set; }

    public ReadOnlyMemory<byte> ResponseBodyPrefix { get; set; }

    public IReadOnlyList<KeyValuePair<string, string>> RequestTrailers { get; set; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> ResponseTrailers { get; set; } = [];

    public IReadOnlyList<string> UnknownFields { get; set; } = [];

    public IReadOnlyList<string> UnknownRequestFields { get; set; } = [];

    public bool IsPushed { get; set; }

    public bool IsReset { get; set; }

    public bool IsResetByClient { get; set; }

    public string? ResetError { get; set; }

    public GrpcCall? Grpc { get; set; }
}
