// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Text;

/// <summary>
/// One line per exchange, for pipes and for terminals without cursor control: time, process, direction and peer,
/// protocol, status, latency, result size, text, marks. Captured text passes <see cref="TerminalText"/>.
/// </summary>
public sealed class PlainLineWriter : IExchangeSink
{
    private readonly TextWriter _output;
    private readonly Redaction _redaction;
    private readonly TimeZoneInfo _zone;
    private readonly Func<long> _now;
    private readonly int _maxText;
    private readonly StringBuilder _line = new(512);

    /// <summary>Makes one.</summary>
    /// <param name="output">Where the lines go; stays open.</param>
    /// <param name="redaction">What is withheld; the default when null.</param>
    /// <param name="maxText">Columns of a statement or URL at most; what is cut shows as "…".</param>
    /// <param name="zone">Time zone of the times; the machine's when null.</param>
    /// <param name="now">The time, nanoseconds since the Unix epoch, for the age of what still runs.</param>
    public PlainLineWriter(
        TextWriter output, Redaction? redaction = null, int maxText = 10_000, TimeZoneInfo? zone = null, Func<long>? now = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _redaction = redaction ?? Redaction.Default;
        _maxText = maxText;
        _zone = zone ?? TimeZoneInfo.Local;
        _now = now ?? (static () => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100);
    }

    /// <inheritdoc/>
    public void Write(Exchange exchange) => Write(exchange, amends: false);

