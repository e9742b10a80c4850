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

    /// <summary>One line per process and library.</summary>
    public static string ToText(IReadOnlyList<TlsProcess> processes, ContainerNames containers, int width)
    {
        if (processes.Count == 0)
        {
            return "";
        }

        var table = new TableWriter(">PID", "COMMAND", "CONTAINER", "TLS", "VERSION", ">PROBES", "FILE", "READ");
        foreach (var process in processes)
        {
            var id = process.Process.ProcessId.ToString(CultureInfo.InvariantCulture);
            var container = containers.Of(process.Process.ProcessId)?.ToString() ?? "-";
            if (process.Stacks.Count == 0)
            {
                table.Add(id, process.Process.Command, container, "-", "-", "-", "-", process.Obstacle is { } obstacle ? "no: " + obstacle : NoTls);
            }

            foreach (var stack in process.Stacks)
            {
                table.Add(
                    id,
                    process.Process.Command,
                    container,
                    stack.Name,
                    stack.Version ?? "?",
                    stack.Functions > 0 ? stack.Functions.ToString(CultureInfo.InvariantCulture) : "-",
                    stack.Path,
                    stack.Reason is { } reason ? "no: " + reason : stack.Functions > 0 ? "yes" : "yes, in libssl");
            }
        }

        var text = new StringWriter { NewLine = "\n" };
        table.Write(text, width);
        return text.ToString();
    }

    /// <summary>One JSON object per process.</summary>
    public static byte[] ToJsonLines(IReadOnlyList<TlsProcess> processes, ContainerNames containers)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var process in processes)
        {
            using (var json = new Utf8JsonWriter(bytes))
            {
                Write(json, process, containers.Of(process.Process.ProcessId));
            }

            bytes.Write("\n"u8);
        }

        return bytes.WrittenSpan.ToArray();
    }

    // The library's own encoder makes escapes of all that is not ASCII: nothing of it acts on a terminal.
    private static void Write(Utf8JsonWriter json, TlsProcess process, ContainerFacts? container)
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
}
