// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Sql;
using L7Trace.Export.Fields;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// MySQL spans (semantic conventions 1.44, "MySQL" and "Database client spans"). The conventions know clients only; the
/// server's view has the same attributes, with the kind and the client's address that tell the view.
/// </summary>
internal sealed class MySqlSpan(Redaction redaction)
{
    private const int DefaultPort = 3306;

    /// <summary>Fills in name, attributes and status.</summary>
    public void Fill(Span span, MySqlExchange exchange)
    {
        var attributes = span.Attributes;
        var system = exchange.IsMariaDb == true ? "mariadb" : "mysql";
        var server = NetworkEnds.ServerOf(exchange.Connection);
        var summary = SummaryOf(exchange);
        // A command that is no statement has a name of its own; that of a statement is not to be taken out of its text.
        var operation = exchange.StatementText is null ? CommandName.Of(exchange.Command) : null;
        var schema = exchange.Command is MySqlCommand.InitDb or MySqlCommand.CreateDb or MySqlCommand.DropDb ? exchange.Argument : exchange.Schema;
        span.Name = summary
            ?? (operation is null ? null : TargetOf(exchange, server) is { } target ? $"{operation} {target}" : operation)
            ?? TargetOf(exchange, server) ?? system;
        attributes.Set("db.system.name", system);
        attributes.Set("db.namespace", schema);
        attributes.Set("db.operation.name", operation);
        attributes.Set("db.operation.batch.size", exchange.BatchSize is { } batch and not 1 ? batch : null);
        attributes.Set("db.query.summary", summary);
        attributes.Set("db.query.text", TextOf(exchange));
        attributes.Set("mysql.command", CommandName.Of(exchange.Command));
        if (server is var (address, port))
        {
            attributes.Set("server.address", address);
            attributes.Set("server.port", port == DefaultPort ? null : port);
        }

        if (exchange.Connection.Role == EndpointRole.Server)
        {
            NetworkEnds.SetClient(attributes, exchange.Connection, withPort: true);
        }

        SetParameters(span, exchange);
        if (ExchangeFacts.ErrorTypeOf(exchange) is { } error)
        {
            attributes.Set("db.response.status_code", exchange.ErrorCode?.ToString(CultureInfo.InvariantCulture));
            attributes.Set("error.type", error);
            span.Status = new Status { Code = StatusCode.Error };
            if (redaction.ErrorMessage(exchange) is { } message)
            {
                span.Status.Message = message;
            }
        }
    }

    private static string? SummaryOf(MySqlExchange exchange) => exchange.StatementText is not { } text
        ? null
        : QuerySummary.Of(text, exchange.StatementTextMissing > 0, DigestCache.BackslashesAreLiteral(exchange), DigestCache.DialectOf(exchange));

    private static string? TargetOf(MySqlExchange exchange, (string Address, int? Port)? server) =>
        exchange.Command is MySqlCommand.InitDb or MySqlCommand.CreateDb or MySqlCommand.DropDb && exchange.Argument is { } schema ? schema
        : server is not var (address, port) ? null
        : port is null ? address
        : string.Create(CultureInfo.InvariantCulture, $"{address}:{port}");

    private string? TextOf(MySqlExchange exchange)
    {
        if (exchange.StatementText is not { } text || redaction.ShowsSecrets)
        {
            return exchange.StatementText;
        }

        var cut = exchange.StatementTextMissing > 0;
        var escapes = DigestCache.BackslashesAreLiteral(exchange);
        var dialect = DigestCache.DialectOf(exchange);
        // The conventions leave parameterised text as it is. One that has values in it all the same is no such text.
        return exchange.IsPrepared && !cut && !SanitizedQueryText.HoldsValues(text, escapes, dialect)
            ? text
            : SanitizedQueryText.Of(text, cut, escapes, dialect);
    }

    private void SetParameters(Span span, MySqlExchange exchange)
    {
        if (!redaction.ShowsSecrets || MySqlParameterMembers.Of(exchange) is not { } members)
        {
            return;
        }

        foreach (var (key, value) in members)
        {
            span.Attributes.Set("db.query.parameter." + key, value ?? "NULL");
        }
    }
}
