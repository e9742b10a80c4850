// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.RegularExpressions;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The doctor on this machine.</summary>
public sealed partial class DoctorTests
{
    [Fact]
    public async Task It_can_run_here_and_each_of_its_checks_is_explained_in_the_documentation()
    {
        Requirement.Need("bpf");
        JsonElement all = JsonDocument.Parse(await ChildProcess.RunAsync(Repository.Binary, "doctor", "-o", "json")).RootElement;
        Assert.True(all.GetProperty("can_run").GetBoolean());
        JsonElement[] checks = [.. all.GetProperty("checks").EnumerateArray()];
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "doctor.md"));
        foreach (string id in checks.Select(x => x.GetProperty("id").GetString()!))
        {
            Assert.Contains(id.StartsWith("backend-", StringComparison.Ordinal) ? "`backend-...`" : $"`{id}`", page, StringComparison.Ordinal);
        }

        foreach (string id in (string[])["btf", "capabilities", "ring-buffer", "ring-memory", "capture"])
        {
            JsonElement check = checks.Single(x => x.GetProperty("id").GetString() == id);
            Assert.Equal(("required", "pass"), (check.GetProperty("severity").GetString(), check.GetProperty("result").GetString()));
        }
    }

    [Fact]
    public async Task As_nobody_with_four_capabilities_nothing_fails()
    {
        Requirement.Need("bpf");
        string[] command = [.. Unprivileged.With(Unprivileged.Four), Repository.Binary, "doctor", "--color", "never"];
        string text = await ChildProcess.RunAsync(command[0], command[1..]);
        Assert.Contains("not root, have: CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH", text, StringComparison.Ordinal);

        // What this kernel has not (a backend, say) is the same for root.
        Assert.Equal(NotPassed(await ChildProcess.RunAsync(Repository.Binary, "doctor", "--color", "never")), NotPassed(text));
    }

    private static string[] NotPassed(string report) =>
    [
        .. report.Split('\n').Where(static line => line.StartsWith("FAIL", StringComparison.Ordinal) || line.StartsWith("WARN", StringComparison.Ordinal))
            .Select(static line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries)[1].Trim()),
    ];

    /// <summary>Everything that a report must not have is given a name of its own first, so that it would be found.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("mount -t tmpfs none /sys/kernel/btf; ")] // with failures, whose texts say more
    public async Task A_bundle_has_nothing_private(string before)
    {
        Requirement.Need("bpf", "python3");
        using var folder = new TemporaryFolder();
        string home = Directory.CreateDirectory(folder.File("privatehome")).FullName;
        string binary = Path.Combine(home, "privatebinary");
        File.Copy(Repository.Binary, binary);
        string library = Path.Combine(home, "libssl.so.privatelibrary");
        File.Copy((await ChildProcess.RunAsync("sh", "-c", "/sbin/ldconfig -p | sed -n 's/.*libssl.so.3 .*=> //p' | head -n 1")).Trim(), library);
        await using ChildProcess other = ChildProcess.Start(
            "python3", "-c", "import ctypes, sys\nctypes.CDLL(sys.argv[1])\nprint('loaded', flush=True)\nsys.stdin.read()", library, "--password=privatepassword");
        await other.WaitForOutputAsync(x => x == "loaded");
        string bundle = Path.Combine(home, "privatebundle.txt");
        await using ChildProcess doctor = ChildProcess.Start(
            "unshare", "--uts", "--mount", "sh", "-c",
            $"hostname privatehost; {before}cd '{home}'; HOME='{home}' USER=privateuser LOGNAME=privateuser SUDO_USER=privateuser HOSTNAME=privatehost "
                + "PRIVATE_KEY=privatekey DOCKER_HOST=unix:///run/privatesocket exec \"$0\" doctor --bundle privatebundle.txt",
            binary);
        await doctor.WaitAsync();
        Assert.Equal(before.Length == 0 ? 0 : 3, doctor.ExitCode);
        Assert.Contains("no command lines, host names, addresses, user names or environment", doctor.Errors, StringComparison.Ordinal);

        string text = await File.ReadAllTextAsync(bundle);
        Assert.Matches("(?m)^PASS capabilities \\(required\\): ", text);
        Assert.Matches("(?m)^l7trace: [0-9]", text);
        Assert.Matches("(?m)^(PASS|FAIL) capture \\(required\\): ", text);
        Assert.DoesNotContain("private", text.Replace("without private data", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(folder.Path, text, StringComparison.Ordinal);
        Assert.DoesNotMatch(Address(), text);
        Assert.True(text.Split('\n').Length > 25, text);
    }

    [GeneratedRegex(@"(?<![\d.])(\d{1,3}\.){3}\d{1,3}(?![\d.-])")]
    private static partial Regex Address();
}
