// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Text.Json;
using L7Trace.Cli.Hosting;
using L7Trace.Export.Fields;
using L7Trace.Probe.Tls;

namespace L7Trace.Cli.Terminal;

/// <summary>What <c>ps</c> found, for people and for programs.</summary>
internal static class PsView
{
    private const string NoTls = "no: no TLS library is loaded; what it sends in the clear is seen";

    /// <summary>One line per process and library; where calls were counted, a table of the probed files behind it.</summary>
    public static string ToText(
        IReadOnlyList<TlsProcess> processes, ContainerNames containers, IReadOnlyList<TlsProbedFile>? files, int width)
    {
        var text = new StringWriter { NewLine = "\n" };
        if (processes.Count > 0)
        {
            WriteProcesses(text, processes, containers, files, width);
        }

        if (files is not null)
        {
            text.Write(processes.Count > 0 ? "\n" : "");
            WriteFiles(text, files, width);
        }

        return text.ToString();
    }

    private static void WriteProcesses(
        StringWriter text, IReadOnlyList<TlsProcess> processes, ContainerNames containers, IReadOnlyList<TlsProbedFile>? files, int width)
    {
        string[] counted = files is null ? [] : [">CALLS"];
        var table = new TableWriter([">PID", "COMMAND", "CONTAINER", "TLS", "VERSION", ">PROBES", .. counted, "FILE", "READ"]);
        foreach (var process in processes)
        {
            var id = process.Process.ProcessId.ToString(CultureInfo.InvariantCulture);
            var container = containers.Of(process.Process.ProcessId)?.ToString() ?? "-";
            if (process.Stacks.Count == 0)
            {
                string[] none = files is null ? ["-", "-", "-"] : ["-", "-", "-", "-"];
                table.Add([id, process.Process.Command, container, .. none, "-", process.Obstacle is { } obstacle ? "no: " + obstacle : NoTls]);
            }

            foreach (var stack in process.Stacks)
            {
                var hits = HitsOf(process, stack, files);
                string[] calls = files is null ? [] : [hits?.ToString("#,0", CultureInfo.InvariantCulture) ?? "-"];
                table.Add(
                [
                    id,
                    process.Process.Command,
                    container,
                    stack.Name,
                    stack.Version ?? "?",
                    stack.Functions > 0 ? stack.Functions.ToString(CultureInfo.InvariantCulture) : "-",
                    .. calls,
                    stack.Path,
                    stack.Reason is { } reason ? "no: " + reason
                        : stack.Functions == 0 ? "yes, in libssl"
                        : hits == 0 ? "yes; it was not called"
                        : "yes",
                ]);
            }
        }

        table.Write(text, width);
    }

    private static void WriteFiles(StringWriter text, IReadOnlyList<TlsProbedFile> files, int width)
    {
        var table = new TableWriter("FILE", "TLS", ">PROBES", ">CALLS", ">OUT OF SCOPE", "NOT PROBED");
        foreach (var file in files.OrderByDescending(static file => file.Hits).ThenByDescending(static file => file.ForeignHits))
        {
            table.Add(
                file.Path,
                string.Join(", ", file.Libraries),
                file.Functions.ToString(CultureInfo.InvariantCulture),
                file.Hits.ToString("#,0", CultureInfo.InvariantCulture),
                file.ForeignHits.ToString("#,0", CultureInfo.InvariantCulture),
                file.Failed.Count == 0 ? "-" : string.Join(", ", file.Failed));
        }

        table.Write(text, width);
    }

    // Null where nothing of the file is probed.
    private static ulong? HitsOf(TlsProcess process, TlsStack stack, IReadOnlyList<TlsProbedFile>? files) =>
        stack.File is { } identity && files?.FirstOrDefault(file => file.Identity == identity) is { } probed
            ? probed.HitsByProcess.GetValueOrDefault(process.Process.ProcessId)
            : null;

    /// <summary>One JSON object per process and, where calls were counted, one per probed file.</summary>
    public static byte[] ToJsonLines(
        IReadOnlyList<TlsProcess> processes, ContainerNames containers, IReadOnlyList<TlsProbedFile>? files)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var process in processes)
        {
            using (var json = new Utf8JsonWriter(bytes))
            {
                Write(json, process, containers.Of(process.Process.ProcessId), files);
            }

            bytes.Write("\n"u8);
        }

        foreach (var file in files ?? [])
        {
            using (var json = new Utf8JsonWriter(bytes))
            {
                Write(json, file);
            }

            bytes.Write("\n"u8);
        }

        return bytes.WrittenSpan.ToArray();
    }

    // The library's own encoder makes escapes of all that is not ASCII: nothing of it acts on a terminal.
    private static void Write(Utf8JsonWriter json, TlsProcess process, ContainerFacts? container, IReadOnlyList<TlsProbedFile>? files)
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteString("type"u8, "process"u8);
        json.WriteNumber("process.pid"u8, process.Process.ProcessId);
        json.WriteNumber("process.parent_pid"u8, process.Process.ParentId);
        json.WriteString("process.command"u8, process.Process.Command);
        if (container is not null)
        {
            json.WriteString("container.id"u8, container.Id);
            if (container.Name is { } name)
            {
                json.WriteString("container.name"u8, name);
            }
        }

        json.WriteBoolean("tls.read"u8, process.IsRead);
        if (process.Obstacle is { } obstacle)
        {
            json.WriteString("obstacle"u8, obstacle);
        }

        json.WriteStartArray("tls.stacks"u8);
        foreach (var stack in process.Stacks)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, stack.Name);
            if (stack.Version is { } version)
            {
                json.WriteString("version"u8, version);
            }

            json.WriteString("file"u8, stack.Path);
            json.WriteNumber("probes"u8, stack.Functions);
            if (HitsOf(process, stack, files) is { } hits)
            {
                json.WriteNumber("calls"u8, hits);
            }

            json.WriteBoolean("read"u8, stack.IsRead);
            if (stack.Reason is { } reason)
            {
                json.WriteString("reason"u8, reason);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TlsProbedFile file)
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteString("type"u8, "tls_file"u8);
        json.WriteString("file"u8, file.Path);
        WriteTexts(json, "libraries"u8, file.Libraries);
        json.WriteNumber("probes"u8, file.Functions);
        WriteTexts(json, "not_probed"u8, file.Failed);
        json.WriteNumber("calls"u8, file.Hits);
        json.WriteNumber("calls_out_of_scope"u8, file.ForeignHits);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
