// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Cli.Options;
using L7Trace.Parsers.Model;
using L7Trace.Probe;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("watch")]
    [InlineData("report", "--for", "1s")]
    [InlineData("slow", "--min-latency", "1s")]
    [InlineData("follow", "2a")]
    public void Without_a_scope_the_error_explains_the_scopes(params string[] arguments)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Usage, run.Run(arguments));
        Assert.Null(run.Settings);
        foreach (var scope in (string[])["--pid", "--name", "--cgroup", "--port", "--local-port", "--remote-port", "--all", "run --"])
        {
            Assert.Contains(scope, run.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("unknown verb 'wach'; did you mean 'watch'?", "wach")]
    [InlineData("unknown verb 'frobnicate'; there are run, check, watch", "frobnicate")]
    [InlineData("unknown option '--prot'; did you mean '--port'?", "watch", "--prot", "80")]
    [InlineData("--pid: 'nginx' is not a process id (for a command name use --name)", "watch", "--pid", "nginx")]
    [InlineData("--pid: '0' is not a process id", "watch", "--pid", "0")]
    [InlineData("--pid: '1,,2' has an empty entry", "watch", "--pid", "1,,2")]
    [InlineData("--port: '70000' is not a port", "watch", "--port", "70000")]
    [InlineData("--for: '10' has no unit", "watch", "--all", "--for", "10")]
    [InlineData("--for: '0s' must be more than zero", "watch", "--all", "--for", "0s")]
    [InlineData("--count: '0' is not a number above zero", "watch", "--all", "--count", "0")]
    [InlineData("--output: 'josnl' is none of auto, table, plain, jsonl, none; did you mean 'jsonl'?", "watch", "--all", "-o", "josnl")]
    [InlineData("--side: 'both-of-them' is none of", "watch", "--all", "--side", "both-of-them")]
    [InlineData("--protocol: 'redis' is no protocol", "watch", "--all", "--protocol", "redis")]
    [InlineData("--capture-limit: '1M' is not a size from 256 to 256KiB", "watch", "--all", "--capture-limit", "1M")]
    [InlineData("--ring-size: '1k' is not a size from 64KiB to 1GiB", "watch", "--all", "--ring-size", "1k")]
    [InlineData("--all already means everything", "watch", "--all", "--pid", "1")]
    public void A_mistake_is_named_with_what_may_have_been_meant(string message, params string[] arguments)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Usage, run.Run(arguments));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Nothing_at_all_lists_the_verbs()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Usage, run.Run());
        Assert.Contains("run, check, watch, report, slow, follow, record, keylog, export, tls, ps, doctor", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_are_plural_repeatable_and_separated_by_commas()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(
            "watch", "--pid", "1,2", "-p", "3", "--name", "nginx,mysqld", "--port=80,443", "--local-port", "3306",
            "--remote-port", "5", "--cgroup", "/system.slice/a.service", "--cgroup", "77", "--protocol", "mysql,http"));
        var settings = run.Settings!;
        Assert.Equal([1u, 2, 3], settings.Scope.ProcessIds);
        Assert.Equal(["nginx", "mysqld"], settings.Scope.Names);
        Assert.Equal([(ushort)80, (ushort)443], settings.Scope.Ports);
        Assert.Equal([(ushort)3306], settings.Scope.LocalPorts);
        Assert.Equal([(ushort)5], settings.Scope.RemotePorts);
        Assert.Equal(["/system.slice/a.service", "77"], settings.Scope.Cgroups);
        Assert.Equal([Protocol.MySql, Protocol.Http1, Protocol.Http2], settings.Protocols);
    }

    [Fact]
    public void Every_option_reaches_the_settings()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(
            "watch", "--all", "-o", "plain", "--for", "30s", "--count", "5", "--side", "server", "--min-latency", "2ms",
            "--show-secrets", "--color", "always", "-q", "-v", "--capture-limit", "1k", "--ring-size", "100k", "--max-memory", "64MiB",
            "--backend", "syscall", "--fd-walk"));
        Assert.Equal(new TraceSettings
        {
            Scope = run.Settings!.Scope,
            Protocols = run.Settings.Protocols,
            Command = run.Settings.Command,
            TlsFiles = run.Settings.TlsFiles,
            ContainerOf = run.Settings.ContainerOf,
            Output = OutputFormat.Plain,
            For = 30_000_000_000,
            Count = 5,
            Side = SideChoice.Server,
            MinLatency = 2_000_000,
            ShowSecrets = true,
            Color = ColorChoice.Always,
            Quiet = true,
            Verbose = true,
            CaptureLimit = 1024,
            FramedCaptureLimit = 1024,
            RingBytes = 128 * 1024,
            MaxMemory = 64 * 1024 * 1024,
            Backend = CaptureBackend.Syscall,
            ForceFdWalk = true,
        }, run.Settings);
    }

    [Fact]
    public void The_best_backend_can_be_asked_for_by_name()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "--backend", "auto"));
        Assert.Null(run.Settings!.Backend);
    }

    [Fact]
    public void Defaults_stand_when_nothing_is_said()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all"));
        Assert.Equal(TraceSettings.DefaultCaptureLimit, run.Settings!.CaptureLimit);
        Assert.Equal(TraceSettings.DefaultRingBytes, run.Settings.RingBytes);
        Assert.Null(run.Settings.For);
        Assert.Null(run.Settings.Count);
        Assert.Null(run.Settings.MinLatency);
        Assert.Equal(SideChoice.Auto, run.Settings.Side);
    }

    [Fact]
    public void A_value_that_begins_with_an_at_sign_is_no_response_file()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "--name", "@etc"));
        Assert.Equal(["@etc"], run.Settings!.Scope.Names);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("watch", "--help")]
    [InlineData("run", "--help")]
    [InlineData("report", "-h")]
    [InlineData("slow", "--help")]
    [InlineData("follow", "--help")]
    [InlineData("doctor", "--help")]
    public void Help_shows_examples_and_exit_codes(params string[] arguments)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(arguments));
        Assert.Contains("Examples:", run.Help, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", run.Help, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("version")]
    public void Version_is_one_line(string argument)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(argument));
        Assert.Matches(@"^l7trace \d+\.\d+\.\d+( \([0-9a-f]+\))?\r?\n$", run.Help);
    }

    [Fact]
    public void Showing_secrets_is_said_once_even_to_those_who_want_quiet()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "--show-secrets", "-q"));
        Assert.Single(run.Error.Split('\n'), static line => line.Contains("--show-secrets", StringComparison.Ordinal));
    }
}
