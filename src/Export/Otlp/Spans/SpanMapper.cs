// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using L7Trace.Analysis.Http;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Context;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// Makes spans of exchanges: of one whose two ends are proven, the client's span and below it the server's. Not thread-safe.
/// </summary>
internal sealed class SpanMapper
{
    // SpanFlags of OTLP: whether the parent is of another process is known, and whether it is.
    private const uint KnowsRemote = 0x100;
    private const uint IsRemote = 0x200;
    private const uint Sampled = 1;

    private readonly Redaction _redaction;
    private readonly SpanSampler _sampler;
    private readonly HttpSpan _http;
    private readonly GrpcSpan _grpc;
    private readonly MySqlSpan _mySql;

    /// <summary>Makes one.</summary>
    public SpanMapper(OtlpSettings settings, Redaction redaction, IReadOnlyList<RoutePattern> routes)
    {
        _redaction = redaction;
        _sampler = settings.Sampler;
        _http = new HttpSpan(redaction, settings.KnownMethods, routes);
        _grpc = new GrpcSpan(redaction);
        _mySql = new MySqlSpan(redaction);
    }

    /// <summary>Adds the spans of an exchange to a batch; returns how many the sampler left out.</summary>
    public int Map(in QueuedExchange item, SpanBatch batch)
    {
        var (exchange, process, other, otherProcess) = item;
        // The client's first, whichever of the two is shown: it is the parent of the other.
        if (other is not null && other.Connection.Role == EndpointRole.Client)
        {
            (exchange, process, other, otherProcess) = (other, otherProcess!, exchange, process);
        }

        var context = RequestContext.Of(exchange, _redaction) ?? (other is null ? null : RequestContext.Of(other, _redaction));
        var ids = SpanIds.Of(exchange);
        var traceId = context?.Parent.TraceId ?? ids.TraceId;
        if (!_sampler.Takes(traceId, context?.Parent.IsSampled))
        {
            return other is null ? 1 : 2;
        }

        var flags = KnowsRemote | (context is null ? Sampled : context.Parent.Flags);
        var first = SpanOf(exchange, traceId, ids.SpanId, context?.Parent.ParentId, flags | (context is null ? 0 : IsRemote), context?.State);
        batch.Add(process, first);
        if (other is not null)
        {
            batch.Add(otherProcess!, SpanOf(other, traceId, SpanIds.Of(other).SpanId, ids.SpanId, flags | IsRemote, context?.State));
        }

        return 0;
    }

    private Span SpanOf(Exchange exchange, byte[] traceId, byte[] spanId, byte[]? parentId, uint flags, string? state)
    {
        var span = new Span
        {
            TraceId = ByteString.CopyFrom(traceId),
            SpanId = ByteString.CopyFrom(spanId),
            ParentSpanId = parentId is null ? ByteString.Empty : ByteString.CopyFrom(parentId),
            TraceState = state ?? "",
            Flags = flags,
            Kind = exchange.Connection.Role == EndpointRole.Server ? SpanKind.Server : SpanKind.Client,
            StartTimeUnixNano = (ulong)Math.Max(0, exchange.Start),
            EndTimeUnixNano = (ulong)Math.Max(0, SpanView.EndOf(exchange)),
        };
        switch (exchange)
        {
            case MySqlExchange statement:
                _mySql.Fill(span, statement);
                break;
            case HttpExchange { Grpc: { } call } http:
                _grpc.Fill(span, http, call);
                break;
            case HttpExchange http:
                _http.Fill(span, http);
                break;
        }

        if (exchange.Completeness.Kind != CompletenessKind.Complete)
        {
            span.Attributes.Set("l7trace.completeness", Words.Of(exchange.Completeness.Kind));
        }

        return span;
    }
}
