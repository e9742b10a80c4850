// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using L7Trace.Parsers.Model;
using Any = L7Trace.Export.Fields.FieldsOf<L7Trace.Parsers.Model.Exchange>;
using Http = L7Trace.Export.Fields.FieldsOf<L7Trace.Parsers.Protocols.HttpExchange>;

namespace L7Trace.Export.Fields;

/// <summary>Fields of exchanges of every protocol: a line each, in the order of the JSON lines.</summary>
internal static class CommonFields
{
    private const string OpenTelemetry = "OpenTelemetry";
    private const string Own = "l7trace";

    private static readonly string[] s_protocols = ["mysql", "http", "websocket", "tls", "other", "unknown"];
    private static readonly string[] s_roles = ["client", "server", "unknown"];
    private static readonly string[] s_states = ["done", "running", "aborted", "one_way", "lost"];
    private static readonly string[] s_completeness = ["complete", "truncated", "resynced", "unmatched"];
    private static readonly string[] s_transports = ["tcp", "unix"];
    private static readonly string[] s_proofs = ["socket", "nested_call", "ciphertext_match", "unknown"];

    /// <summary>What every record begins with.</summary>
    public static ExchangeField[] Head { get; } =
    [
        Any.Integer("v", "always", "l7trace; rises when a field changes its meaning or goes away, not when one is added", static _ => 1),
        Any.Word("type", "always", Own, ["exchange"], static _ => "exchange"),
    ];

    public static ExchangeField[] All { get; } =
    [
        Any.Formatted("id", "always; the same while the exchange runs and when it has ended", "l7trace: connection, and where in it the request begins", static (e, buffer) => ExchangeFacts.FormatId(e, buffer)),
        Any.Formatted("connection.id", "always", "l7trace: the socket's cookie, hexadecimal", ConnectionId),
        Any.Word("protocol", "always", Own, s_protocols, static e => Words.Of(e.Protocol)),
        Http.Text("network.protocol.version", "HTTP, when known: `1.0`, `1.1`, `2`", OpenTelemetry, static e => e.Version),
        Any.Word("role", "always: the side of the traced process", Own, s_roles, static e => Words.Of(e.Connection.Role)),
        Any.Word("state", "always; see below", Own, s_states, static e => Words.Of(e.State)),
        Any.Time("start", "always: client side, entry of the call that sent the first byte; server side, exit of the call that received it", Own, static e => Math.Max(0, e.Start)),
        Any.Duration("duration_ns", "`state` is `done` and request and response were both seen: from `start` to the exit of the call that moved the response's last byte, less `idle_ns`", Own, static (_, e) => e.Duration, atLeast: Age),
        Any.Duration("age_ns", "`state` is `running`: from `start` to the moment of the record; not for WebSocket", Own, Age),
        Any.Duration("time_to_first_byte_ns", "request and response were both seen: from `start` to the exit of the call that moved the response's first byte (of HTTP the final response's: interim ones, 1xx, are waited through)", Own, static (_, e) => e.TimeToFirstByte),
        Any.Duration("idle_ns", "`state` is `done` or `running`, and between its parts the server waited for the client to ask for more (a cursor's FETCHes): not part of `duration_ns` and `age_ns`", Own, static (_, e) => AboveZero(e.IdleTime)),
        Any.Duration("server.duration_ns", "both ends are on this host and proven to be one exchange: its duration as the server saw it", Own, static (_, e) => ServerView(e)?.Duration),
        Any.Word("completeness", "always; see below", Own, s_completeness, static e => Words.Of(e.Completeness.Kind)),
        Any.Bytes("completeness.missing_bytes", "some are known to be missing", Own, static e => AboveZero((long)Math.Min(e.Completeness.MissingBytes, long.MaxValue))),
        Any.Integer("process.pid", "known", OpenTelemetry, static e => ProcessId(e)),
        Any.Text("process.command", "known for this very process: its name (comm), at most 15 bytes", OpenTelemetry, static e => ProcessCommand(e)),
        Any.Text("container.id", "live, and the process runs in a container: 64 hexadecimal digits", OpenTelemetry, static (context, e) => Container(context, e)?.Id),
        Any.Text("container.name", "with `container.id`, when the engine of this machine tells its name", OpenTelemetry, static (context, e) => Container(context, e)?.Name),
        Any.Integer("peer.process.pid", "the process at the other end is known: both ends merged, or the credentials of a Unix socket", "l7trace, after OpenTelemetry's process.pid", PeerProcessId),
        Any.Text("peer.process.command", "both ends merged, and known", "l7trace, after OpenTelemetry's process.command", static e => e.OtherEnd is { } other ? ProcessCommand(other) : null),
        Any.Word("network.transport", "known", OpenTelemetry, s_transports, static e => IsTcp(e) ? "tcp" : e.Connection.UnixPath is null ? null : "unix").In(FieldGroup.Connection),
        Any.Formatted("client.address", "TCP, and `role` is known", OpenTelemetry, static (e, buffer) => Address(HasRole(e) ? e.Connection.ClientEndPoint : null, buffer)).In(FieldGroup.Connection),
        Any.Integer("client.port", "with `client.address`", OpenTelemetry, static e => HasRole(e) ? e.Connection.ClientEndPoint?.Port : null).In(FieldGroup.Connection),
        Any.Formatted("server.address", "TCP, and `role` is known: IP address; Unix socket: the listener's path, `@name` for an abstract one", OpenTelemetry, ServerAddress).In(FieldGroup.Connection),
        Any.Integer("server.port", "TCP, with `server.address`", OpenTelemetry, static e => HasRole(e) ? e.Connection.ServerEndPoint?.Port : null).In(FieldGroup.Connection),
        Any.Formatted("network.local.address", "TCP, and `role` is unknown", OpenTelemetry, static (e, buffer) => Address(HasRole(e) ? null : e.Connection.Local, buffer)).In(FieldGroup.Connection),
        Any.Integer("network.local.port", "with `network.local.address`", OpenTelemetry, static e => HasRole(e) ? null : e.Connection.Local?.Port).In(FieldGroup.Connection),
        Any.Formatted("network.peer.address", "TCP, and `role` is unknown", OpenTelemetry, static (e, buffer) => Address(HasRole(e) ? null : e.Connection.Remote, buffer)).In(FieldGroup.Connection),
        Any.Integer("network.peer.port", "with `network.peer.address`", OpenTelemetry, static e => HasRole(e) ? null : e.Connection.Remote?.Port).In(FieldGroup.Connection),
        Any.Word("peer.proof", "always: how the addresses are known; `socket` is the very socket that moved the bytes", Own, s_proofs, static e => Words.Of(e.Connection.PeerProof)).In(FieldGroup.Connection),
        Any.Boolean("tls", "always: true when the bytes are the plaintext of a TLS library", Own, static e => e.Tls),
        Any.Text("error.type", "it failed: MySQL's error number, the HTTP status from 500 on, a WebSocket's close code that says so, `connection_closed` when the connection ended first, `connection_reset` when one end broke it off (RST)", "OpenTelemetry; HTTP's 4xx are no error here, on either side", static e => ExchangeFacts.ErrorTypeOf(e)),
    ];

