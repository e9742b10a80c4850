// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.RegularExpressions;
using L7Trace.IntegrationTests.Support;
using Capture = L7Trace.IntegrationTests.Support.Capture;

namespace L7Trace.IntegrationTests;

/// <summary>Tracing with less than root has: what suffices, what a missing capability costs, and what is given up.</summary>
public sealed partial class PrivilegeTests
{
    private const ulong SysPtrace = 1UL << 19, DacReadSearch = 1UL << 2, CheckpointRestore = 1UL << 40;
    private const ulong Perfmon = 1UL << 38, Bpf = 1UL << 39, SysAdmin = 1UL << 21, Kill = 1UL << 5;

    [Theory]
    [InlineData("bpf", "cannot load BPF programs: missing CAP_BPF (have: CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH)")]
    [InlineData("perfmon", "cannot load BPF programs: missing CAP_PERFMON (have: CAP_BPF, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH)")]
    public async Task Without_a_capability_that_loading_takes_it_is_refused_and_named(string missing, string expected)
    {
        Requirement.Need("bpf");
        await using ChildProcess tracer = Start(Unprivileged.Four.Where(x => x != missing), "watch", "--pid", "1");
        await tracer.WaitAsync();
        Assert.Equal(3, tracer.ExitCode);
        Assert.Contains(expected, tracer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_sys_ptrace_it_traces_and_says_which_processes_it_can_not_look_into()
    {
        Requirement.Need("bpf");
        await using ChildProcess other = ChildProcess.Start("sleep", "60");
        string said = await WatchAsync(Unprivileged.Four.Where(x => x != "sys_ptrace"), other.Id);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"l7trace: missing CAP_SYS_PTRACE: 1 process can't be looked into ({other.Id}): TLS libraries"),
            said, StringComparison.Ordinal);
        Assert.DoesNotContain("CAP_DAC_READ_SEARCH", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_dac_read_search_it_traces_and_says_which_files_it_can_not_read()
    {
        Requirement.Need("bpf", "python3");
        using var folder = new TemporaryFolder(); // for its owner alone
        string library = folder.File("libssl.so.mine");
        File.Copy((await ChildProcess.RunAsync("sh", "-c", "/sbin/ldconfig -p | sed -n 's/.*libssl.so.3 .*=> //p' | head -n 1")).Trim(), library);
        await using ChildProcess other = ChildProcess.Start(
            "python3", "-c", "import ctypes, sys\nctypes.CDLL(sys.argv[1])\nprint('loaded', flush=True)\nsys.stdin.read()", library);
        await other.WaitForOutputAsync(x => x == "loaded");
        string said = await WatchAsync(Unprivileged.Four.Where(x => x != "dac_read_search"), other.Id);
        Assert.Matches($@"l7trace: missing CAP_DAC_READ_SEARCH: [0-9]+ files? can't be read \({Regex.Escape(library)}[,)].* not looked into for TLS", said);
        Assert.DoesNotContain("CAP_SYS_PTRACE", said, StringComparison.Ordinal);

        // And with it, there is nothing to say.
        Assert.DoesNotContain("CAP_", await WatchAsync(Unprivileged.Four, other.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_that_was_replaced_while_in_use_is_said_to_be_out_of_reach()
    {
        Requirement.Need("bpf", "python3");
        using var folder = new TemporaryFolder();
        string library = folder.File("libssl.so.mine");
        File.Copy((await ChildProcess.RunAsync("sh", "-c", "/sbin/ldconfig -p | sed -n 's/.*libssl.so.3 .*=> //p' | head -n 1")).Trim(), library);
        await using ChildProcess other = ChildProcess.Start(
            "python3", "-c", "import ctypes, sys\nctypes.CDLL(sys.argv[1])\nprint('loaded', flush=True)\nsys.stdin.read()", library);
        await other.WaitForOutputAsync(x => x == "loaded");
        File.Delete(library);
        Assert.Contains(
            "l7trace: missing CAP_CHECKPOINT_RESTORE (or CAP_SYS_ADMIN): 1 library that was replaced while in use can't be read",
            await WatchAsync(Unprivileged.Four, other.Id), StringComparison.Ordinal);
        Assert.DoesNotContain("replaced", await WatchAsync([.. Unprivileged.Four, "checkpoint_restore"], other.Id), StringComparison.Ordinal);
    }

    /// <summary>Linux keeps credentials by thread: what one thread gave up says nothing about the others.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("--no-tls")]
    [InlineData("--user nobody")]
    [InlineData("--user nobody --no-tls")]
    public async Task What_is_not_needed_any_more_is_given_up_in_all_threads(string options)
    {
        Requirement.Need("bpf");
        await using ChildProcess other = ChildProcess.Start("sleep", "60");
        await using Tracer tracer = await Tracer.WatchAsync([], Capture.Tracepoints, [.. Tracer.Pids(other.Id), .. Words(options)]);
        await WaitForGivingUpAsync(tracer);
        ThreadCredentials[] threads = ThreadCredentials.Of(tracer.ProcessId);
        Assert.True(threads.Length >= 3, $"{threads.Length} threads: those of the runtime are missing");
        Assert.All(threads, x =>
        {
            // Which of the three the kernel asks for, to attach and to read maps, is its own business.
            Assert.Equal(0UL, x.Permitted & ~(SysPtrace | DacReadSearch | CheckpointRestore | Perfmon | Bpf));
            Assert.Equal(0UL, x.Effective & ~x.Permitted);
            Assert.Equal((0UL, 0UL), (x.Inheritable, x.Ambient));
            Assert.True(x.NoNewPrivileges);
        });

        // The threads that work still can: the one that reads the rings, and that of the TLS libraries.
        Assert.Contains(threads, x => (x.Effective & (SysPtrace | DacReadSearch)) == (SysPtrace | DacReadSearch));
        if (options.Contains("--user", StringComparison.Ordinal))
        {
            string id = (await ChildProcess.RunAsync("id", "-u", Unprivileged.User)).Trim();
            Assert.All(threads, x => Assert.Equal($"{id} {id} {id} {id}", x.UserIds));
            Assert.DoesNotContain(threads, x => x.Groups.Split(' ').Contains("0"));
        }

        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        Assert.Matches("capabilities kept, in all [0-9]+ threads: ", trace.Errors);
        Assert.Equal(
            options.Contains("--user", StringComparison.Ordinal) ? Unprivileged.User : "root",
            (await ChildProcess.RunAsync("stat", "-c", "%U", tracer.OutputFile)).Trim());
    }

    [Fact]
    public async Task For_secrets_alone_it_gives_up_the_same()
    {
        Requirement.Need("bpf");
        using var folder = new TemporaryFolder();
        await using ChildProcess other = ChildProcess.Start("sleep", "60");
        await using ChildProcess tracer = ChildProcess.Start(
            Repository.Binary, "keylog", "-v", "--for", "2s", "-w", folder.File("keys"), "--pid", other.Id.ToString(CultureInfo.InvariantCulture));
        await tracer.WaitForSuccessAsync();
        string kept = tracer.Errors.Split('\n').Single(GivenUp().IsMatch);
        Assert.Matches("capabilities kept, in all [0-9]+ threads: ", kept);
        Assert.DoesNotMatch("CAP_(SYS_ADMIN|SETUID|DAC_OVERRIDE|KILL)", kept);
    }

    /// <summary>A proc that hides what is not one's own, in a mount namespace of the tracer's own.</summary>
    [Fact]
    public async Task A_process_that_proc_hides_is_not_called_missing()
    {
        Requirement.Need("bpf");
        await using ChildProcess other = ChildProcess.Start("sleep", "60");
        string setpriv = string.Join(' ', Unprivileged.With(Unprivileged.Four.Where(x => x != "sys_ptrace")));
        string pid = other.Id.ToString(CultureInfo.InvariantCulture);
        await using ChildProcess refused = Hiding($"{setpriv} \"$0\" watch --pid {pid}");
        await refused.WaitAsync();
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains($"cannot trace process {pid}: /proc hides other users' processes (hidepid), and CAP_SYS_PTRACE is missing", refused.Errors, StringComparison.Ordinal);

        await using ChildProcess named = Hiding($"{setpriv} \"$0\" watch --name sleep --for 1s");
        await named.WaitForSuccessAsync();
        Assert.Contains("missing CAP_SYS_PTRACE: /proc hides other users' processes (hidepid)", named.Errors, StringComparison.Ordinal);

        await using ChildProcess found = Hiding($"{string.Join(' ', Unprivileged.With(Unprivileged.Four))} \"$0\" watch --pid {pid} --for 1s");
        await found.WaitForSuccessAsync();
        Assert.DoesNotContain("CAP_", found.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root", "0000000000000000", false)]
    [InlineData("nobody", "0000000000000000", true)]
    public async Task A_command_gets_what_its_user_has_and_nothing_of_the_tracers(string user, string inherited, bool isNobody)
    {
        Requirement.Need("bpf");
        const string Script = "grep -E '^(CapInh|CapEff|CapAmb|NoNewPrivs|Uid):' /proc/self/status";
        string own = await ChildProcess.RunAsync("sh", "-c", Script);
        await using ChildProcess run = isNobody
            ? Start(Unprivileged.Four, "run", "--", "sh", "-c", Script)
            : ChildProcess.Start(Repository.Binary, "run", "--", "sh", "-c", Script);
        await run.WaitForSuccessAsync();
        Assert.Contains("NoNewPrivs:\t0", run.Output, StringComparison.Ordinal);
        Assert.Contains("CapAmb:\t" + inherited, run.Output, StringComparison.Ordinal);
        if (user == "root")
        {
            Assert.Equal(own, run.Output);
        }
        else
        {
            Assert.Contains("CapEff:\t0000000000000000", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_signal_still_reaches_a_command_that_runs_as_another_user()
    {
        Requirement.Need("bpf");
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "run", "--user", Unprivileged.User, "--", "sh", "-c", "trap 'echo told; exit 7' TERM; echo ready; while :; do sleep 0.1; done");
        await run.WaitForOutputAsync(x => x == "ready");
        run.Signal(ChildProcess.SigTerm);
        await run.WaitAsync(30);
        Assert.Contains("told", run.Output, StringComparison.Ordinal);
        Assert.Equal(7, run.ExitCode);
    }

    [Theory]
    [InlineData("--user no-such-user-here", 4, "there is no such user [L7T-USR-01]", false)]
    [InlineData("--user daemon", 3, "cannot become daemon: that takes root (missing CAP_SETUID, CAP_SETGID) [L7T-USR-02]", true)]
    public async Task A_user_that_can_not_be_is_refused(string options, int code, string expected, bool isNobody)
    {
        Requirement.Need("bpf");
        string[] arguments = ["watch", "--pid", "1", .. Words(options)];
        await using ChildProcess tracer = isNobody ? Start(Unprivileged.Four, arguments) : ChildProcess.Start(Repository.Binary, arguments);
        await tracer.WaitAsync();
        Assert.Equal(code, tracer.ExitCode);
        Assert.Contains(expected, tracer.Errors, StringComparison.Ordinal);
    }

    /// <summary>What capabilities in a user namespace are worth for BPF: nothing, and no advice to get more of them helps.</summary>
    [Fact]
    public async Task In_a_user_namespace_it_says_that_capabilities_do_not_count()
    {
        Requirement.Need("bpf");
        await using ChildProcess tracer = ChildProcess.Start("unshare", "-U", "-r", Repository.Binary, "watch", "--pid", "1");
        await tracer.WaitAsync();
        Assert.Equal(3, tracer.ExitCode);
        Assert.Contains("in a user namespace of its own (a rootless container), where capabilities do not count [L7T-UNS-01]", tracer.Errors, StringComparison.Ordinal);
    }

    private static ChildProcess Hiding(string command) => ChildProcess.Start(
        "unshare", "--mount", "sh", "-c", "mount -t proc -o hidepid=2 proc /proc && exec " + command, Repository.Binary);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static ChildProcess Start(IEnumerable<string> capabilities, params IEnumerable<string> arguments)
    {
        string[] command = [.. Unprivileged.With(capabilities), Repository.Binary, .. arguments];
        return ChildProcess.Start(command[0], command[1..]);
    }

    private static async Task<string> WatchAsync(IEnumerable<string> capabilities, int pid)
    {
        await using ChildProcess tracer = Start(
            capabilities, "watch", "--for", "1s", "--pid", pid.ToString(CultureInfo.InvariantCulture));
        await tracer.WaitForSuccessAsync();
        return tracer.Errors;
    }

    private static async Task WaitForGivingUpAsync(Tracer tracer)
    {
        for (int i = 0; i < 600 && !GivenUp().IsMatch(tracer.Errors); i++)
        {
            await Task.Delay(50);
        }
    }

    [GeneratedRegex("capabilities (kept|could not)")]
    private static partial Regex GivenUp();
}
