// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>Takes exchanges on the consumer thread. What it throws ends the trace.</summary>
internal interface ITraceSink : IDisposable
{
    /// <summary>One exchange that passed the filters; its state may be running.</summary>
    void Write(Exchange exchange, long now);

    /// <summary>
    /// The peer of an exchange that was written with an unknown one is proven now; once at most for each. A sink that does not
    /// show single exchanges has nothing to amend.
    /// </summary>
    void Amend(Exchange exchange, long now)
    {
    }

    /// <summary>All that happened before this moment has been written. A sink that nobody reads by the line needn't say so.</summary>
    void WriteMark(TraceMark mark, long now)
    {
    }

    /// <summary>This was lost since the last call; at most once a second.</summary>
    void WriteLosses(LossCounts losses, long now);

    /// <summary>Nothing more is waiting: what is buffered should be seen now.</summary>
    void Flush();

    /// <summary>The trace is over; called once, before <see cref="IDisposable.Dispose"/>.</summary>
    void End(TraceOutcome outcome);
}
