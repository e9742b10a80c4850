// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using L7Trace.Export.Otlp.Spans;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;

namespace L7Trace.Export.Otlp.Configuration;

/// <summary>
/// Where spans go and how, as `--otlp` and the OTEL_* variables say (<see cref="OtlpEnvironment"/>), checked and in units.
/// </summary>
public sealed record OtlpSettings
{
    /// <summary>
    /// Batches that wait at most, in exchanges. More than the 2,048 of OpenTelemetry's SDKs, which serve one program: a tracer
    /// sees the calls of many, and a burst must not cost spans while the collector keeps up on the whole.
    /// </summary>
    public const int DefaultQueueSize = 16_384;

    /// <summary>The full URL of the traces (http/protobuf), or the collector's scheme, host and port (grpc).</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The address as it may be shown: a query may be a key.</summary>
    public string ShownEndpoint => Endpoint.GetLeftPart(UriPartial.Path);

    /// <summary>How they travel.</summary>
    public OtlpProtocol Protocol { get; init; }

    /// <summary>
    /// How l7trace names itself to the collector. Half of it is chance: the collector may be traced too, and what is sent to it
    /// by this very run is told from all else by this name (<see cref="IsOwn"/>).
    /// </summary>
    public string UserAgent { get; } = $"l7trace/{ProcessResource.Version} ({Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))})";

    /// <summary>Headers (gRPC: metadata) of each request, decoded.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Requests are compressed with gzip.</summary>
    public bool Compresses { get; init; }

    /// <summary>How long one try may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>PEM file of the certificates that the collector's must lead to; null for the system's.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of the certificate that l7trace shows to the collector; null for none.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>PEM file of its private key; null when it is in the same file.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>Attributes that every Resource gets (OTEL_RESOURCE_ATTRIBUTES), decoded.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResourceAttributes { get; init; } = [];

    /// <summary>service.name of every Resource (OTEL_SERVICE_NAME); null for each process's own.</summary>
    public string? ServiceName { get; init; }

    /// <summary>Exchanges that wait to be sent at most; what comes while it is full is dropped and counted.</summary>
    public int QueueSize { get; init; } = DefaultQueueSize;

    /// <summary>Exchanges of one request at most.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>How long the first of a batch waits for others.</summary>
    public TimeSpan ScheduleDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a batch is tried in all before it is given up.</summary>
    public TimeSpan ExportTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Which traces are sent.</summary>
    public SpanSampler Sampler { get; init; } = SpanSampler.Default;

    /// <summary>Request methods with a name of their own; all others are "_OTHER".</summary>
    public IReadOnlySet<string> KnownMethods { get; init; } = HttpMethods.Known;

    /// <summary>OTEL_SDK_DISABLED: nothing is sent.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>True for spans on their way to the collector, as the collector's side sees them; they are no exchange of anyone's.</summary>
    public bool IsOwn(Exchange exchange) =>
        exchange is HttpExchange { UserAgent: { } agent } && agent.Contains(UserAgent, StringComparison.Ordinal);
}
