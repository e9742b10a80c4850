// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>Which views of exchanges become spans: those whose beginning, end and side are known.</summary>
internal static class SpanView
{
    /// <summary>True for a view that has all that a span says.</summary>
    public static bool IsSpan(Exchange exchange) =>
        IsCall(exchange) && exchange.Request.Seen && exchange.Connection.Role != EndpointRole.Unknown &&
        exchange.Completeness.Kind != CompletenessKind.Unmatched &&
        (exchange.State == ExchangeState.Aborted || exchange.Duration is not null);

    /// <summary>True for what would be a span if more were known of it; not for what has no answer by its protocol.</summary>
    public static bool IsCall(Exchange exchange) =>
        exchange is MySqlExchange or HttpExchange && exchange.State is not (ExchangeState.Running or ExchangeState.OneWay);

    /// <summary>
    /// The end, nanoseconds since the Unix epoch. When a call was cut off is not known to the nanosecond: its end is the
    /// last byte that was moved for it.
    /// </summary>
    public static long EndOf(Exchange exchange)
    {
        if (exchange.End is { } end)
        {
            return end;
        }

        var last = exchange.Request.Last.Exit;
        return Math.Max(exchange.Start, exchange.Response.Seen ? Math.Max(last, exchange.Response.Last.Exit) : last);
    }
}
