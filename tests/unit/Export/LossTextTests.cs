// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export;

public sealed class LossTextTests
{
    [Fact]
    public void A_trace_without_losses_says_so()
    {
        var summary = new TraceSummary { Start = Some.Epoch, End = Some.Epoch + (1500 * Some.Millisecond), Connections = 1 };
        summary.Count(Some.Query("SELECT 1"));

        Assert.Equal("1 exchange on 1 connection in 1.5s\nnothing was lost\n", LossText.Of(summary));
    }

    [Fact]
    public void Everything_that_is_missing_has_its_line()
    {
        var summary = new TraceSummary { Connections = 3, Running = 2 };
        for (var i = 0; i < 1234; i++)
        {
            var exchange = Some.Get("/", status: i == 0 ? 500 : 200);
            exchange.Completeness = new Completeness((CompletenessKind)(i % 4));
            summary.Count(exchange);
        }

        summary.Losses[LossCause.DataRingFull] = 1_000_000;
        summary.Losses[LossCause.QueueFull] = 1;
        summary.Losses[LossCause.ProcessesFull] = 2;

        Assert.Equal(
            """
            1,234 exchanges on 3 connections, 1 failed, 2 still running, 309 truncated, 308 found again after a gap, 308 without a safe match of request and answer
            lost: 1,000,000 calls did not fit into the data ring (a larger ring or a narrower scope helps)
            lost: 2 child processes could not be followed
            lost: 1 finished exchange dropped because the output could not keep up, or for want of memory (--max-memory)

            """.ReplaceLineEndings("\n"),
            LossText.Of(summary));
    }

    [Fact]
    public void Every_cause_has_words_of_its_own()
    {
        var texts = Enum.GetValues<LossCause>().Select(cause => LossText.Describe(cause, 5)).ToList();

        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.Single(texts, text => text.Contains("does not know", StringComparison.Ordinal));
    }

    [Fact]
    public void Losses_since_an_earlier_reading_are_the_difference()
    {
        var (earlier, now) = (new LossCounts(), new LossCounts());
        earlier[LossCause.Gaps] = 5;
        now[LossCause.Gaps] = 7;
        now[LossCause.Late] = 1;

        var since = now.Since(earlier);

        Assert.Equal((2UL, 1UL, false), (since[LossCause.Gaps], since[LossCause.Late], since.IsEmpty));
        Assert.True(now.Since(now).IsEmpty);
    }
}
