// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text.Json;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>The fields of an exchange. A field that is not known is not written.</summary>
internal sealed class ExchangeJson(Redaction redaction, DigestCache digests, RouteTable routes)
{
    public void Write(JsonLine json, Exchange exchange, long now)
    {
        WriteIdentity(json, exchange);
        WriteTiming(json, exchange, now);
        WriteProcess(json, exchange);
        WriteAddresses(json, exchange.Connection);
        json.WriteString(JsonNames.PeerProof, Words.Of(exchange.Connection.PeerProof));
        json.WriteBoolean(JsonNames.Tls, exchange.Tls);
        switch (exchange)
        {
            case MySqlExchange mysql:
                WriteMySql(json, mysql);
                break;
            case HttpExchange http:
                WriteHttp(json, http);
                break;
        }
    }

    private static void WriteIdentity(JsonLine json, Exchange exchange)
    {
        Span<char> hex = stackalloc char[36];
        json.WriteString(JsonNames.Id, ExchangeFacts.FormatId(exchange, hex));
        exchange.Connection.Id.Value.TryFormat(hex, out var length, "x", CultureInfo.InvariantCulture);
        json.WriteString(JsonNames.ConnectionId, hex[..length]);
        json.WriteString(JsonNames.Protocol, Words.Of(exchange.Protocol));
        json.WriteString(JsonNames.Role, Words.Of(exchange.Connection.Role));
        json.WriteString(JsonNames.State, Words.Of(exchange.State));
    }

    private static void WriteTiming(JsonLine json, Exchange exchange, long now)
    {
        Span<char> text = stackalloc char[Timestamp.Length];
        json.WriteString(JsonNames.Start, Timestamp.Format(exchange.Start, text));
        WriteNumber(json, JsonNames.DurationNs, exchange.Duration);
        if (exchange.State == ExchangeState.Running)
        {
            json.WriteNumber(JsonNames.AgeNs, exchange.Age(now));
        }

        WriteNumber(json, JsonNames.TimeToFirstByteNs, exchange.TimeToFirstByte);
        if (exchange.IdleTime > 0)
        {
            json.WriteNumber(JsonNames.IdleNs, exchange.IdleTime);
        }

        var server = exchange.OtherEnd is null ? null
            : exchange.Connection.Role == EndpointRole.Server ? exchange : exchange.OtherEnd;
        WriteNumber(json, JsonNames.ServerDurationNs, server?.Duration);
        json.WriteString(JsonNames.Completeness, Words.Of(exchange.Completeness.Kind));
        if (exchange.Completeness.MissingBytes > 0)
        {
            json.WriteNumber(JsonNames.MissingBytes, exchange.Completeness.MissingBytes);
        }
    }

    private static void WriteProcess(JsonLine json, Exchange exchange)
    {
        if (ExchangeFacts.ProcessOf(exchange) is (var pid and > 0, var command))
        {
            json.WriteNumber(JsonNames.ProcessId, pid);
            JsonText.Write(json, JsonNames.ProcessCommand, command);
        }

        if (exchange.OtherEnd is { } other && ExchangeFacts.ProcessOf(other) is (var peer and > 0, var peerCommand))
        {
            json.WriteNumber(JsonNames.PeerProcessId, peer);
            JsonText.Write(json, JsonNames.PeerProcessCommand, peerCommand);
        }
        else if (exchange.OtherEnd is null && exchange.Connection.PeerProcessId > 0)
        {
            json.WriteNumber(JsonNames.PeerProcessId, exchange.Connection.PeerProcessId);
        }
    }

    private static void WriteAddresses(JsonLine json, ConnectionInfo connection)
    {
        if (connection.Local is null && connection.Remote is null)
        {
            if (connection.UnixPath is not null)
            {
                json.WriteString(JsonNames.Transport, "unix"u8);
                JsonText.Write(json, JsonNames.ServerAddress, connection.UnixPath);
            }

            return;
        }

        json.WriteString(JsonNames.Transport, "tcp"u8);
        if (connection.Role == EndpointRole.Unknown)
        {
            WriteEnd(json, JsonNames.LocalAddress, JsonNames.LocalPort, connection.Local);
            WriteEnd(json, JsonNames.PeerAddress, JsonNames.PeerPort, connection.Remote);
        }
        else
        {
            WriteEnd(json, JsonNames.ClientAddress, JsonNames.ClientPort, connection.ClientEndPoint);
            WriteEnd(json, JsonNames.ServerAddress, JsonNames.ServerPort, connection.ServerEndPoint);
        }
    }

