// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Fields;

/// <summary>Writes the text of a field into a buffer of <see cref="ExchangeField.BufferSize"/>; empty when it is not known.</summary>
internal delegate ReadOnlySpan<char> FormattedOf(Exchange exchange, Span<char> buffer);

/// <summary>Makes what reads one kind of exchange read any: of another kind, nothing is known.</summary>
internal static class FieldGetters
{
    /// <summary>The getter for any exchange. Types are named one by one, since a test for a generic one costs more than the field.</summary>
    public static Func<FieldContext, Exchange, TResult> Of<TResult>(Delegate getter) => getter switch
    {
        Func<FieldContext, Exchange, TResult> any => any,
        Func<Exchange, TResult> any => (_, exchange) => any(exchange),
        Func<MySqlExchange, TResult> mysql => (_, exchange) => exchange is MySqlExchange own ? mysql(own) : default!,
        Func<FieldContext, MySqlExchange, TResult> mysql => (context, exchange) => exchange is MySqlExchange own ? mysql(context, own) : default!,
        Func<HttpExchange, TResult> http => (_, exchange) => exchange is HttpExchange own ? http(own) : default!,
        Func<FieldContext, HttpExchange, TResult> http => (context, exchange) => exchange is HttpExchange own ? http(context, own) : default!,
        Func<WebSocketExchange, TResult> socket => (_, exchange) => exchange is WebSocketExchange own ? socket(own) : default!,
        Func<FieldContext, WebSocketExchange, TResult> socket => (context, exchange) => exchange is WebSocketExchange own ? socket(context, own) : default!,
        _ => throw new ArgumentException("no such kind of exchange", nameof(getter)),
    };
}
