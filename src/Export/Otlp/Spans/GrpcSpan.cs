// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// gRPC client and server spans (semantic conventions 1.44, "gRPC", a release candidate). rpc.method is for methods that
/// exist: a status other than UNIMPLEMENTED says so, and no more than <see cref="MaxMethods"/> are believed, so that one who
/// tries names at random does not make as many spans' names.
/// </summary>
internal sealed class GrpcSpan(Redaction redaction)
{
    /// <summary>Different methods of one trace at most; what comes beyond is "_OTHER".</summary>
    public const int MaxMethods = 1000;

    private const string System = "grpc";
    private const string Other = "_OTHER";
    private const int Unimplemented = 12;

    // UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: of the others the client is to blame.
    private static readonly int[] s_serverErrors = [2, 4, Unimplemented, 13, 14, 15];

    private readonly HashSet<string> _methods = new(StringComparer.Ordinal);

    /// <summary>Fills in name, attributes and status.</summary>
    public void Fill(Span span, HttpExchange exchange, GrpcCall call)
    {
        var isServer = exchange.Connection.Role == EndpointRole.Server;
        var attributes = span.Attributes;
        var status = call.StatusCode ?? StatusOf(exchange, isServer);
        var method = call.Method is { } name && Exists(name, status) ? name : Other;
        span.Name = method == Other ? System : method;
        attributes.Set("rpc.system.name", System);
        attributes.Set("rpc.method", method);
        attributes.Set("rpc.method_original", method == Other ? call.Method : null);
        attributes.Set("rpc.response.status_code", status is { } code ? GrpcStatus.NameOf(code) : null);
        NetworkEnds.SetServer(attributes, exchange.Connection, exchange.Host, exchange.Tls ? 443 : 80);
        NetworkEnds.SetPeer(attributes, exchange.Connection);
        if (isServer)
        {
            NetworkEnds.SetClient(attributes, exchange.Connection, withPort: true);
        }

        if (ErrorTypeOf(exchange, status, isServer) is { } error)
        {
            attributes.Set("error.type", error);
            span.Status = new Status { Code = StatusCode.Error };
            if (redaction.ShowsSecrets && call.StatusMessage is { } message)
            {
                span.Status.Message = message;
            }
        }
    }

    private static string? ErrorTypeOf(HttpExchange exchange, int? status, bool isServer) => status switch
    {
        null => isServer ? HttpSpan.ErrorTypeOf(exchange, isServer) : ExchangeFacts.ErrorTypeOf(exchange),
        GrpcStatus.Ok => null,
        var code => !isServer || s_serverErrors.Contains(code.Value) ? GrpcStatus.NameOf(code.Value) : null,
    };

    // A client that gets no grpc-status makes one of HTTP's (gRPC's http-grpc-status-mapping); a server knows of none.
    private static int? StatusOf(HttpExchange exchange, bool isServer) =>
        isServer || exchange.State != ExchangeState.Done ? null : exchange.StatusCode switch
        {
            null or 200 => null,
            400 => 13,
            401 => 16,
            403 => 7,
            404 => Unimplemented,
            429 or 502 or 503 or 504 => 14,
            _ => 2,
        };

    private bool Exists(string method, int? status) =>
        status != Unimplemented && (_methods.Contains(method) || (_methods.Count < MaxMethods && _methods.Add(method)));
}
