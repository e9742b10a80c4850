// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace L7Trace.Testing.Helper;

/// <summary>Finds the tracer, and the way to run it with the rights that loading eBPF programs takes.</summary>
internal static class HelperBinary
{
    private const string Name = "l7trace";

    private static readonly ConcurrentDictionary<string, bool> s_tracesAsItIs = [];

    /// <summary>Variable with the path of the program.</summary>
    public const string Variable = "L7TRACE_BINARY";

    /// <summary>The path of the program; null with the reason when there is none.</summary>
    public static string? Find(string? given, out string reason)
    {
        reason = "";
        if (!OperatingSystem.IsLinux())
        {
            reason = "L7Trace needs Linux: it sees traffic by eBPF";
            return null;
        }

        if ((given ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } path)
        {
            if (File.Exists(path))
            {
                return Path.GetFullPath(path);
            }

            reason = $"there is no l7trace at '{path}' ({(given is null ? Variable : nameof(L7TracerOptions.BinaryPath))})";
            return null;
        }

        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string[] places =
        [
            Path.Combine(AppContext.BaseDirectory, Name),
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-" + architecture, "native", Name),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(static x => Path.Combine(x, Name)),
        ];
        var found = places.FirstOrDefault(File.Exists);
        reason = found is null ? $"there is no l7trace beside the test nor in PATH; {Variable} can name one" : "";
        return found is null ? null : Path.GetFullPath(found);
    }

    /// <summary>
    /// How to start it with these arguments: as it is for root, and where it can trace as it is, by capabilities of its file; else
    /// through <c>sudo -n</c>, which fails rather than ask.
    /// </summary>
    public static ProcessStartInfo StartInfo(string path, IEnumerable<string> arguments)
    {
        return StartInfo(path, arguments, Environment.IsPrivilegedProcess || s_tracesAsItIs.GetOrAdd(path, TracesAsItIs));
    }

    // Its own checks load what tracing takes: no list of capabilities says as much.
    private static bool TracesAsItIs(string path)
    {
        try
        {
            return Doctor.Run(StartInfo(path, ["doctor"], direct: true)).ExitCode == 0;
        }
        catch (L7TraceException)
        {
            return false; // it can't be started as it is
        }
    }

    private static ProcessStartInfo StartInfo(string path, IEnumerable<string> arguments, bool direct)
    {
        var info = new ProcessStartInfo(direct ? path : "sudo")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (!direct)
        {
            info.ArgumentList.Add("-n");
            info.ArgumentList.Add("--");
            info.ArgumentList.Add(path);
        }

        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }
}
