// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;
using System.Globalization;
using L7Trace.Export.Otlp.Spans;

namespace L7Trace.Export.Otlp.Configuration;

/// <summary>
/// OTEL_* variables as the OpenTelemetry specification 1.60 has them ("Protocol Exporter", "Environment Variables"): what the
/// command line says wins, then the variable for traces, then the one for all signals.
/// </summary>
public static class OtlpEnvironment
{
    private const string Option = "--otlp";

    /// <summary>Reads the settings.</summary>
    /// <param name="endpoint">The value of --otlp; null when it has none.</param>
    /// <param name="variable">Gives an environment variable.</param>
    /// <exception cref="OtlpConfigurationException">A value makes no sense.</exception>
    public static OtlpSettings Read(string? endpoint, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var variables = new OtlpVariables(variable);
        var protocol = ProtocolOf(variables);
        var resource = variables.Text("OTEL_RESOURCE_ATTRIBUTES");
        var certificate = variables.OfExporter("CLIENT_CERTIFICATE");
        var key = variables.OfExporter("CLIENT_KEY");
        var (queue, batch) = SizesOf(variables);
        return new OtlpSettings
        {
            Endpoint = EndpointOf(endpoint, protocol, variables),
            Protocol = protocol,
            Headers = HeadersOf(variables, protocol),
            Compresses = CompressionOf(variables),
            Timeout = variables.OfExporter("TIMEOUT") is var (name, text)
                ? OtlpVariables.Milliseconds(name, text, least: 1)
                : TimeSpan.FromSeconds(10),
            CertificateFile = FileOf(variables.OfExporter("CERTIFICATE")),
            ClientCertificateFile = key is not null && certificate is null
                ? throw new OtlpConfigurationException($"{key.Value.Name} needs a certificate: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")
                : FileOf(certificate),
            ClientKeyFile = FileOf(key),
            ResourceAttributes = resource is null ? [] : OtlpVariables.Pairs("OTEL_RESOURCE_ATTRIBUTES", resource),
            ServiceName = variables.Text("OTEL_SERVICE_NAME"),
            QueueSize = queue,
            BatchSize = batch,
            ScheduleDelay = TimeOf(variables, "OTEL_BSP_SCHEDULE_DELAY", least: 0, defaultSeconds: 5),
            ExportTimeout = TimeOf(variables, "OTEL_BSP_EXPORT_TIMEOUT", least: 1, defaultSeconds: 30),
            Sampler = SamplerOf(variables),
            KnownMethods = variables.Text("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS") is { } methods
                ? methods.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal)
                : HttpMethods.Known,
            IsDisabled = variables.Boolean("OTEL_SDK_DISABLED") == true,
        };
    }

    private static OtlpProtocol ProtocolOf(OtlpVariables variables) => variables.OfExporter("PROTOCOL") switch
    {
        null or (_, "http/protobuf") => OtlpProtocol.HttpProtobuf,
        (_, "grpc") => OtlpProtocol.Grpc,
        var (name, text) => throw OtlpVariables.Wrong(name, text, "is no protocol that l7trace speaks: grpc or http/protobuf"),
    };

    private static Uri EndpointOf(string? given, OtlpProtocol protocol, OtlpVariables variables)
    {
        var (name, text) = given is { Length: > 0 } ? (Option, given)
            : variables.OfExporter("ENDPOINT") ?? (Option, protocol == OtlpProtocol.Grpc ? "http://localhost:4317" : "http://localhost:4318");
        if (protocol == OtlpProtocol.Grpc)
        {
            var insecure = variables.OfExporter("INSECURE") is var (variable, value) && OtlpVariables.Boolean(variable, value);
            return OtlpEndpoint.OfGrpc(name, text, insecure);
        }

        return name == Option
            ? OtlpEndpoint.OfCommandLine(name, text)
            : OtlpEndpoint.OfHttp(name, text, isForTraces: name == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    }

    private static List<KeyValuePair<string, string>> HeadersOf(OtlpVariables variables, OtlpProtocol protocol)
    {
        if (variables.OfExporter("HEADERS") is not var (name, text))
        {
            return [];
        }

        var headers = OtlpVariables.Pairs(name, text);
        foreach (var (key, value) in headers)
        {
            // Binary values of gRPC have no form here, and its own headers are its own.
            if (protocol == OtlpProtocol.Grpc && (key.EndsWith("-bin", StringComparison.OrdinalIgnoreCase) ||
                key.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) ||
                !key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')))
            {
                throw new OtlpConfigurationException($"{name}: '{key}' can't be gRPC's metadata");
            }

            // A line break would begin a header of its own.
            if (!key.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) ||
                !value.All(static c => c is >= ' ' and < '\x7f' or '\t'))
            {
                throw new OtlpConfigurationException($"{name}: '{key}' or its value can't stand in a header");
            }
        }

        return headers;
    }

    private static bool CompressionOf(OtlpVariables variables) => variables.OfExporter("COMPRESSION") switch
    {
        null or (_, "none") => false,
        (_, "gzip") => true,
        var (name, text) => throw OtlpVariables.Wrong(name, text, "is no compression that l7trace knows: gzip or none"),
    };

    private static string? FileOf((string Name, string Value)? entry) =>
        entry is not var (name, path) ? null
        : File.Exists(path) ? path
        : throw OtlpVariables.Wrong(name, path, "is no file");

    private static TimeSpan TimeOf(OtlpVariables variables, string name, int least, int defaultSeconds) =>
        variables.Text(name) is { } text ? OtlpVariables.Milliseconds(name, text, least) : TimeSpan.FromSeconds(defaultSeconds);

    private static (int Queue, int Batch) SizesOf(OtlpVariables variables)
    {
        const int Most = 10_000_000;
        var queue = variables.Number("OTEL_BSP_MAX_QUEUE_SIZE", 1, Most) ?? OtlpSettings.DefaultQueueSize;
        var batch = variables.Number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1, Most);
        return batch > queue
            ? throw new OtlpConfigurationException(string.Create(CultureInfo.InvariantCulture,
                $"OTEL_BSP_MAX_EXPORT_BATCH_SIZE: {batch} is more than the queue holds (OTEL_BSP_MAX_QUEUE_SIZE: {queue})"))
            : (queue, batch ?? Math.Min(queue, 512));
    }

    private static SpanSampler SamplerOf(OtlpVariables variables)
    {
        const string Name = "OTEL_TRACES_SAMPLER";
        const string Argument = "OTEL_TRACES_SAMPLER_ARG";
        if (variables.Text(Name) is not { } name)
        {
            return SpanSampler.Default;
        }

        var ratio = 1.0;
        if (name.EndsWith("traceidratio", StringComparison.Ordinal) && variables.Text(Argument) is { } text &&
            (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out ratio) ||
            ratio is not (>= 0 and <= 1)))
        {
            throw OtlpVariables.Wrong(Argument, text, "is not a ratio from 0 to 1");
        }

        return SpanSampler.Find(name, ratio) ?? throw OtlpVariables.Wrong(Name, name,
            "is no sampler that l7trace has: always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, " +
            "parentbased_traceidratio");
    }
}
