// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Otlp.Context;

/// <summary>The trace that an exchange's request names.</summary>
/// <param name="Parent">The caller's span.</param>
/// <param name="State">tracestate; null when there is none that may be sent on.</param>
internal sealed record RequestContext(TraceParent Parent, string? State)
{
    /// <summary>That of an exchange; null when it names none, or none that is valid.</summary>
    public static RequestContext? Of(Exchange exchange, Redaction redaction) => exchange switch
    {
        HttpExchange http => OfHeaders(http.RequestHeaders, redaction),

        // An execution's text is that of its preparation, and so is what stands in its comments.
        MySqlExchange { Command: MySqlCommand.Query or MySqlCommand.StatementPrepare, StatementTextMissing: 0, StatementText: { } text } statement =>
            OfComment(text, statement, redaction),
        _ => null,
    };

    private static RequestContext? OfComment(string text, MySqlExchange statement, Redaction redaction)
    {
        var escapes = DigestCache.BackslashesAreLiteral(statement);
        var dialect = DigestCache.DialectOf(statement);
        if (TraceParent.Parse(QueryComment.ValueOf(text, "traceparent", escapes, dialect)) is not { } parent)
        {
            return null;
        }

        var state = QueryComment.ValueOf(text, "tracestate", escapes, dialect);
        return new RequestContext(parent, state is null ? null : TraceState.Of([state], redaction.ShowsSecrets));
    }

    private static RequestContext? OfHeaders(IReadOnlyList<KeyValuePair<string, string>> headers, Redaction redaction)
    {
        string? parent = null;
        List<string>? states = null;
        for (var i = 0; i < headers.Count; i++) // an enumerator would be an object for each exchange
        {
            var (name, value) = headers[i];
            if (name.Equals("traceparent", StringComparison.OrdinalIgnoreCase))
            {
                if (parent is not null)
                {
                    return null; // which of two is meant is not known
                }

                parent = value;
            }
            else if (name.Equals("tracestate", StringComparison.OrdinalIgnoreCase))
            {
                (states ??= []).Add(value);
            }
        }

        return TraceParent.Parse(parent) is { } valid
            ? new RequestContext(valid, states is null ? null : TraceState.Of(states, redaction.ShowsSecrets))
            : null;
    }
}
