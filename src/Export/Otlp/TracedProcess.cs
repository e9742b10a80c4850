// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp;

/// <summary>What is known of a traced process: the Resource of its spans. Compared by reference.</summary>
public sealed class TracedProcess
{
    /// <summary>Process id; null when it is not known (a capture of packets).</summary>
    public uint? ProcessId { get; init; }

    /// <summary>Name of its executable file; where that is not known, its name (comm), at most 15 bytes. Null for neither.</summary>
    public string? ExecutableName { get; init; }

    /// <summary>Path of its executable file as it sees it; null if not known.</summary>
    public string? ExecutablePath { get; init; }

    /// <summary>Its arguments, the first being the command; empty if not known.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>When it began; null if not known.</summary>
    public DateTimeOffset? CreationTime { get; init; }

    /// <summary>Id of its container, 64 hexadecimal digits; null for none.</summary>
    public string? ContainerId { get; init; }

    /// <summary>service.name that the process itself was given (OTEL_SERVICE_NAME and so on); null for none.</summary>
    public string? ServiceName { get; init; }

    /// <summary>Name of the machine; null if not known (a recording may be another machine's).</summary>
    public string? HostName { get; init; }
}
