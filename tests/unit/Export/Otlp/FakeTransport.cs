// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Messages;
using L7Trace.Export.Otlp.Sending;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>A collector that answers by a script; the last answer stands for all that follow.</summary>
internal sealed class FakeTransport(params SendAnswer[] answers) : ISpanTransport
{
    private readonly Lock _lock = new();
    private readonly List<ExportTraceServiceRequest> _requests = [];

    /// <summary>It never answers.</summary>
    public bool Hangs { get; init; }

    public bool WasDisposed { get; private set; }

    /// <summary>What came, each try by itself.</summary>
    public IReadOnlyList<ExportTraceServiceRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Spans of all requests.</summary>
    public IEnumerable<Span> Spans => Requests.SelectMany(SpansOf);

    public static IEnumerable<Span> SpansOf(ExportTraceServiceRequest request) =>
        request.ResourceSpans.SelectMany(static resource => resource.ScopeSpans).SelectMany(static scope => scope.Spans);

    public async Task<SendAnswer> SendAsync(ExportTraceServiceRequest request, CancellationToken cancellation)
    {
        int number;
        lock (_lock)
        {
            number = _requests.Count;
            _requests.Add(request.Clone());
        }

        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }

        return answers.Length == 0 ? default : answers[Math.Min(number, answers.Length - 1)];
    }

    public void Dispose() => WasDisposed = true;
}