    private static void WriteEnd(JsonLine json, JsonEncodedText addressName, JsonEncodedText portName, IPEndPoint? end)
    {
        if (end is null)
        {
            return;
        }

        Span<char> text = stackalloc char[64];
        var address = end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address;
        if (address.TryFormat(text, out var length))
        {
            json.WriteString(addressName, text[..length]);
        }

        json.WriteNumber(portName, end.Port);
    }

    private void WriteMySql(JsonLine json, MySqlExchange exchange)
    {
        json.WriteString(JsonNames.DbSystemName, exchange.IsMariaDb == true ? "mariadb"u8 : "mysql"u8);
        JsonText.Write(json, JsonNames.DbNamespace, exchange.Schema);
        JsonText.Write(json, JsonNames.DbUser, exchange.User);
        JsonText.Write(json, JsonNames.DbQueryText, redaction.ShowsSecrets ? exchange.StatementText : digests.RedactedOf(exchange));
        if (exchange.StatementTextMissing > 0)
        {
            json.WriteNumber(JsonNames.DbQueryMissingBytes, exchange.StatementTextMissing);
        }

        if (redaction.ShowsSecrets && exchange.Parameters is not null)
        {
            MySqlParameterJson.Write(json, exchange);
        }

        if (exchange.BatchSize is { } batch and not 1)
        {
            json.WriteNumber(JsonNames.DbBatchSize, batch);
        }

        JsonText.Write(json, JsonNames.DbQueryDigest, digests.Of(exchange)?.ToString());
        json.WriteString(JsonNames.MySqlCommand, CommandName.Of(exchange.Command));
        WriteNumber(json, JsonNames.MySqlConnectionId, exchange.ServerConnectionId);
        WriteNumber(json, JsonNames.MySqlStatementId, exchange.StatementId);
        JsonText.Write(json, JsonNames.MySqlServerVersion, exchange.ServerVersion);
        WriteNumber(json, JsonNames.DbReturnedRows, exchange.ReturnedRows);
        if (exchange.AffectedRows is { } affected)
        {
            json.WriteNumber(JsonNames.MySqlAffectedRows, affected);
        }

        WriteNumber(json, JsonNames.MySqlWarnings, exchange.Warnings);
        if (exchange.ErrorCode is { } code)
        {
            Span<char> text = stackalloc char[5];
            code.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
            json.WriteString(JsonNames.DbStatusCode, text[..length]);
        }

        JsonText.Write(json, JsonNames.MySqlSqlState, exchange.SqlState);
        JsonText.Write(json, JsonNames.MySqlErrorMessage, redaction.ErrorMessage(exchange));
        JsonText.Write(json, JsonNames.ErrorType, ExchangeFacts.ErrorTypeOf(exchange));
        MySqlAnswerJson.Write(json, exchange, redaction);
        if (exchange.ResponseBytes > 0)
        {
            json.WriteNumber(JsonNames.MySqlResponseBytes, exchange.ResponseBytes);
        }

        MySqlWireJson.Write(json, exchange);
    }

    private void WriteHttp(JsonLine json, HttpExchange exchange)
    {
        JsonText.Write(json, JsonNames.ProtocolVersion, exchange.Version);
        JsonText.Write(json, JsonNames.HttpMethod, exchange.Method);
        JsonText.Write(json, JsonNames.UrlPath, redaction.Path(exchange));
        JsonText.Write(json, JsonNames.UrlQuery, redaction.Query(exchange));
        JsonText.Write(json, JsonNames.UrlTemplate, exchange.Path is { } path ? routes.Of(exchange.Host ?? "", path) : null);
        JsonText.Write(json, JsonNames.HttpHost, exchange.Host);
        JsonText.Write(json, JsonNames.UserAgent, exchange.UserAgent);
        WriteNumber(json, JsonNames.HttpStatusCode, exchange.StatusCode);
        WriteNumber(json, JsonNames.HttpRequestBodySize, exchange.RequestBodySize);
        WriteNumber(json, JsonNames.HttpResponseBodySize, exchange.ResponseBodySize);
        if (exchange.Warnings != 0)
        {
            json.WriteStrings(JsonNames.HttpWarnings, Words.Of(exchange.Warnings));
        }

        JsonText.Write(json, JsonNames.ErrorType, ExchangeFacts.ErrorTypeOf(exchange));
    }

    private static void WriteNumber(JsonLine json, JsonEncodedText name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
