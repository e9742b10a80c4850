// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// What a test needs of the machine. A missing thing skips the test with its reason, unless L7TRACE_REQUIRE names it
/// (a comma-separated list, or "all"): then the test fails. So a skip can't hide where it must not.
/// </summary>
internal static class Requirement
{
    private static readonly Dictionary<string, Func<string?>> Checks = new(StringComparer.Ordinal)
    {
        ["bpf"] = MissingBpf,
        ["mariadb"] = () => MissingProgram("mariadbd", "mariadb-install-db"),
        ["mysql9"] = MissingMySql9,
        ["nginx"] = () => MissingProgram("nginx"),
        ["wrk"] = () => MissingProgram("wrk"),
        ["h2load"] = () => MissingProgram("h2load"),
        ["nghttp"] = () => MissingProgram("nghttp", "nghttpd"),
        ["sysbench"] = () => MissingProgram("sysbench"),
        ["tshark"] = () => MissingProgram("tshark"),
        ["pt-query-digest"] = () => MissingProgram("pt-query-digest"),
        ["mariadb-dumpslow"] = () => MissingProgram("mariadb-dumpslow"),
        ["curl"] = () => MissingProgram("curl", "bash"),
        ["npm"] = () => MissingProgram("npm", "node"),
        ["tcpdump"] = () => MissingProgram("tcpdump"),
        ["bpftool"] = () => MissingProgram("bpftool"),
        ["setpriv"] = () => MissingProgram("setpriv"),
        ["unshare"] = () => MissingProgram("unshare", "mount"),
        ["python3"] = () => MissingProgram("python3"),
        ["clang"] = () => MissingProgram("clang"),
        ["cc"] = () => NativePrograms.Compiler is null ? "no C compiler (clang, gcc or cc)" : null,
    };

    /// <summary>Names that can stand in L7TRACE_REQUIRE.</summary>
    public static IReadOnlyCollection<string> Names => Checks.Keys;

    /// <summary>Skips or fails the running test when one of these is missing.</summary>
    public static void Need(params string[] names)
    {
        foreach (string name in names)
        {
            if (Checks[name]() is not { } reason)
            {
                continue;
            }

            Miss(name, reason);
        }
    }

    /// <summary>Skips the running test for the want of something, or fails it when that is required.</summary>
    public static void Miss(string name, string reason)
    {
        if (Decide(name, Environment.GetEnvironmentVariable("L7TRACE_REQUIRE")))
        {
            Assert.Fail($"L7TRACE_REQUIRE asks for {name}, but: {reason}");
        }

        Assert.Skip($"{name}: {reason}");
    }

    /// <summary>True when the list makes a missing <paramref name="name"/> a failure.</summary>
    public static bool Decide(string name, string? required) =>
        (required ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Any(x => x == name || x == "all");

    /// <summary>The full path of a program, or null.</summary>
    public static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin:/sbin"
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private static string? MissingProgram(params string[] programs) =>
        programs.FirstOrDefault(x => Find(x) is null) is { } missing ? $"no {missing} on this machine" : null;

    private static string? MissingMySql9() =>
        !Environment.IsPrivilegedProcess ? "not root"
        : MySqlServer.IsInstalled() ? null
        : "Oracle MySQL 9 is not set up (scripts/mysql9 setup, or make test-mysql9)";

    // Not by asking l7trace: a fault of its own would then look like a machine that can't do it.
    private static string? MissingBpf()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "not root";
        }

        if (!File.Exists("/sys/kernel/btf/vmlinux"))
        {
            return "no /sys/kernel/btf/vmlinux";
        }

        return Directory.Exists("/sys/kernel/tracing/events/syscalls")
            || Directory.Exists("/sys/kernel/debug/tracing/events/syscalls")
            ? null
            : "tracefs is not mounted at /sys/kernel/tracing";
    }
}
