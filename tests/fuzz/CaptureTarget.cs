// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Compression;

namespace L7Trace.Fuzz;

/// <summary>
/// A file through the reader, the packets, the reassembly, the parsers and the recorder, and the recording that comes of it
/// through the reader again. Anything thrown but "this is no capture", a fault inside a parser, and a recording that can't
/// be read is a find.
/// </summary>
internal static class CaptureTarget
{
    /// <summary>One run.</summary>
    public static void Run(byte[] input)
    {
        var target = new Memory();
        try
        {
            Play(input, target);
        }
        catch (CaptureFormatException)
        {
            return;
        }

        var recording = target.File.ToArray();
        var back = Play(recording, null);
        if (back.Damage.Count > 0 || back.Recording is not { Malformed: 0, Foreign: 0 })
        {
            throw new InvalidOperationException($"the recording can't be read: {string.Join(", ", back.Damage)}");
        }
    }

    private static CapturePlayer Play(byte[] input, Memory? target)
    {
        using var player = CapturePlayer.Open([("input", new MemoryStream(input))]);
        using var recorder = target is null
            ? null : new SegmentRecorder(target, new RecorderOptions { Version = "fuzz", NamesOf = player.Names.Of });
        var engine = new TraceEngine(new Ignore(), inflaters: ProbeInflaters.All);
        player.Run(engine, now => recorder?.Tick(now), CancellationToken.None, recorder);
        recorder?.AddLosses(
            player.Now, [.. player.Recording?.Losses.Select(static loss => new RecordedLoss(loss.Key, loss.Value)) ?? []], player.DroppedPackets);
        recorder?.Finish(player.Now);
        engine.VisitInFlight(static _ => { });
        if (engine.Counters.Faults > 0)
        {
            throw new InvalidOperationException("a parser failed", SegmentTarget.LastException);
        }

        return recorder?.Failure is { } failure ? throw new InvalidOperationException("the recorder failed", failure) : player;
    }

    private sealed class Memory : IRecordingTarget
    {
        public MemoryStream File { get; } = new();

        public Stream OpenNext() => File;
    }

    private sealed class Ignore : IExchangeHandler
    {
        public void OnExchange(Exchange exchange)
        {
        }
    }
}
