// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Messages;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// Makes the Resource of a process (semantic conventions 1.44, "Service", "Process", "Container", "Host", "Telemetry SDK")
/// and the scope. An attribute that the user gave in OTEL_RESOURCE_ATTRIBUTES stands in place of one that was found out.
/// </summary>
internal sealed class ProcessResource(OtlpSettings settings, Redaction redaction)
{
    /// <summary>The conventions that all names follow.</summary>
    public const string SchemaUrl = "https://opentelemetry.io/schemas/1.44.0";

    private const string Name = "l7trace";

    private readonly ConditionalWeakTable<TracedProcess, Resource> _made = [];

    /// <summary>Version of l7trace, without build metadata.</summary>
    public static string Version { get; } =
        typeof(ProcessResource).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>What made the spans.</summary>
    public InstrumentationScope Scope { get; } = new() { Name = Name, Version = Version };

    /// <summary>The Resource of a process; the same object each time, not to be changed.</summary>
    public Resource Of(TracedProcess process) => _made.GetValue(process, Make);

    private Resource Make(TracedProcess process)
    {
        var resource = new Resource();
        var attributes = resource.Attributes;
        attributes.Set("service.name", ServiceNameOf(process));
        attributes.Set("process.pid", (long?)process.ProcessId);
        attributes.Set("process.creation.time",
            process.CreationTime?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        attributes.Set("process.executable.name", process.ExecutableName);
        attributes.Set("process.executable.path", process.ExecutablePath);
        if (process.Arguments.Count > 0)
        {
            attributes.Set("process.command", process.Arguments[0]);
            if (redaction.ShowsSecrets) // passwords stand there
            {
                attributes.Set("process.command_args", process.Arguments);
            }
        }

        attributes.Set("container.id", process.ContainerId);
        attributes.Set("host.name", process.HostName);
        // Not "opentelemetry", which is the name of the official SDKs.
        attributes.Set("telemetry.sdk.name", Name);
        attributes.Set("telemetry.sdk.language", "dotnet");
        attributes.Set("telemetry.sdk.version", Version);
        foreach (var (key, value) in settings.ResourceAttributes)
        {
            // OTEL_SERVICE_NAME goes before a service.name among the attributes, and it is in already.
            if (key != "service.name")
            {
                Replace(resource, key, value);
            }
        }

        return resource;
    }

    private static void Replace(Resource resource, string key, string value)
    {
        for (var i = 0; i < resource.Attributes.Count; i++)
        {
            if (resource.Attributes[i].Key == key)
            {
                resource.Attributes.RemoveAt(i);
                break;
            }
        }

        resource.Attributes.Set(key, value);
    }

    private string ServiceNameOf(TracedProcess process) =>
        settings.ServiceName
        ?? settings.ResourceAttributes.FirstOrDefault(static pair => pair.Key == "service.name").Value
        ?? process.ServiceName
        ?? (process.ExecutableName is { Length: > 0 } name ? "unknown_service:" + name : "unknown_service");
}
