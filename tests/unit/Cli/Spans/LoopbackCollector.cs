// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L7Trace.Export.Otlp.Messages;

namespace L7Trace.UnitTests.Cli.Spans;

/// <summary>Takes spans over HTTP on this machine's own loopback, and keeps them.</summary>
internal sealed class LoopbackCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<ExportTraceServiceRequest> _requests = [];
    private readonly Task _serving;

    public LoopbackCollector()
    {
        // A port that is free now; the listener takes no zero.
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
        }

        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Address { get; }

    public IReadOnlyList<ExportTraceServiceRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public IEnumerable<Span> Spans => Requests.SelectMany(static request => request.ResourceSpans)
        .SelectMany(static resource => resource.ScopeSpans).SelectMany(static scope => scope.Spans);

    public void Dispose()
    {
        _listener.Close();
        _serving.Wait();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                lock (_requests)
                {
                    _requests.Add(ExportTraceServiceRequest.Parser.ParseFrom(context.Request.InputStream));
                }

                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
