// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Hosting;

/// <summary>How a verb wants its trace run.</summary>
internal sealed record HostOptions
{
    /// <summary>
    /// What failed passes <c>--min-latency</c>, and what runs is shown when it has been running for so long.
    /// </summary>
    public bool SlowOnly { get; init; }

    /// <summary>
    /// Asked now and then: has the reader of the output gone away? Then the trace ends, and does not wait for an
    /// exchange whose line fails to be written.
    /// </summary>
    public Func<bool> OutputIsUnread { get; init; } = static () => false;

    /// <summary>Exchanges that wait for the consumer at most.</summary>
    public int QueueCapacity { get; init; } = ExchangeQueue.DefaultCapacity;

    /// <summary>The output has headers and the beginnings of bodies; else none of them is kept.</summary>
    public bool ShowsMessages { get; init; }

    /// <summary>
    /// The source waits while the queue is full, and the end waits for the consumer, until a stop is asked for: a file
    /// can be read as slowly as its reader likes.
    /// </summary>
    public bool LosesNothing { get; init; }

    /// <summary>
    /// How long the consumer may go on after the capture has stopped. A reader that does not read would else keep
    /// l7trace from ending; what is not written by then is counted.
    /// </summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromMilliseconds(700);
}
