// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;

namespace L7Trace.Cli.Terminal;

/// <summary>The sinks of verbs that show each exchange by itself.</summary>
internal static class LiveSinks
{
    /// <summary>The one for the target's format.</summary>
    public static ITraceSink Create(OutputTarget output, TraceSettings settings) => output.Format switch
    {
        OutputFormat.JsonLines => new JsonSink(output, settings),
        OutputFormat.SlowLog => new SlowLogSink(output, settings),
        OutputFormat.Plain => new PlainSink(output, settings),
        OutputFormat.None => new NoSink(),
        _ => new LiveTable(output, settings),
    };
}
