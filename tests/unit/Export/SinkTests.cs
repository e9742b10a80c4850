// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export;

public sealed class SinkTests
{
    [Fact]
    public void A_sink_that_throws_is_counted_and_harms_no_other()
    {
        var good = new CollectingSink();
        var fanout = new SinkFanout(new ThrowingSink(new InvalidOperationException("no room")), good);

        fanout.OnExchange(Some.Query("SELECT 1"));
        fanout.OnExchange(Some.Query("SELECT 2"));

        Assert.Equal(2, good.Taken.Count);
        Assert.Equal((2, "ThrowingSink: no room"), (fanout.Failures, fanout.LastFailure));
        Assert.False(fanout.IsClosed);
    }

    [Fact]
    public void A_sink_whose_reader_went_away_is_closed_quietly()
    {
        var pipe = new ThrowingSink(new IOException("Broken pipe", 32));
        var fanout = new SinkFanout(pipe);

        fanout.OnExchange(Some.Query("SELECT 1"));
        fanout.OnExchange(Some.Query("SELECT 2"));
        fanout.Flush();

        Assert.Equal((1, 0, true), (pipe.Calls, fanout.Failures, fanout.IsClosed));
    }

    [Fact]
    public void A_real_pipe_without_a_reader_is_recognised()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        using var output = new FileStream($"/proc/self/fd/{pipe.SafePipeHandle.DangerousGetHandle()}", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        pipe.DisposeLocalCopyOfClientHandle();
        using var writer = new L7Trace.Export.Json.JsonLinesWriter(output);
        var fanout = new SinkFanout(writer);

        fanout.OnExchange(Some.Query("SELECT 1"));
        fanout.Flush();

        Assert.Null(fanout.LastFailure);
        Assert.True(fanout.IsClosed);
    }

    [Fact]
    public void Another_error_of_writing_is_no_broken_pipe()
    {
        Assert.False(SinkFanout.IsBrokenPipe(new IOException("No space left on device", 28)));
        Assert.False(SinkFanout.IsBrokenPipe(new InvalidOperationException()));
    }

    [Fact]
    public void Slow_failed_and_aborted_exchanges_pass_the_filter()
    {
        var passed = new CollectingSink();
        var filter = new SlowFilter(new SinkFanout(passed), 10 * Some.Millisecond);
        var aborted = Some.Running(Some.Query("SELECT 4", offset: 4));
        aborted.State = ExchangeState.Aborted;
        var exchanges = (Exchange[])
        [
            Some.Query("SELECT 1", duration: 9.999, offset: 1), Some.Query("SELECT 2", duration: 10, offset: 2),
            Some.Get("/", status: 500, offset: 3), aborted, Some.Get("/", status: 404, offset: 5),
        ];

        foreach (var exchange in exchanges)
        {
            filter.OnExchange(exchange);
        }

        Assert.Equal(exchanges[1..4], passed.Taken);
        Assert.Equal(2, filter.Withheld);
    }

    [Fact]
    public void What_runs_too_long_is_shown_once_and_again_when_it_ends()
    {
        var passed = new CollectingSink();
        var filter = new SlowFilter(new SinkFanout(passed), 10 * Some.Millisecond);
        var running = Some.Running(Some.Query("SELECT SLEEP(1)", offset: 7));

        filter.LookAt([running], Some.Epoch + (9 * Some.Millisecond));
        Assert.Empty(passed.Taken);
        filter.LookAt([running], Some.Epoch + (10 * Some.Millisecond));
        filter.LookAt([Some.Running(Some.Query("SELECT SLEEP(1)", offset: 7))], Some.Epoch + (11 * Some.Millisecond));
        Assert.Same(running, Assert.Single(passed.Taken));

        var done = Some.Query("SELECT SLEEP(1)", duration: 1, offset: 7);
        filter.OnExchange(done);
        filter.OnExchange(Some.Query("SELECT 1", duration: 1, offset: 7));

        Assert.Equal([running, done], passed.Taken);
    }

    private sealed class CollectingSink : IExchangeSink
    {
        public List<Exchange> Taken { get; } = [];

        public void Write(Exchange exchange) => Taken.Add(exchange);

        public void Flush()
        {
        }
    }

    private sealed class ThrowingSink(Exception exception) : IExchangeSink
    {
        public int Calls { get; private set; }

        public void Write(Exchange exchange)
        {
            Calls++;
            throw exception;
        }

        public void Flush() => throw exception;
    }
}
