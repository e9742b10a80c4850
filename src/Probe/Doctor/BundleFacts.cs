// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.IO.Compression;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace L7Trace.Probe.Doctor;

/// <summary>What a bug report needs of a machine besides the checks, and what must not be in one.</summary>
public sealed partial record BundleFacts
{
    private const int ShortestWord = 2;
    private const int MaxConfiguration = 4 << 20; // bytes

    private static readonly string[] s_options =
    [
        "BPF", "BPF_SYSCALL", "BPF_JIT", "BPF_JIT_ALWAYS_ON", "BPF_EVENTS", "BPF_LSM", "BPF_UNPRIV_DEFAULT_OFF", "DEBUG_INFO_BTF",
        "FTRACE", "FTRACE_SYSCALLS", "FUNCTION_TRACER", "DYNAMIC_FTRACE_WITH_DIRECT_CALLS", "FPROBE", "KPROBES", "KPROBE_EVENTS", "UPROBES",
        "UPROBE_EVENTS", "PERF_EVENTS", "CGROUPS", "CGROUP_BPF", "MEMCG", "SECURITY_LOCKDOWN_LSM", "SECCOMP_FILTER", "IO_URING", "TLS",
        "PREEMPT_NONE", "PREEMPT_VOLUNTARY", "PREEMPT", "PREEMPT_DYNAMIC", "PREEMPT_RT",
    ];

    /// <summary>"debian 12": the distribution's own short names for itself; empty if it has none.</summary>
    public string Distribution { get; init; } = "";

    /// <summary>Processors that this process may use.</summary>
    public int Processors { get; init; }

    /// <summary>Memory of the machine, MiB; 0 if unknown.</summary>
    public long MemoryMiB { get; init; }

    /// <summary>Options that the kernel was built with, "CONFIG_BPF=y": of a fixed list, those that are set. Empty if unknown.</summary>
    public IReadOnlyList<string> KernelOptions { get; init; } = [];

    /// <summary>Host and user names, and this machine's addresses: whole words that must not be in a report.</summary>
    public IReadOnlyList<string> PrivateWords { get; init; } = [];

    /// <summary>Reads them.</summary>
    public static BundleFacts Read() => new()
    {
        Distribution = ParseRelease(SafeFile.ReadText("/etc/os-release") ?? ""),
        Processors = Environment.ProcessorCount,
        MemoryMiB = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        KernelOptions = ParseOptions(ReadConfiguration()),
        PrivateWords = ReadPrivateWords(),
    };

    /// <summary>ID and VERSION_ID out of os-release(5), if they look like what they should be.</summary>
    internal static string ParseRelease(string text)
    {
        return $"{Value("ID=")} {Value("VERSION_ID=")}".Trim();

        string Value(string name) => text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line[name.Length..].Trim().Trim('"'))
            .FirstOrDefault(static value => ShortName().IsMatch(value)) ?? "";
    }

    /// <summary>The options of interest in a kernel's configuration.</summary>
    internal static IReadOnlyList<string> ParseOptions(string configuration)
    {
        var set = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in configuration.Split('\n'))
        {
            if (line.StartsWith("CONFIG_", StringComparison.Ordinal) && line.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
            {
                set[line[..at]] = line[(at + 1)..].Trim();
            }
        }

        // Texts are left out: a configuration may hold names and paths.
        return [.. s_options.Select(static name => "CONFIG_" + name)
            .Where(name => set.TryGetValue(name, out var value) && value is "y" or "m").Select(name => $"{name}={set[name]}")];
    }

    private static string ReadConfiguration()
    {
        try
        {
            using var file = File.OpenRead("/proc/config.gz");
            using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
            var buffer = new char[MaxConfiguration];
            return new string(buffer, 0, text.ReadBlock(buffer, 0, buffer.Length));
        }
        catch (Exception e) when (SafeFile.IsExpected(e) || e is InvalidDataException)
        {
            return SafeFile.ReadText($"/boot/config-{SafeFile.ReadText("/proc/sys/kernel/osrelease")?.Trim()}") ?? "";
        }
    }

    private static List<string> ReadPrivateWords()
    {
        var words = new List<string?>
        {
            Environment.MachineName,
            SafeFile.ReadText("/proc/sys/kernel/hostname")?.Trim(),
            SafeFile.ReadText("/proc/sys/kernel/domainname")?.Trim(),
            Environment.UserName,
        };
        words.AddRange(((ReadOnlySpan<string>)["USER", "LOGNAME", "SUDO_USER", "HOSTNAME"]).ToArray().Select(Environment.GetEnvironmentVariable));
        try
        {
            words.AddRange(NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(static network => network.GetIPProperties().UnicastAddresses)
                .Where(static address => address.Address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
                .Select(static address => address.Address.ToString().Split('%')[0]));
        }
        catch (NetworkInformationException)
        {
            // A system that does not tell its addresses has none in its checks either.
        }

        // These names are everybody's, and the checks speak of them.
        return [.. words.OfType<string>().Where(static word => word.Length >= ShortestWord && word is not ("root" or "nobody" or "(none)"))
            .Distinct(StringComparer.Ordinal).OrderByDescending(static word => word.Length)];
    }

    [GeneratedRegex("^[a-z0-9._-]{1,32}$")]
    private static partial Regex ShortName();
}
