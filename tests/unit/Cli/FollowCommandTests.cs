// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class FollowCommandTests
{
    private static string Fixture(string name) => Path.Combine(Support.Repository.Root, "fixtures", name);

    [Fact]
    public void A_recorded_session_is_printed_with_its_headers_in_order_decoded_bodies_and_trailers()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("follow", "-r", Fixture("http/chunked-trailers/session.pcap"), "--show-secrets"));

        Assert.Contains(
            "> GET /zipped/30.txt HTTP/1.1\n> Host: fixture.test\n> User-Agent: curl\n> Accept: */*\n> Accept-Encoding: gzip\n< HTTP/1.1 200\n< Server: nginx\n",
            run.Output, StringComparison.Ordinal);
        Assert.Contains("<\n* body of 168 bytes; gzip decoded to 1110\n< line 0 of a text\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("< line 41 of a\n* trailers:\n< X-Checksum: of-/trailed/20.txt\n< X-End: yes\n", run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length == 0 || "=><*".Contains(line[0], StringComparison.Ordinal), line));
    }

    [Fact]
    public void An_id_names_one_exchange_and_the_part_in_front_of_its_dash_a_connection()
    {
        var all = new CliRun();
        all.Run("follow", "-r", Fixture("http/chunked-trailers/session.pcap"));
        var ids = all.Output.Split('\n').Where(line => line.StartsWith("= ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());

        var one = new CliRun();
        Assert.Equal(ExitCode.Done, one.Run("follow", ids[1], "-r", Fixture("http/chunked-trailers/session.pcap")));
        Assert.Equal([ids[1]], IdsOf(one));

        var connection = new CliRun();
        Assert.Equal(ExitCode.Done, connection.Run("follow", ids[1].Split('-')[0], "-r", Fixture("http/chunked-trailers/session.pcap"), "--where", "http.response.status_code == 200"));
        Assert.Equal(ids.Where(id => id.StartsWith(ids[1].Split('-')[0] + "-", StringComparison.Ordinal)), IdsOf(connection));
        Assert.True(IdsOf(connection).Count is > 1 && IdsOf(connection).Count < ids.Count);
    }

    public static TheoryData<string> Sessions =>
        [.. Directory.EnumerateFiles(Fixture(""), "session.pcap*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Fixture(""), path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Sessions))]
    public void Every_fixture_is_followed_and_nothing_captured_begins_a_line_or_reaches_the_terminal(string session)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("follow", "-r", Fixture(session), "--show-secrets"));

        var lines = run.Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("= ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.True(
            line.Length == 0 || (line[0] is '=' or '*' && line[1] == ' ') || (line[0] is '>' or '<' && (line.Length == 1 || line[1] == ' ')), line));
        Assert.DoesNotContain(run.Output, static c => char.IsControl(c) && c is not ('\n' or '\t'));
    }

    [Theory]
    [InlineData("ffffffff", ExitCode.TargetNotFound, "nothing with the id ffffffff was seen")]
    [InlineData("1-r99", ExitCode.TargetNotFound, "nothing with the id 1-r99 was seen")]
    [InlineData("nginx", ExitCode.Usage, "'nginx' is no id")]
    [InlineData("1-", ExitCode.Usage, "'1-' is no id")]
    public void An_id_of_nothing_is_said(string id, int code, string error)
    {
        var run = new CliRun();
        Assert.Equal(code, run.Run("follow", id, "-r", Fixture("http/keep-alive/session.pcap")));
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public void A_live_trace_is_followed_with_headers_and_bodies_kept()
    {
        var run = new CliRun { Source = new FakeSource(source => source.Finish(Some.Get("/live?x=1"))) { WaitsForStop = false } };
        Assert.Equal(ExitCode.Done, run.Run("follow", "--port", "80", "--body-limit", "1KiB"));

        Assert.Contains("> GET /live?x=? HTTP/1.1\n", run.Output, StringComparison.Ordinal);
        Assert.Equal((true, 1024), (run.Settings!.Limits.KeepHeaders, run.Settings.Limits.MaxBodyPrefix));
    }

    [Fact]
    public void Statements_have_their_values_and_a_summary_of_the_answer()
    {
        var hidden = new CliRun();
        Assert.Equal(ExitCode.Done, hidden.Run("follow", "-r", Fixture("mysql/prepared/session.pcap")));
        var shown = new CliRun();
        Assert.Equal(ExitCode.Done, shown.Run("follow", "-r", Fixture("mysql/prepared/session.pcap"), "--show-secrets"));

        Assert.DoesNotContain("with its values", hidden.Output, StringComparison.Ordinal);
        Assert.Contains("> COM_STMT_PREPARE INSERT INTO pets", hidden.Output, StringComparison.Ordinal);
        Assert.Contains("* with its values:\n> ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("< OK, 1 row affected\n", shown.Output, StringComparison.Ordinal);
    }

    private static List<string> IdsOf(CliRun run) =>
        [.. run.Output.Split('\n').Where(line => line.StartsWith("= ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];
}
