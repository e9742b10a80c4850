// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.RegularExpressions;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The benchmarks, small: they run, and what they measure is all of it. Their figures are not looked at.</summary>
public sealed partial class BenchTests
{
    private static readonly string[] s_captures = ["mysql", "http", "http2"];

    [Fact]
    public async Task The_captures_that_are_measured_are_made_and_read_to_the_last_exchange()
    {
        Requirement.Need("mariadb", "nginx", "sysbench", "wrk", "h2load", "nghttp", "tcpdump", "tshark");
        using var folder = new TemporaryFolder();
        await ChildProcess.RunAsync("env", "MEGABYTES=1", Script("make-captures"), folder.Path);
        string table = await ChildProcess.RunAsync("env", "PEERS=no", "TWICE=no", Script("read-captures"), folder.Path, "1");

        int[] counts = [.. s_captures.Select(x => int.Parse(File.ReadAllText(folder.File(x + ".count")), CultureInfo.InvariantCulture))];
        Assert.All(counts, x => Assert.True(x > 500, table));
        Assert.Equal(counts, Found().Matches(table).Where(x => x.Groups["how"].Value == "report").Select(Number));
        Assert.Equal(counts, Found().Matches(table).Where(x => x.Groups["how"].Value == "watch -o jsonl").Select(Number));

        string lossy = await ChildProcess.RunAsync(Script("lossy-captures"), folder.Path);
        int[] whole = [.. Whole().Matches(lossy).Select(Number)];
        Assert.Equal(2 * s_captures.Length, whole.Length);
        Assert.All(whole.Zip(counts.SelectMany(static x => new[] { x, x })), x => Assert.InRange(x.First, x.Second / 2, x.Second));
    }

    [Fact]
    public async Task The_parsers_are_measured_alone()
    {
        string table = await ChildProcess.RunAsync(Script("parsers"), "mysql-point", "http2-body");

        Assert.Matches(@"\| mysql-point \| [1-9][0-9,]* \(", table);
        Assert.Matches(@"\| http2-body \| [1-9][0-9,]* \(", table);
    }

    [Fact]
    public async Task What_a_call_costs_in_the_kernel_is_measured()
    {
        Requirement.Need("bpf", "clang", "python3");
        string table = await ChildProcess.RunAsync("env", "ROUNDS=1", "REPEATS=1", Script("kernel-cost"), "1000");

        Assert.Equal(7, Rows(table, @"\d+ \(\d+ to \d+\) \| [+-]\d+ \(.*\) \| [+-]\d+ \(.*\)").Count);
    }

    [Fact]
    public async Task The_live_pipeline_is_measured()
    {
        Requirement.Need("bpf", "cc", "python3");
        string table = await ChildProcess.RunAsync("env", "ROUNDS=1", "MILLISECONDS=200", "OUTPUTS=none", Script("live-pipeline"), "4000");

        Assert.Single(Rows(table, @"none \| 4,000 \| [1-9]"));
        Assert.Matches(@"the most without loss: [1-9]", table);
    }

    [Fact]
    public async Task What_the_traced_program_feels_is_measured()
    {
        Requirement.Need("bpf", "nginx", "wrk", "tcpdump");
        string table = await ChildProcess.RunAsync("env", "ROUNDS=1", "SECONDS_EACH=1", Script("overhead"), "http");

        Assert.Equal(3, Rows(table, @"(none|l7trace|tcpdump) \| [1-9]\d+ \(").Count);
    }

    [Fact]
    public async Task What_reading_tls_costs_is_measured()
    {
        Requirement.Need("bpf", "nginx", "wrk", "clang", "python3");
        string table = await ChildProcess.RunAsync("env", "ROUNDS=1", "SECONDS_EACH=1", Script("tls-cost"), "nginx");

        Assert.Equal(3, Rows(table, @"(none|l7trace|empty pairs) \| [1-9]\d+ \(").Count);
    }

    [Fact]
    public async Task What_connections_take_of_memory_is_measured()
    {
        Requirement.Need("bpf", "cc");
        string table = await ChildProcess.RunAsync("env", "ROUNDS=1", Script("memory"), "500");

        Assert.Single(Rows(table, @"exchanges seen, of 3600 \| 3600 \("));
    }

    [Fact]
    public async Task A_start_is_measured()
    {
        Requirement.Need("bpf");
        string table = await ChildProcess.RunAsync("env", "ROUNDS=1", Script("start"));

        Assert.Equal(2, Rows(table, @"(l7trace run -- date|the same, with TLS) \| [1-9]").Count);
    }

    [Fact]
    public async Task A_long_trace_at_half_load_is_measured()
    {
        Requirement.Need("bpf", "mariadb", "sysbench", "cc");
        string table = await ChildProcess.RunAsync("sh", "-c", Script("soak") + " 3; true");

        Assert.Equal(7, Rows(table, @"(yes|no)").Count);
    }

    private static MatchCollection Rows(string table, string pattern) =>
        Regex.Matches(table, @"^\|.*" + pattern + ".*$", RegexOptions.Multiline);

    private static string Script(string name) => Path.Combine(Repository.Root, "bench", name);

    private static int Number(Match match) => int.Parse(match.Groups["found"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^  l7trace (?<how>report|watch -o jsonl) .* (?<found>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Found();

    [GeneratedRegex(@"^  l7trace  (?<found>\d+) whole", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();
}
