// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Errors;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// A kretprobe defined in tracefs (Documentation/trace/kprobetrace.rst). Its group has this process's id: what a tracer that
/// was killed left there, which does nothing, the next one removes.
/// </summary>
internal sealed class KprobeDefinition : IDisposable
{
    private const string GroupPrefix = "l7trace_";

    private static bool s_swept;

    private readonly string _tracefs;
    private readonly string _name;

    private KprobeDefinition(string tracefs, string name, ulong id)
    {
        _tracefs = tracefs;
        _name = name;
        Id = id;
    }

    /// <summary>The event's number.</summary>
    internal ulong Id { get; }

    /// <summary>Defines one; null where tracefs is not to be had or the kernel refuses.</summary>
    /// <param name="function">A function of the kernel.</param>
    /// <param name="places">Calls that may be in the function at a time.</param>
    internal static KprobeDefinition? TryMake(string function, int places)
    {
        if (SystemFacts.FindTracefs() is not { } tracefs)
        {
            return null;
        }

        Sweep(tracefs);
        var group = string.Create(CultureInfo.InvariantCulture, $"{GroupPrefix}{Environment.ProcessId}");
        var name = $"{group}/{function}";
        try
        {
            Append(tracefs, string.Create(CultureInfo.InvariantCulture, $"r{places}:{name} {function}"));
            var id = ulong.Parse(File.ReadAllText($"{tracefs}/events/{name}/id"), CultureInfo.InvariantCulture);
            return new KprobeDefinition(tracefs, name, id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Removes it; nothing may be attached to it any more.</summary>
    public void Dispose() => TryRemove(_tracefs, _name);

    /// <summary>Definitions in a list (kprobe_events) whose process is gone.</summary>
    internal static IEnumerable<string> Stale(string definitions, Func<int, bool> isRunning)
    {
        foreach (var line in definitions.Split('\n'))
        {
            var name = line.Split(' ')[0];
            name = name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..];
            if (name.StartsWith(GroupPrefix, StringComparison.Ordinal)
                && name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash
                && int.TryParse(name.AsSpan(GroupPrefix.Length, slash - GroupPrefix.Length), NumberStyles.None,
                    CultureInfo.InvariantCulture, out var process)
                && !isRunning(process))
            {
                yield return name;
            }
        }
    }

    private static void Sweep(string tracefs)
    {
        if (s_swept)
        {
            return;
        }

        s_swept = true;
        foreach (var name in Stale(
            SafeFile.ReadText($"{tracefs}/kprobe_events") ?? "",
            process => Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}"))))
        {
            TryRemove(tracefs, name);
        }
    }

    private static void TryRemove(string tracefs, string name)
    {
        try
        {
            Append(tracefs, $"-:{name}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else uses it: it stays until the next start.
        }
    }

    private static void Append(string tracefs, string line)
    {
        using var file = new FileStream($"{tracefs}/kprobe_events", FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(line + '\n'));
    }
}
