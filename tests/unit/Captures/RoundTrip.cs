// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Compression;

namespace L7Trace.UnitTests.Captures;

/// <summary>A capture, the recording made of it, and the exchanges of both as JSON lines with all their facts.</summary>
internal sealed class RoundTrip : IRecordingTarget
{
    private RoundTrip(string name, Stream capture)
    {
        using var recorder = new SegmentRecorder(this, new RecorderOptions { Version = "test" });
        Shown = Read([(name, capture)], recorder);
        Back = Read([.. Files.Select(file => ("recording", (Stream)new MemoryStream(file.ToArray())))], null);
    }

    public List<MemoryStream> Files { get; } = [];

    public List<string> Shown { get; }

    public List<string> Back { get; }

    /// <summary>The first exchange that is not in both; null when all are.</summary>
    public string? Difference
    {
        get
        {
            var shown = Shown.Order(StringComparer.Ordinal).ToList();
            var back = Back.Order(StringComparer.Ordinal).ToList();
            var missing = shown.Except(back).FirstOrDefault();
            var more = back.Except(shown).FirstOrDefault();
            return shown.SequenceEqual(back) ? null : $"{shown.Count} exchanges, {back.Count} came back\n  - {missing}\n  + {more}";
        }
    }

    /// <summary>Of a file; null when it is no capture.</summary>
    public static RoundTrip? Of(string path)
    {
        try
        {
            return new RoundTrip(path, File.OpenRead(path));
        }
        catch (CaptureFormatException)
        {
            return null;
        }
    }

    public static RoundTrip Of(byte[] capture) => new("capture", new MemoryStream(capture));

    public Stream OpenNext()
    {
        Files.Add(new MemoryStream());
        return Files[^1];
    }

    private static List<string> Read(IReadOnlyList<(string Name, Stream Stream)> files, SegmentRecorder? recorder)
    {
        using var stream = new MemoryStream();
        using var json = new JsonLinesWriter(stream, Redaction.Off, now: static () => 0);
        using var player = CapturePlayer.Open(files);
        var engine = new TraceEngine(new Handler(json.Write), inflaters: ProbeInflaters.All);
        player.Run(engine, now => recorder?.Tick(now), CancellationToken.None, recorder);
        recorder?.Finish(player.Now);
        engine.VisitInFlight(json.Write);
        json.Flush();
        Xunit.Assert.Null(recorder?.Failure);
        return [.. Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private sealed class Handler(Action<Exchange> write) : IExchangeHandler
    {
        public void OnExchange(Exchange exchange) => write(exchange);
    }
}
