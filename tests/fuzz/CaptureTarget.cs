// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Fuzz;

/// <summary>
/// A file through the reader, the packets, the reassembly and the parsers. Anything thrown but "this is no capture", and
/// a fault inside a parser, is a find.
/// </summary>
internal static class CaptureTarget
{
    /// <summary>One run.</summary>
    public static void Run(byte[] input)
    {
        var engine = new TraceEngine(new Ignore());
        try
        {
            using var player = CapturePlayer.Open([("input", new MemoryStream(input))]);
            player.Run(engine, static _ => { }, CancellationToken.None);
        }
        catch (CaptureFormatException)
        {
            return;
        }

        engine.VisitInFlight(static _ => { });
        if (engine.Counters.Faults > 0)
        {
            throw new InvalidOperationException("a parser failed", SegmentTarget.LastException);
        }
    }

    private sealed class Ignore : IExchangeHandler
    {
        public void OnExchange(Exchange exchange)
        {
        }
    }
}
