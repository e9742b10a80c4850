// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class ExchangeQueueTests
{
    [Fact]
    public void What_goes_in_comes_out_in_order()
    {
        using var queue = new ExchangeQueue(4);
        var sent = Enumerable.Range(0, 4).Select(n => Some.Query($"SELECT {n}")).ToArray();
        foreach (var exchange in sent)
        {
            Assert.True(queue.TryEnqueue(exchange));
        }

        foreach (var exchange in sent)
        {
            Assert.True(queue.TryDequeue(out var taken));
            Assert.Same(exchange, taken);
        }

        Assert.False(queue.TryDequeue(out _));
        Assert.Equal(0, queue.Dropped);
    }

    [Fact]
    public void A_full_queue_drops_the_new_one_and_counts_it()
    {
        using var queue = new ExchangeQueue(2);
        var first = Some.Query("SELECT 1");
        Assert.True(queue.TryEnqueue(first));
        Assert.True(queue.TryEnqueue(Some.Query("SELECT 2")));
        Assert.False(queue.TryEnqueue(Some.Query("SELECT 3")));
        Assert.False(queue.TryEnqueue(Some.Query("SELECT 4")));
        Assert.Equal(2, queue.Dropped);
        Assert.True(queue.TryDequeue(out var taken));
        Assert.Same(first, taken);
        Assert.True(queue.TryEnqueue(Some.Query("SELECT 5")));
        Assert.Equal(2, queue.Dropped);
    }

    [Fact]
    public void It_is_drained_when_it_was_completed_and_all_was_taken()
    {
        using var queue = new ExchangeQueue(2);
        queue.TryEnqueue(Some.Query("SELECT 1"));
        queue.Complete();
        Assert.False(queue.IsDrained);
        Assert.True(queue.TryDequeue(out _));
        Assert.True(queue.IsDrained);
    }

    [Fact]
    public void Between_two_threads_nothing_is_lost_doubled_or_reordered()
    {
        const int Count = 200_000;
        using var queue = new ExchangeQueue(64);
        var accepted = new List<object>(Count);
        var producer = new Thread(() =>
        {
            var exchange = Enumerable.Range(0, 16).Select(n => Some.Query($"SELECT {n}")).ToArray();
            for (var i = 0; i < Count; i++)
            {
                if (queue.TryEnqueue(exchange[i % 16]))
                {
                    accepted.Add(exchange[i % 16]);
                }
            }

            queue.Complete();
        });
        producer.Start();
        var taken = new List<object>(Count);
        while (!queue.IsDrained)
        {
            while (queue.TryDequeue(out var exchange))
            {
                taken.Add(exchange);
            }

            queue.Wait(TimeSpan.FromSeconds(10));
        }

        producer.Join();
        Assert.Equal(Count, taken.Count + queue.Dropped);
        Assert.True(accepted.SequenceEqual(taken, ReferenceEqualityComparer.Instance));
    }
}