    private static long? Age(FieldContext context, Exchange exchange) =>
        exchange.State == ExchangeState.Running && exchange.Protocol != Protocol.WebSocket ? exchange.Age(context.Now) : null;

    private static Exchange? ServerView(Exchange exchange) =>
        exchange.OtherEnd is null ? null : exchange.Connection.Role == EndpointRole.Server ? exchange : exchange.OtherEnd;

    private static long? ProcessId(Exchange exchange) => AboveZero(ExchangeFacts.ProcessOf(exchange).Id);

    private static string? ProcessCommand(Exchange exchange) =>
        ExchangeFacts.ProcessOf(exchange) is var (id, command) && id > 0 ? command : null;

    private static ContainerFacts? Container(FieldContext context, Exchange exchange) =>
        context.ContainerOf is { } containers && ExchangeFacts.ProcessOf(exchange).Id is > 0 and var id ? containers(id) : null;

    private static long? PeerProcessId(Exchange exchange) =>
        exchange.OtherEnd is { } other ? ProcessId(other) : AboveZero(exchange.Connection.PeerProcessId);

    private static bool IsTcp(Exchange exchange) => exchange.Connection is not { Local: null, Remote: null };

    private static bool HasRole(Exchange exchange) => exchange.Connection.Role != EndpointRole.Unknown;

    private static long? AboveZero(long value) => value > 0 ? value : null;

    private static ReadOnlySpan<char> ConnectionId(Exchange exchange, Span<char> buffer) =>
        buffer[..ExchangeFacts.WriteHexadecimal(exchange.Connection.Id.Value, buffer)];

    // A path may be longer than the buffer: it is a string already.
    private static ReadOnlySpan<char> ServerAddress(Exchange exchange, Span<char> buffer) => IsTcp(exchange)
        ? Address(HasRole(exchange) ? exchange.Connection.ServerEndPoint : null, buffer)
        : exchange.Connection.UnixPath;

    private static ReadOnlySpan<char> Address(IPEndPoint? end, Span<char> buffer)
    {
        if (end is null)
        {
            return default;
        }

        var address = end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address;
        return address.TryFormat(buffer, out var length) ? buffer[..length] : default;
    }
}
