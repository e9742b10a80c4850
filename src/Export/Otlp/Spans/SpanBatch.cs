// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Messages;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>One request in the making: spans by the process that made or served the calls, a Resource for each.</summary>
internal sealed class SpanBatch
{
    private readonly Dictionary<TracedProcess, ScopeSpans> _scopes = [];
    private readonly ProcessResource _resources;

    /// <summary>Makes an empty one.</summary>
    public SpanBatch(ProcessResource resources) => _resources = resources;

    /// <summary>The request.</summary>
    public ExportTraceServiceRequest Request { get; } = new();

    /// <summary>Spans in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of its spans, of which nearly all of a request consists.</summary>
    public int Size { get; private set; }

    /// <summary>Adds a span.</summary>
    public void Add(TracedProcess process, Span span)
    {
        if (!_scopes.TryGetValue(process, out var scope))
        {
            scope = new ScopeSpans { Scope = _resources.Scope, SchemaUrl = ProcessResource.SchemaUrl };
            _scopes.Add(process, scope);
            var resource = new ResourceSpans { Resource = _resources.Of(process), SchemaUrl = ProcessResource.SchemaUrl };
            resource.ScopeSpans.Add(scope);
            Request.ResourceSpans.Add(resource);
        }

        scope.Spans.Add(span);
        Count++;
        Size += span.CalculateSize();
    }
}
