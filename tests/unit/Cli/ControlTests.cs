// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Cli;
using L7Trace.Cli.Hosting;
using L7Trace.Export;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary>What a program that steers a trace by its standard input gets to read.</summary>
public sealed class ControlTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void A_mark_stands_behind_all_that_happened_before_it_and_the_end_of_the_input_ends_the_trace()
    {
        var records = Play(static (source, say, end) =>
        {
            source.Finish(Some.Query("SELECT 1"));
            say("mark first");
            source.SealAt(10 * Millisecond);
            source.Finish(Some.Query("SELECT 2"));
            say("mark second");
            source.SealAt(20 * Millisecond);
            end();
        });

        // What came later may stand in front of it too.
        string[] names = [.. records.Select(Name)];
        Assert.Equal(["exchange", "exchange", "mark first", "mark second", "summary"], names.Order());
        Assert.True(names.IndexOf("exchange") < names.IndexOf("mark first"));
        Assert.Equal(["mark second", "summary"], names[^2..]);
        Assert.Equal(0, records[^2].GetProperty("running").GetInt32());
    }

    [Fact]
    public void A_mark_waits_for_events_up_to_its_moment()
    {
        var records = Play(static (source, say, end) =>
        {
            say("mark 1");
            source.SealAt(0); // it was asked for at this very time: what happens now may still be on its way
            source.Finish(Some.Query("SELECT 1"));
            source.SealAt(1);
            end();
        });

        Assert.Equal(["exchange", "mark 1", "summary"], records.Select(Name));
    }

    [Fact]
    public void What_runs_is_waited_for()
    {
        var records = Play(static (source, say, end) =>
        {
            var running = Some.Query("SELECT 1", start: -Millisecond);
            source.InFlight.Add(running);
            say("mark 1 50");
            source.SealAt(10 * Millisecond);
            source.InFlight.Clear();
            source.Finish(running);
            source.SealAt(20 * Millisecond);
            end();
        });

        Assert.Equal(["exchange", "mark 1", "summary"], records.Select(Name));
        Assert.Equal("done", records[0].GetProperty("state").GetString());
    }

    [Fact]
    public void What_runs_for_too_long_is_shown_as_running()
    {
        var records = Play(static (source, say, end) =>
        {
            source.InFlight.Add(Some.Query("SELECT SLEEP(9)", start: -Millisecond, duration: null, state: ExchangeState.Running));
            source.InFlight.Add(Some.Query("SELECT LATER", start: 30 * Millisecond, duration: null, state: ExchangeState.Running));
            say("mark 1 50");
            source.SealAt(49 * Millisecond);
            source.SealAt(50 * Millisecond);
            end();
        });

        Assert.Equal(["exchange", "mark 1"], records.Select(Name).Take(2));
        Assert.Equal("running", records[0].GetProperty("state").GetString());
        Assert.Equal("SELECT SLEEP(?)", records[0].GetProperty("db.query.text").GetString());
        Assert.Equal(1, records[1].GetProperty("running").GetInt32());
    }

    [Fact]
    public void A_mark_says_what_was_lost_so_far()
    {
        var records = Play(static (source, say, end) =>
        {
            source.Losses[LossCause.DataRingFull] = 3;
            say("mark 1");
            source.SealAt(1);
            end();
        });

        Assert.Equal(3, records.Single(static x => Name(x) == "mark 1").GetProperty("loss.data_ring_full").GetInt32());
    }

    [Fact]
    public void A_mark_stands_behind_a_view_that_waited_for_its_other_end_before_it_also_at_the_end()
    {
        var records = Play(static (source, say, end) =>
        {
            source.Connections.ConnectionOpened(Some.Connection(EndpointRole.Server, id: 2));
            source.Finish(Some.Query("SELECT 1"));
            say("mark 1");
            source.SealAt(1);
            end();
        });

        Assert.Equal(["exchange", "mark 1", "summary"], records.Select(Name));
    }

    [Fact]
    public void What_ended_while_a_mark_was_on_its_way_is_not_shown_as_running_behind_that()
    {
        var records = Play(static (source, say, end) =>
        {
            source.Connections.ConnectionOpened(Some.Connection(EndpointRole.Server, id: 2));
            source.Finish(Some.Query("SELECT 1")); // waits for its other end until the trace ends, and the mark for it
            var alone = Some.Connection(id: 3, clientPort: 40001);
            source.InFlight.Add(Some.Query("SELECT 2", start: -Millisecond, duration: null, connection: alone, offset: 50));
            source.InFlight.Add(Some.Query("SELECT 3", start: -Millisecond, duration: null, connection: alone, offset: 90));
            say("mark 1");
            source.SealAt(1);
            source.InFlight.RemoveAt(0);
            source.Finish(Some.Query("SELECT 2", start: -Millisecond, connection: alone, offset: 50));
            end();
        });

        Assert.Equal(["exchange done", "exchange done", "exchange running", "mark 1", "summary"], records.Select(static record =>
            Name(record) + (record.TryGetProperty("state", out var state) ? " " + state.GetString() : "")));
        Assert.Equal(1, records[^2].GetProperty("running").GetInt32());
    }

    [Fact]
    public void A_mark_without_patience_does_not_wait_behind_one_with_more()
    {
        var records = Play(static (source, say, end) =>
        {
            source.InFlight.Add(Some.Query("SELECT SLEEP(9)", start: -Millisecond, duration: null, state: ExchangeState.Running));
            say("mark patient 50");
            say("mark hasty");
            source.SealAt(Millisecond);
            source.SealAt(50 * Millisecond);
            end();
        });

        Assert.Equal(
            ["exchange", "mark hasty", "exchange", "mark patient"], records.Select(Name).Take(4));
    }

    [Fact]
    public void What_runs_is_looked_at_now_and_then_while_a_mark_waits()
    {
        var looks = 0;
        var marks = new TraceMarks();
        var source = new FakeSource(static _ => { }) { Looked = () => looks++ };
        source.InFlight.Add(Some.Query("SELECT SLEEP(9)", start: -Millisecond, duration: null));
        Assert.False(Advance(1)); // nothing is asked for
        Assert.Equal(0, looks);

        Assert.True(marks.TryAsk(new TraceMark("patient", FakeSource.Begin, 0, FakeSource.Begin + Millisecond * 7)));
        Assert.False(Advance(1));
        for (var time = 2; time < TraceMarks.LookInterval; time += 10_000)
        {
            Assert.False(Advance(time));
        }

        Assert.Equal(1, looks);
        Assert.True(marks.TryAsk(new TraceMark("hasty", FakeSource.Begin + 1, 0, FakeSource.Begin + 1)));
        Assert.True(Advance(TraceMarks.LookInterval)); // at once
        Assert.Equal(2, looks);
        Assert.False(Advance(TraceMarks.LookInterval + 1));
        Assert.True(Advance(7 * Millisecond));
        Assert.Equal(3, looks);

        bool Advance(long time) => marks.Advance(FakeSource.Begin + time, source, static () => new LossCounts(), static () => 0);
    }

    [Theory]
    [InlineData("JSON lines only", "--all", "-o", "table")]
    [InlineData("JSON lines only", "--all", "-o", "plain")]
    [InlineData("JSON lines only", "--all", "-o", "none")]
    [InlineData("live traces", "--read", "some.pcapng")]
    public void What_could_never_answer_is_refused(string says, params string[] arguments)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Usage, run.Run(["watch", "--control", .. arguments]));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
    }

    [Theory]
    [InlineData("mark")]
    [InlineData("mark 1 soon")]
    [InlineData("mark 1 -1")]
    [InlineData("mark 1 99999999999")]
    [InlineData("mark 1 2 3")]
    [InlineData("stop")]
    public void Other_lines_are_an_error_and_the_trace_goes_on(string line)
    {
        var error = "";
        var records = Play((source, say, end) =>
        {
            say(line);
            say("mark good");
            source.SealAt(1);
            end();
        }, run => error = run.Error);

        Assert.Contains(records, static x => Name(x) == "mark good");
        Assert.Contains("--control: a line is not", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_takes_no_memory_and_asks_for_nothing()
    {
        var records = Play(static (source, say, end) =>
        {
            say("mark " + new string('x', 1_000_000));
            source.SealAt(1);
            end();
        });

        Assert.Equal(["summary"], records.Select(Name));
    }

    private static string Name(JsonElement record) =>
        record.GetProperty("type").GetString() is { } type && type == "mark" ? "mark " + record.GetProperty("id").GetString() : record.GetProperty("type").GetString()!;

    /// <summary>The script says lines, each of which has been obeyed when the call returns, and ends the input.</summary>
    private static List<JsonElement> Play(Action<FakeSource, Action<string>, Action> script, Action<CliRun>? and = null)
    {
        using var input = new Lines();
        var run = new CliRun
        {
            Input = input,
            Source = new FakeSource(source => script(source, input.Say, input.End)),
        };
        Assert.Equal(ExitCode.Done, run.Run("watch", "--all", "--control"));
        and?.Invoke(run);
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>Gives the reader what is said, and returns to the speaker when the reader comes back for more.</summary>
    private sealed class Lines : TextReader
    {
        private readonly SemaphoreSlim _said = new(0);
        private readonly SemaphoreSlim _obeyed = new(0);
        private string _text = "";
        private int _at;
        private bool _ended;
        private bool _begun;

        public void Say(string line)
        {
            (_text, _at) = (line + "\n", 0);
            _said.Release();
            Assert.True(_obeyed.Wait(TimeSpan.FromSeconds(30)));
        }

        public void End()
        {
            _ended = true;
            _said.Release();
        }

        public override int Read()
        {
            if (_at == _text.Length && !_ended)
            {
                if (_begun)
                {
                    _obeyed.Release();
                }

                _begun = true;
                Assert.True(_said.Wait(TimeSpan.FromSeconds(30)));
            }

            return _at < _text.Length ? _text[_at++] : -1;
        }

        protected override void Dispose(bool disposing)
        {
            _said.Dispose();
            _obeyed.Dispose();
            base.Dispose(disposing);
        }
    }
}
