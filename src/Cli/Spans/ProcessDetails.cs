// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Export.Otlp;
using L7Trace.Probe.Processes;

namespace L7Trace.Cli.Spans;

/// <summary>What identifies a running process and the program in it, and can be read at little cost.</summary>
/// <param name="CreationTime">When it began, to a hundredth of a second.</param>
/// <param name="ExecutablePath">Path of its program as it sees it; null if it can't be read.</param>
internal sealed record ProcessDetails(DateTimeOffset CreationTime, string? ExecutablePath)
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every machine that Linux runs on today
    private const string Deleted = " (deleted)";
    private const int MaxEnvironment = 256 * 1024;
    private const string ServiceName = "OTEL_SERVICE_NAME";
    private const string Attributes = "OTEL_RESOURCE_ATTRIBUTES";

    private static int s_refused;

    // Read once: the two clocks drift by microseconds, and a process must not seem to begin anew.
    private static readonly DateTimeOffset s_boot = ReadBootTime();

    /// <summary>Processes whose environment could not be read, in which their service's name may be.</summary>
    public static int Refused => Volatile.Read(ref s_refused);

    /// <summary>Reads them; null when there is no such process.</summary>
    public static ProcessDetails? Read(uint id)
    {
        if (ProcessFacts.Read(id) is not { StartTicks: > 0 } facts)
        {
            return null;
        }

        return new ProcessDetails(s_boot + TimeSpan.FromSeconds(facts.StartTicks / TicksPerSecond), ReadExecutable(id));
    }

    /// <summary>All that its Resource says.</summary>
    public TracedProcess Describe(uint id, string? host)
    {
        var facts = ProcessFacts.Read(id);
        return new TracedProcess
        {
            ProcessId = id,
            ExecutableName = ExecutablePath is { } path ? Path.GetFileName(path) : facts?.Command,
            ExecutablePath = ExecutablePath,
            Arguments = facts?.CommandLine ?? [],
            CreationTime = CreationTime,
            ContainerId = facts?.ContainerId,
            ServiceName = ServiceNameIn(ReadEnvironment(id)),
            HostName = host,
        };
    }

    /// <summary>service.name as a process's own variables give it to OpenTelemetry's SDKs; null for none.</summary>
    internal static string? ServiceNameIn(ReadOnlySpan<byte> environment)
    {
        string? fromAttributes = null;
        foreach (var range in environment.Split((byte)0))
        {
            var entry = environment[range];
            if (ValueOf(entry, ServiceName) is { Length: > 0 } name)
            {
                return name;
            }

            if (ValueOf(entry, Attributes) is { } attributes)
            {
                fromAttributes = attributes.Split(',', StringSplitOptions.TrimEntries)
                    .Where(static pair => pair.StartsWith("service.name=", StringComparison.Ordinal))
                    .Select(static pair => Uri.UnescapeDataString(pair["service.name=".Length..]))
                    .LastOrDefault(static name => name.Length > 0);
            }
        }

        return fromAttributes;
    }

    private static string? ValueOf(ReadOnlySpan<byte> entry, string name) =>
        entry.Length > name.Length && entry[name.Length] == '=' && entry.StartsWith(Encoding.ASCII.GetBytes(name))
            ? Encoding.UTF8.GetString(entry[(name.Length + 1)..])
            : null;

    private static string? ReadExecutable(uint id)
    {
        try
        {
            var target = new FileInfo(PathOf(id, "exe")).LinkTarget;
            return target?.EndsWith(Deleted, StringComparison.Ordinal) == true ? target[..^Deleted.Length] : target;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static byte[] ReadEnvironment(uint id)
    {
        try
        {
            using var file = new FileStream(PathOf(id, "environ"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var buffer = new byte[MaxEnvironment];
            return buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (exception is UnauthorizedAccessException)
            {
                Interlocked.Increment(ref s_refused);
            }

            return [];
        }
    }

    private static DateTimeOffset ReadBootTime()
    {
        var uptime = File.ReadAllText("/proc/uptime");
        var now = DateTimeOffset.UtcNow;
        return now - TimeSpan.FromSeconds(double.Parse(uptime.AsSpan(0, uptime.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture));
    }

    private static string PathOf(uint id, string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/{file}");
}
