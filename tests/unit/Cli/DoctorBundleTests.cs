// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Terminal;
using L7Trace.Probe.Doctor;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class DoctorBundleTests
{
    private static readonly BundleFacts Facts = new()
    {
        Distribution = "debian 12",
        Processors = 2,
        MemoryMiB = 4096,
        KernelOptions = ["CONFIG_BPF=y"],
        PrivateWords = ["build7.example.org", "build7", "alice", "192.0.2.7", "2001:db8::7", "vm"],
    };

    [Fact]
    public void It_has_versions_options_checks_and_logs()
    {
        var text = DoctorBundle.ToText(
            [
                new("kernel", "kernel release", DoctorSeverity.Information, DoctorResult.Pass, "6.1.0-37-amd64 x64"),
                new("capture", "capture", DoctorSeverity.Required, DoctorResult.Fail, "no", "fix it") { Log = "libbpf: a\nlibbpf: b \e[2J\n" },
            ],
            canRun: false, Facts);
        Assert.Contains("in it: versions, kernel options", text, StringComparison.Ordinal);
        Assert.Contains("\nsystem: debian 12\nprocessors: 2\nmemory: 4096 MiB\nkernel options: CONFIG_BPF=y\ncan run: no\n", text, StringComparison.Ordinal);
        Assert.Contains("\nPASS kernel (information): 6.1.0-37-amd64 x64\nFAIL capture (required): no\n", text, StringComparison.Ordinal);
        Assert.Contains("\nlog of capture\n  libbpf: a\n  libbpf: b ", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', text);
        Assert.DoesNotContain("fix it", text, StringComparison.Ordinal); // it may name this program's own path
    }

    [Theory]
    [InlineData("seen on build7.example.org by Alice", "seen on [name] by [name]")]
    [InlineData("at 192.0.2.7 and 2001:db8::7", "at [name] and [name]")]
    [InlineData("version 2 is mounted at /home/alice/cg; more", "version 2 is mounted at [path]; more")]
    [InlineData("setcap x=ep /opt/acme-secret/l7trace", "setcap x=ep [path]")]
    [InlineData("(/srv/a\\040b/c)", "([path])")]
    [InlineData("/proc/../home/x/y", "[path]")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "[id]")]
    public void What_is_private_is_withheld(string text, string expected) => Assert.Equal(expected, DoctorBundle.Withhold(text, Facts.PrivateWords));

    [Theory]
    [InlineData("/sys/kernel/btf/vmlinux is there")]
    [InlineData("mounted at /sys/fs/cgroup/unified; /proc shows all")]
    [InlineData("vmlinux, vm-1, kernel 5.15.90.1-microsoft-standard-WSL2 x64")]
    [InlineData("docker (by /.dockerenv), /run/docker.sock")]
    [InlineData("read/write, 16 MiB, root, have: CAP_BPF")]
    public void What_is_the_same_everywhere_stays(string text) => Assert.Equal(text, DoctorBundle.Withhold(text, Facts.PrivateWords));

    [Fact]
    public void The_distribution_names_itself_in_short_or_not_at_all()
    {
        Assert.Equal("debian 12", BundleFacts.ParseRelease("PRETTY_NAME=\"Debian of ACME\"\nID=debian\nVERSION_ID=\"12\"\n"));
        Assert.Equal("", BundleFacts.ParseRelease("ID=\"Alice's own $(x)\"\n"));
    }

    [Fact]
    public void Of_the_kernels_configuration_only_known_switches_are_taken() => Assert.Equal(
        ["CONFIG_BPF=y", "CONFIG_TLS=m"],
        BundleFacts.ParseOptions("CONFIG_TLS=m\n# CONFIG_KPROBES is not set\nCONFIG_BPF=y\nCONFIG_LOCALVERSION=\"-acme\"\nCONFIG_UPROBES=\"/home/alice\"\n"));

    [Fact]
    public void The_option_writes_a_file_or_standard_output_instead()
    {
        var folder = Directory.CreateTempSubdirectory("l7trace-bundle-").FullName;
        try
        {
            var file = Path.Combine(folder, "report.txt");
            var run = new CliRun { DoctorChecks = [new("kernel", "kernel release", DoctorSeverity.Information, DoctorResult.Pass, "6.1")] };
            Assert.Equal(0, run.Run("doctor", "--bundle", file));
            Assert.Contains("PASS  kernel release", run.Output, StringComparison.Ordinal);
            Assert.Contains("no command lines, host names, addresses, user names or environment", run.Error, StringComparison.Ordinal);
            Assert.Contains("PASS kernel (information): 6.1", File.ReadAllText(file), StringComparison.Ordinal);

            Assert.Equal(0, run.Run("doctor", "--bundle", "-"));
            Assert.StartsWith("l7trace doctor, for a bug report (format 1)\n", run.Output, StringComparison.Ordinal);
            Assert.Equal(2, run.Run("doctor", "--bundle", ""));
            Assert.Equal(1, run.Run("doctor", "--bundle", folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_warning_counts_only_when_that_is_asked_for()
    {
        var run = new CliRun { DoctorChecks = [new("ptrace", "p", DoctorSeverity.Optional, DoctorResult.Warn, "missing")] };
        Assert.Equal(0, run.Run("doctor"));
        Assert.Equal(3, run.Run("doctor", "--strict"));
        Assert.Contains("see WARN above", run.Output, StringComparison.Ordinal);
        run = new CliRun { DoctorChecks = [new("btf", "b", DoctorSeverity.Required, DoctorResult.Fail, "missing")] };
        Assert.Equal(3, run.Run("doctor"));
    }
}
