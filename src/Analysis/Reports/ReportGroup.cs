// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Analysis.Reports;

/// <summary>Figures of one group of exchanges: a row of a report.</summary>
public sealed class ReportGroup
{
    internal ReportGroup(GroupKind kind, string scope, string text, bool isOverflow = false)
    {
        Kind = kind;
        Scope = scope;
        Text = text;
        IsOverflow = isOverflow;
    }

    /// <summary>What its exchanges have in common.</summary>
    public GroupKind Kind { get; }

    /// <summary>Schema of a statement, host of a route; empty when it is not known.</summary>
    public string Scope { get; }

    /// <summary>Digest, or method and route.</summary>
    public string Text { get; }

    /// <summary>True for the row of all that had no room of its own ("MISC").</summary>
    public bool IsOverflow { get; }

    /// <summary>Exchanges.</summary>
    public long Calls { get; private set; }

    /// <summary>Those that failed.</summary>
    public long Errors { get; private set; }

    /// <summary>Those without a known latency: unfinished, cut off, or without an answer by protocol.</summary>
    public long WithoutLatency { get; private set; }

    /// <summary>Those that are not complete (truncated, resynced, unmatched).</summary>
    public long Incomplete { get; private set; }

    /// <summary>Latencies of the others, nanoseconds; of WebSocket, how long connections were open.</summary>
    public ExponentialHistogram Latency { get; } = new();

    /// <summary>Rows returned (of WebSocket: messages of both sides), as far as known; see <see cref="RowsUnknown"/>.</summary>
    public long Rows { get; private set; }

    /// <summary>Exchanges whose rows are not known: <see cref="Rows"/> is a lower bound when this is not 0.</summary>
    public long RowsUnknown { get; private set; }

    /// <summary>Rows changed, as far as known.</summary>
    public ulong AffectedRows { get; private set; }

    /// <summary>Failures of HTTP by kind and name; those of the client (4xx) are not among <see cref="Errors"/>.</summary>
    public HttpFailures Failures { get; } = new();

    /// <summary>Request body bytes of HTTP, as far as known.</summary>
    public long RequestBytes { get; private set; }

    /// <summary>Response body bytes (of WebSocket: of both sides' messages), as far as known.</summary>
    public long Bytes { get; private set; }

    internal void Add(Exchange exchange)
    {
        Calls++;
        Errors += exchange.IsError ? 1 : 0;
        Incomplete += exchange.Completeness.Kind == CompletenessKind.Complete ? 0 : 1;
        if ((exchange is WebSocketExchange { OpenTime: { } open } ? open : exchange.Duration) is { } duration)
        {
            Latency.Record(duration);
        }
        else
        {
            WithoutLatency++;
        }

        switch (exchange)
        {
            case MySqlExchange mysql:
                AddRows(mysql);
                break;
            case WebSocketExchange socket:
                AddMessages(socket);
                break;
            case HttpExchange http:
                Failures.Add(http);
                RequestBytes += http.RequestBodySize ?? 0;
                Bytes += http.ResponseBodySize ?? 0;
                break;
        }
    }

    private void AddMessages(WebSocketExchange exchange)
    {
        foreach (var totals in (ReadOnlySpan<WebSocketTotals?>)[exchange.Client, exchange.Server])
        {
            Rows += totals?.MessagesAtLeast ?? 0;
            Bytes += totals?.Bytes ?? 0;
        }

        RowsUnknown += exchange is { Client.Messages: not null, Server.Messages: not null } ? 0 : 1;
    }

    private void AddRows(MySqlExchange exchange)
    {
        Bytes += exchange.ResponseBytes;
        AffectedRows += exchange.AffectedRows ?? 0;
        if (exchange.ReturnedRows is { } rows)
        {
            Rows += rows;
        }
        else if (exchange.State != ExchangeState.OneWay && !exchange.IsError && ReturnsRows(exchange))
        {
            RowsUnknown++;
        }
    }

    // An answer that is an OK packet has no rows, and then the parser says so by affected rows.
    private static bool ReturnsRows(MySqlExchange exchange) =>
        exchange.Command is MySqlCommand.Query or MySqlCommand.StatementExecute && exchange.AffectedRows is null;
}
