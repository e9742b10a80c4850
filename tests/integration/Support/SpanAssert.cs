// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>What tests of spans have in common.</summary>
internal static class SpanAssert
{
    /// <summary>A caller's trace, and its span.</summary>
    public const string Trace = "0af7651916cd43dd8448eb211c80319c";
    public const string Parent = "b7ad6b7169203331";

    /// <summary>The Resource is the process, and what made the span is l7trace.</summary>
    public static void AssertOwner(OtlpSpan span, int processId)
    {
        string version = span.Scope["l7trace ".Length..];
        Assert.Equal("l7trace " + version, span.Scope);
        Assert.All(span.Schemas, x => Assert.Equal("https://opentelemetry.io/schemas/1.44.0", x));
        Assert.Contains($"process.pid={processId}", span.Resource);
        Assert.Contains($"host.name=\"{Environment.MachineName}\"", span.Resource);
        Assert.Contains("telemetry.sdk.name=\"l7trace\"", span.Resource);
        Assert.Contains($"telemetry.sdk.version=\"{version}\"", span.Resource);
        if (new FileInfo($"/proc/{processId}/exe").LinkTarget is { } program) // it may have ended
        {
            Assert.Contains($"process.executable.path=\"{program}\"", span.Resource);
            Assert.Contains($"process.executable.name=\"{Path.GetFileName(program)}\"", span.Resource);
            Assert.Contains($"service.name=\"unknown_service:{Path.GetFileName(program)}\"", span.Resource);
            DateTimeOffset began = DateTimeOffset.Parse(
                span.Resource.Single(x => x.StartsWith("process.creation.time=", StringComparison.Ordinal)).Split('"')[1], CultureInfo.InvariantCulture);
            Assert.InRange((began - new DateTimeOffset(System.Diagnostics.Process.GetProcessById(processId).StartTime)).TotalSeconds, -1, 1);
        }
    }

    public static string Variables(string protocol, string more = "") =>
        $"OTEL_EXPORTER_OTLP_PROTOCOL={(protocol == "grpc" ? "grpc" : "http/protobuf")} {more}";

    public static string[] Error(string? status, object type) => status is null ? [] : [$"error.type=\"{type}\""];

    public static string[] Sorted(string[] lines) => [.. lines.Order(StringComparer.Ordinal)];
}