    /// <summary>
    /// Writes the line of one; <paramref name="amends"/>: once more, because its peer has become known since.
    /// </summary>
    public void Write(Exchange exchange, bool amends)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        _line.Clear();
        AppendTime(exchange.Start);
        _line.Append(' ').Append(ProcessText(exchange));
        _line.Append(exchange.Connection.Role == EndpointRole.Server ? " < " : " > ").Append(PeerText(exchange.Connection));
        _line.Append("  ").Append(ProtocolText(exchange));
        _line.Append("  ").Append(StatusText(exchange));
        _line.Append("  ").Append(LatencyText(exchange, _now));
        Separate(SizeText(exchange));
        Separate(TerminalText.Fit(TextOf(exchange, _redaction), _maxText));
        AppendMarks(exchange);
        _line.Append(amends ? "  [peer found]" : "");
        _line.Append('\n');
        _output.Write(_line);
    }

    /// <inheritdoc/>
    public void Flush() => _output.Flush();

    /// <summary>"command[pid]"; in a capture, which names no process, the address and port; "?" for what is not known.</summary>
    public static string ProcessText(Exchange exchange)
    {
        var (id, command) = ExchangeFacts.ProcessOf(exchange);
        return id == 0 ? exchange.Connection is { ProcessId: 0, Local: { } local } ? AddressText(local) : "?"
            : string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Sanitize(command ?? "?")}[{id}]");
    }

    /// <summary>The other end: address and port, or the path of a Unix socket.</summary>
    public static string PeerText(ConnectionInfo connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.Remote is { } remote)
        {
            return AddressText(remote);
        }

        return connection.UnixPath is { } path ? "unix:" + TerminalText.Sanitize(path) : "?";
    }

    private static string AddressText(IPEndPoint end) => end.Address.IsIPv4MappedToIPv6
        ? new IPEndPoint(end.Address.MapToIPv4(), end.Port).ToString()
        : end.ToString();

    /// <summary>"mysql", "mariadb", "http/1.1", "grpc", with "+tls" behind it.</summary>
    public static string ProtocolText(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var name = exchange switch
        {
            MySqlExchange { IsMariaDb: true } => "mariadb",
            HttpExchange { Grpc: not null } => "grpc",
            HttpExchange { Version: { } version } => "http/" + TerminalText.Sanitize(version),
            _ => Words.Of(exchange.Protocol),
        };
        return exchange.Tls ? name + "+tls" : name;
    }

    /// <summary>
    /// "ok", MySQL's error number and SQLSTATE, gRPC's or HTTP's status, the error that ended an HTTP/2 stream; what became
    /// of it where there is none.
    /// </summary>
    public static string StatusText(Exchange exchange) => exchange switch
    {
        MySqlExchange { ErrorCode: { } code } mysql =>
            string.Create(CultureInfo.InvariantCulture, $"ERR {code} ({TerminalText.Sanitize(mysql.SqlState ?? "?")})"),
        HttpExchange { Grpc.StatusCode: { } code } => GrpcStatus.NameOf(code),
        HttpExchange { IsReset: true } http => "reset " + (http.ResetError ?? "?"),
        HttpExchange { StatusCode: { } status } => status.ToString(CultureInfo.InvariantCulture),
        WebSocketExchange socket => WebSocketText.Status(socket),
        { State: ExchangeState.Running } => "running",
        { State: ExchangeState.Aborted } => "aborted",
        { State: ExchangeState.Lost } => "lost",
        MySqlExchange { State: ExchangeState.OneWay } => "sent",
        MySqlExchange { State: ExchangeState.Done, Response.Seen: true, Completeness.Kind: not CompletenessKind.Unmatched } => "ok",
        _ => "?",
    };

    /// <summary>The latency; the age with a "+" for what still runs; "-" when it is not known.</summary>
    public static string LatencyText(Exchange exchange, Func<long> now)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(now);
        return exchange is WebSocketExchange socket ? (socket.OpenTime is { } open ? Units.Duration(open) + (exchange.State == ExchangeState.Running ? "+" : "") : "-")
            : exchange.State == ExchangeState.Running ? Units.Duration(exchange.Age(now())) + "+"
            : exchange.Duration is { } duration ? Units.Duration(duration)
            : "-";
    }

    /// <summary>The statement or command, or method and URL, redacted but not yet safe for a terminal.</summary>
    public static string TextOf(Exchange exchange, Redaction redaction)
    {
        ArgumentNullException.ThrowIfNull(redaction);
        return exchange switch
        {
            MySqlExchange mysql => MySqlText(mysql, redaction),
            HttpExchange http => HttpText(http, redaction),
            WebSocketExchange socket => WebSocketText.Of(socket, redaction),
            _ => "",
        };
    }

    private static string MySqlText(MySqlExchange exchange, Redaction redaction)
    {
        var command = CommandName.Of(exchange.Command);
        var text = redaction.FilledStatement(exchange) switch
        {
            { } statement when exchange.Command == MySqlCommand.Query => statement,
            { } statement => $"{command} {statement}",
            null when exchange.StatementId is { } id =>
                string.Create(CultureInfo.InvariantCulture, $"{command} #{id}{Values(exchange, redaction)}"),
            null when exchange.Command == MySqlCommand.Unknown => "(statement unknown)",
            null => command,
        };
        return redaction.ErrorMessage(exchange) is { } message ? $"{text}  -- {message}" : text;
    }

    // Of a statement whose text is not known, what is bound to it.
    private static string Values(MySqlExchange exchange, Redaction redaction) =>
        redaction.ShowsSecrets && exchange.Parameters is { Values: { Count: > 0 } values }
            ? " (" + string.Join(", ", values.Select(value => SqlLiteral.Of(value, exchange.NoBackslashEscapes))) + ")"
            : "";

    private static string HttpText(HttpExchange exchange, Redaction redaction)
    {
        if (exchange is { Path: null, Target: not null })
        {
            return $"{exchange.Method ?? "?"} {redaction.Target(exchange)}";
        }

        var query = redaction.Query(exchange) is { } text ? "?" + text : "";
        var path = redaction.Path(exchange) ?? (exchange.UnknownFields.Count == 0 ? "?" : $"?({string.Join(',', exchange.UnknownFields)})");
        return $"{exchange.Method ?? "?"} {redaction.Host(exchange)}{path}{query}";
    }

    private static string SizeText(Exchange exchange) => exchange switch
    {
        MySqlExchange { ReturnedRows: { } rows and > 0 } =>
            string.Create(CultureInfo.InvariantCulture, $"{rows} {(rows == 1 ? "row" : "rows")}"),
        MySqlExchange { ReturnedRowsAtLeast: { } rows and > 0 } =>
            string.Create(CultureInfo.InvariantCulture, $">={rows} rows"),
        MySqlExchange { AffectedRows: { } affected and > 0 } =>
            string.Create(CultureInfo.InvariantCulture, $"{affected} affected"),
        MySqlExchange { ReturnedRows: 0, ResultSets: > 0 } => "0 rows",
        HttpExchange { ResponseBodySize: { } size } => Units.Bytes(size),
        WebSocketExchange socket => WebSocketText.Size(socket),
        _ => "",
    };

    private void Separate(string text)
    {
        if (text.Length > 0)
        {
            _line.Append("  ").Append(text);
        }
    }

    private void AppendTime(long nanoseconds)
    {
        var time = TimeZoneInfo.ConvertTimeFromUtc(DateTime.UnixEpoch.AddTicks(Math.Max(0, nanoseconds) / 100), _zone);
        _line.Append(CultureInfo.InvariantCulture, $"{time:HH:mm:ss.ffffff}");
    }

    private void AppendMarks(Exchange exchange)
    {
        var completeness = exchange.Completeness;
        if (completeness.Kind != CompletenessKind.Complete)
        {
            _line.Append("  [").Append(Words.Of(completeness.Kind));
            if (completeness.MissingBytes > 0)
            {
                _line.Append(CultureInfo.InvariantCulture, $" {completeness.MissingBytes} bytes");
            }

            _line.Append(']');
        }

        if (exchange.Connection.PeerProof == PeerProof.Unknown)
        {
            _line.Append("  [peer unknown]");
        }

        if (exchange is HttpExchange { Warnings: not 0 and var warnings })
        {
            _line.Append("  [").AppendJoin(", ", Words.Of(warnings)).Append(']');
        }

        if (exchange is WebSocketExchange { Warnings: not 0 and var wrong })
        {
            _line.Append("  [").AppendJoin(", ", Words.Of(wrong)).Append(']');
        }

        var server = exchange.Connection.Role == EndpointRole.Server ? null : exchange.OtherEnd;
        if (server?.Duration is { } duration)
        {
            _line.Append("  [server ").Append(Units.Duration(duration)).Append(']');
        }
    }
}
