// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Export.Bodies;
using L7Trace.Export.Protobuf;
using L7Trace.Export.Text;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Follow;

/// <summary>
/// Writes each exchange as a conversation: a line of its own that begins with "=", what the client sent behind "&gt;", what the
/// server sent behind "&lt;", and what l7trace has to say behind "*". Nothing captured can begin a line, so none of these marks can
/// be forged. Not thread-safe.
/// </summary>
public sealed class FollowWriter : IExchangeSink
{
    private readonly TextWriter _output;
    private readonly Redaction _redaction;
    private readonly FollowedHttp _http;
    private readonly TimeZoneInfo _zone;
    private readonly Func<long> _now;

    /// <summary>Makes one.</summary>
    /// <param name="output">Where the lines go; stays open.</param>
    /// <param name="redaction">What is withheld; the default when null.</param>
    /// <param name="inflaters">For bodies that are compressed; the BCL's when null.</param>
    /// <param name="zone">Time zone of the times; the machine's when null.</param>
    /// <param name="now">The time, nanoseconds since the Unix epoch, for the age of what still runs.</param>
    /// <param name="schema">Names and types of gRPC's messages; null for none.</param>
    public FollowWriter(
        TextWriter output, Redaction? redaction = null, Inflaters? inflaters = null, TimeZoneInfo? zone = null, Func<long>? now = null,
        ProtoSchema? schema = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _redaction = redaction ?? Redaction.Default;
        _http = new FollowedHttp(output, _redaction, new ContentDecoder(inflaters ?? Inflaters.Default), schema);
        _zone = zone ?? TimeZoneInfo.Local;
        _now = now ?? (static () => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100);
    }

    /// <inheritdoc/>
    public void Write(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        WriteHeading(exchange);
        switch (exchange)
        {
            case HttpExchange http:
                _http.Write(http);
                break;
            case MySqlExchange mysql:
                FollowedMySql.Write(_output, _redaction, mysql);
                break;
            case WebSocketExchange socket:
                _output.Write(TerminalText.Sanitize(WebSocketText.Of(socket, _redaction)) + "  " + WebSocketText.Size(socket) + "\n");
                break;
        }

        WriteMarks(exchange);
        _output.Write("\n");
    }

    /// <inheritdoc/>
    public void Flush() => _output.Flush();

    private void WriteHeading(Exchange exchange)
    {
        Span<char> id = stackalloc char[36];
        var time = TimeZoneInfo.ConvertTimeFromUtc(DateTime.UnixEpoch.AddTicks(Math.Max(0, exchange.Start) / 100), _zone);
        var line = new StringBuilder("= ").Append(ExchangeFacts.FormatId(exchange, id))
            .Append(CultureInfo.InvariantCulture, $"  {time:yyyy-MM-dd HH:mm:ss.ffffff}  ")
            .Append(PlainLineWriter.ProcessText(exchange))
            .Append(exchange.Connection.Role == EndpointRole.Server ? " < " : " > ").Append(PlainLineWriter.PeerText(exchange.Connection))
            .Append("  ").Append(PlainLineWriter.ProtocolText(exchange))
            .Append("  ").Append(PlainLineWriter.StatusText(exchange))
            .Append("  ").Append(PlainLineWriter.LatencyText(exchange, _now));
        if (exchange is HttpExchange { UploadTime: { } upload, WaitTime: { } wait, DownloadTime: { } download })
        {
            line.Append(" (upload ").Append(Units.Duration(upload)).Append(", wait ").Append(Units.Duration(wait))
                .Append(", download ").Append(Units.Duration(download)).Append(')');
        }

        _output.Write(line.Append('\n'));
    }

    private void WriteMarks(Exchange exchange)
    {
        Note(exchange.State switch
        {
            ExchangeState.Running => "it still runs",
            ExchangeState.Aborted => "the connection, or this part of it, ended first",
            ExchangeState.Lost => "how it ended was not seen",
            _ => null,
        });
        var completeness = exchange.Completeness;
        if (completeness.Kind != CompletenessKind.Complete)
        {
            Note("capture: " + Words.Of(completeness.Kind) + (completeness.MissingBytes == 0 ? ""
                : string.Create(CultureInfo.InvariantCulture, $", {completeness.MissingBytes} bytes are missing")));
        }

        if (exchange is HttpExchange { Warnings: not 0 and var warnings })
        {
            Note("read differently by different programs: " + string.Join(", ", Words.Of(warnings)));
        }

        if (exchange is WebSocketExchange { Warnings: not 0 and var wrong })
        {
            Note("what the protocol forbids: " + string.Join(", ", Words.Of(wrong)));
        }

        var server = exchange.Connection.Role == EndpointRole.Server ? null : exchange.OtherEnd;
        if (server?.Duration is { } duration)
        {
            Note("as the server saw it: " + Units.Duration(duration));
        }
    }

    private void Note(string? text)
    {
        if (text is not null)
        {
            _output.Write($"* {text}\n");
        }
    }
}
