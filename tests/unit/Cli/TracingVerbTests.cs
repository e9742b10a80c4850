// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Cli;
using L7Trace.Export;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class TracingVerbTests
{
    private const long Millisecond = 1_000_000;

    private static CliRun Playing(Action<FakeSource> script, bool isTerminal = false) =>
        new() { Source = new FakeSource(script) { WaitsForStop = false }, IsTerminal = isTerminal };

    private static List<JsonElement> Records(CliRun run) => [.. run.Output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];

    [Fact]
    public void Exchanges_come_out_as_json_lines_with_a_summary_behind()
    {
        var run = Playing(static source =>
        {
            source.Finish(Some.Query("SELECT 1"));
            source.Finish(Some.Get("/cart"));
        });
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "-o", "jsonl"));
        var records = Records(run);
        Assert.Equal(["exchange", "exchange", "summary"], records.Select(static r => r.GetProperty("type").GetString()));
        Assert.Equal(2, records[^1].GetProperty("exchanges").GetInt64());
        Assert.True(run.Source.WasDisposed);
    }

    [Fact]
    public void Standard_output_has_data_only()
    {
        var run = Playing(static source => source.Finish(Some.Query("SELECT 1")));
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all"));
        Assert.Single(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("l7trace: tracing everything", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 exchange", run.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was lost", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_leaves_losses_to_be_said()
    {
        var run = Playing(static source => source.Losses[LossCause.DataRingFull] = 7);
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "-q"));
        Assert.Contains("7 calls did not fit", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("tracing", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_are_a_record_of_their_own_and_stand_in_the_summary()
    {
        var run = Playing(static source =>
        {
            source.Losses[LossCause.DataRingFull] = 7;
            source.TickAt(2000 * Millisecond);
        });
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "-o", "jsonl"));
        var records = Records(run);
        Assert.Equal(["loss", "summary"], records.Select(static r => r.GetProperty("type").GetString()));
        Assert.All(records, static r => Assert.Equal(7, r.GetProperty("loss.data_ring_full").GetInt64()));
    }

    [Fact]
    public void Count_ends_the_trace_and_nothing_is_shown_behind_it()
    {
        var run = new CliRun
        {
            Source = new FakeSource(static source =>
            {
                for (var i = 0; i < 10; i++)
                {
                    source.Finish(Some.Query($"SELECT {i}"));
                }
            }),
        };
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "--count", "3", "-o", "plain"));
        Assert.Equal(3, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void For_ends_the_trace_by_the_time_of_the_source()
    {
        var run = new CliRun
        {
            Source = new FakeSource(static source =>
            {
                source.TickAt(999 * Millisecond);
                Assert.False(source.Stop.IsCancellationRequested);
                source.TickAt(1000 * Millisecond);
                Assert.True(source.Stop.IsCancellationRequested);
            }),
        };
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "--for", "1s"));
    }

    [Fact]
    public void A_reader_that_goes_away_ends_a_quiet_trace()
    {
        var gone = false;
        var run = new CliRun
        {
            OutputIsUnread = () => gone,
            Source = new FakeSource(source =>
            {
                source.TickAt(999 * Millisecond);
                Assert.False(source.Stop.IsCancellationRequested);
                gone = true;
                source.TickAt(2000 * Millisecond);
                Assert.True(source.Stop.IsCancellationRequested);
            }),
        };
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all"));
    }

    [Fact]
    public void Protocol_and_latency_filter()
    {
        var run = Playing(static source =>
        {
            source.Finish(Some.Get("/slow", duration: 50 * Millisecond));
            source.Finish(Some.Query("SELECT 1", duration: 50 * Millisecond));
            source.Finish(Some.Query("SELECT 2", duration: 49 * Millisecond));
        });
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "--protocol", "mysql", "--min-latency", "50ms", "-o", "jsonl", "--show-secrets"));
        Assert.Equal("SELECT 1", Assert.Single(Records(run), static r => r.GetProperty("type").GetString() == "exchange")
            .GetProperty("db.query.text").GetString());
    }

    [Theory]
    [InlineData("auto", 1)]
    [InlineData("client", 1)]
    [InlineData("server", 1)]
    [InlineData("both", 2)]
    public void An_exchange_seen_from_both_ends_shows_as_often_as_was_asked_for(string side, int times)
    {
        var run = Playing(static source =>
        {
            var client = Some.Connection(EndpointRole.Client, id: 1);
            var server = Some.Connection(EndpointRole.Server, id: 2);
            source.Connections.ConnectionOpened(client);
            source.Connections.ConnectionOpened(server);
            source.Finish(Some.Query("SELECT 1", start: 1000, duration: 2 * Millisecond, connection: server, offset: 77));
            source.Finish(Some.Query("SELECT 1", start: 0, duration: 3 * Millisecond, connection: client, offset: 77));
        });
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "--side", side, "-o", "jsonl"));
        var exchanges = Records(run).Where(static r => r.GetProperty("type").GetString() == "exchange").ToList();
        Assert.Equal(times, exchanges.Count);
        if (side == "auto")
        {
            Assert.Equal(3 * Millisecond, exchanges[0].GetProperty("duration_ns").GetInt64());
            Assert.Equal(2 * Millisecond, exchanges[0].GetProperty("server.duration_ns").GetInt64());
        }
    }

    [Fact]
    public void Slow_shows_what_is_slow_or_failed_and_what_runs_when_it_crosses_the_threshold()
    {
        var run = Playing(static source =>
        {
            source.Finish(Some.Query("SELECT 'fast'"));
            source.Finish(Some.Query("SELECT 'failed'", error: 1064));
            source.Finish(Some.Query("SELECT 'slow'", duration: 100 * Millisecond));
            var culprit = Some.Query("SELECT SLEEP(9)", start: 0, duration: null, offset: 5);
            source.InFlight.Add(culprit);
            source.TickAt(90 * Millisecond);
            source.TickAt(101 * Millisecond);
            source.TickAt(150 * Millisecond);
            source.InFlight.Clear();
            source.Finish(Some.Query("SELECT SLEEP(9)", start: 0, duration: 9000 * Millisecond, offset: 5));
        });
        Assert.Equal(ExitCode.Done, run.Run("slow", "--all", "--min-latency", "100ms", "-o", "jsonl", "--show-secrets"));
        Assert.Equal(
            [("SELECT 'failed'", "done"), ("SELECT 'slow'", "done"), ("SELECT SLEEP(9)", "running"), ("SELECT SLEEP(9)", "done")],
            Records(run).Where(static r => r.GetProperty("type").GetString() == "exchange")
                .Select(static r => (r.GetProperty("db.query.text").GetString()!, r.GetProperty("state").GetString()!)));
    }

    [Fact]
    public void Report_groups_statements_and_routes_and_shows_what_is_in_flight()
    {
        var run = Playing(static source =>
        {
            source.Finish(Some.Query("SELECT * FROM t WHERE id = 1"));
            source.Finish(Some.Query("SELECT * FROM t WHERE id = 2"));
            source.Finish(Some.Get("/users/17"));
            source.InFlight.Add(Some.Query("SELECT SLEEP(9)", duration: null));
            source.TickAt(5000 * Millisecond);
        });
        Assert.Equal(ExitCode.Done, run.Run("report", "--all"));
        Assert.Contains("MySQL statements", run.Output, StringComparison.Ordinal);
        Assert.Contains("`id` = ?", run.Output, StringComparison.Ordinal);
        Assert.Contains("HTTP routes", run.Output, StringComparison.Ordinal);
        Assert.Contains("In flight", run.Output, StringComparison.Ordinal);
        Assert.Contains("5s", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_has_a_json_form()
    {
        var run = Playing(static source =>
        {
            source.Finish(Some.Query("SELECT * FROM t WHERE id = 1"));
            source.Finish(Some.Get("/users/17"));
            source.InFlight.Add(Some.Query("SELECT SLEEP(9)", duration: null));
        });
        Assert.Equal(ExitCode.Done, run.Run("report", "--all", "-o", "jsonl"));
        Assert.Equal(["group", "group", "exchange", "summary"], Records(run).Select(static r => r.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(1)]
    public void A_capture_that_cannot_start_gives_its_own_exit_code(int code)
    {
        var run = new CliRun { StartFails = new CliException(code, "cannot", "try:  something") };
        Assert.Equal(code, run.Run("watch", "--all"));
        Assert.Contains("l7trace: cannot\n  try:  something\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void A_reader_that_goes_away_ends_the_trace_quietly()
    {
        var run = new CliRun
        {
            OutputStream = new FailingStream(32),
            Source = new FakeSource(static source => source.Finish(Some.Query("SELECT 1"))),
        };
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "-q"));
        Assert.Empty(run.Error);
    }

    [Fact]
    public void A_full_disk_ends_the_trace_with_a_message()
    {
        var run = new CliRun
        {
            OutputStream = new FailingStream(28),
            Source = new FakeSource(static source => source.Finish(Some.Query("SELECT 1"))),
        };
        Assert.Equal(ExitCode.Failure, run.Run("watch", "--all"));
        Assert.Contains("the trace ended early", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_for_its_owner_alone_also_when_it_was_there_before()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            var run = Playing(static source => source.Finish(Some.Query("SELECT 1")));
            Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "-w", file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Contains("SELECT ?", File.ReadAllText(file), StringComparison.Ordinal);
            Assert.Empty(run.Output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("watch", "table")]
    [InlineData("watch", "plain")]
    [InlineData("watch", "jsonl")]
    [InlineData("report", "table")]
    [InlineData("report", "plain")]
    [InlineData("report", "jsonl")]
    [InlineData("slow", "table")]
    public void No_escape_sequence_out_of_captured_bytes_reaches_the_terminal(string verb, string format)
    {
        const string Evil = "\e]0;owned\a\e[2J\u009b31m\u202e\r\n\0";
        foreach (var isTerminal in (bool[])[true, false])
        {
            var run = Playing(static source =>
            {
                var connection = Some.Connection(command: Evil);
                source.Finish(Some.Query($"SELECT {Evil}", connection: connection, error: 1064));
                source.Finish(Some.Get($"/{Evil}?{Evil}=1", status: 500));
                source.InFlight.Add(Some.Query($"SELECT {Evil}", duration: null, connection: connection));
                source.TickAt(200 * Millisecond);
            }, isTerminal);
            var code = run.Run(verb, "--all", "-o", format, "--show-secrets", "--color", "never");
            Assert.True(code == ExitCode.Done, run.Error);
            Assert.DoesNotContain(run.Output, static c => (char.IsControl(c) && c != '\n') || c is '\u202e');
            Assert.DoesNotContain(run.Error, static c => char.IsControl(c) && c != '\n');
            Assert.Contains("owned", run.Output, StringComparison.Ordinal);
        }
    }

    private sealed class FailingStream(int errno) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("it failed", errno);

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("it failed", errno);
    }
}
