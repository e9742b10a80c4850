// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Captures.Tcp;

namespace L7Trace.Probe.Captures;

/// <summary>
/// Capture files as a source of segments: several files merged by the times of their packets (each in its own order),
/// decoded, put in order, given to an engine. Not thread-safe.
/// </summary>
public sealed class CapturePlayer : IDisposable
{
    private const long TickInterval = 5_000_000;
    private const int PacketsPerTick = 512;
    private const int BuffersOfAll = 8 * 1024 * 1024;
    private const int SmallestBuffer = 32 * 1024;

    private readonly List<(string Path, CaptureReader Reader)> _files;
    private readonly PacketDecoder _decoder = new();
    private TcpReassembler? _tcp;
    private bool[]? _hasPackets;

    private CapturePlayer(List<(string Path, CaptureReader Reader)> files)
    {
        _files = files;
        files.ForEach(file => file.Reader.Names = Names); // nothing was read yet
    }

    /// <summary>Only segments of which this says yes; null for all. Asked for every segment.</summary>
    public Func<IpEnd, IpEnd, bool>? Wanted { get; init; }

    /// <summary>Packets read so far.</summary>
    public long Packets => _files.Sum(static file => file.Reader.PacketCount);

    /// <summary>Packets that the capturing side said it had dropped; of recordings, which say more about it, 0.</summary>
    public ulong DroppedPackets { get; private set; }

    /// <summary>Packets without TCP, by what they carry instead.</summary>
    public IReadOnlyDictionary<string, long> Others => _decoder.Others;

    /// <summary>What the reassembly met; null before <see cref="Run"/>.</summary>
    public TcpCounters? Tcp => _tcp?.Counters;

    /// <summary>Latest capture time so far, nanoseconds since the Unix epoch.</summary>
    public long Now => Recording?.Time ?? _tcp?.Now ?? 0;

    /// <summary>What reads the files when all of them are recordings of ours; null when they are ordinary captures.</summary>
    public RecordingReader? Recording { get; private set; }

    /// <summary>
    /// True when recordings were read to where their files end, and that is not where the recording ended: its recorder
    /// was killed, or later files of it were not read.
    /// </summary>
    public bool LacksEnd { get; private set; }

    /// <summary>Damage met so far, of every file that has any.</summary>
    public IReadOnlyList<CaptureFileDamage> Damage =>
        [.. _files.Where(static file => file.Reader.Damage is not null)
            .Select(static file => new CaptureFileDamage(file.Path, file.Reader.Damage!))];

    /// <summary>The names of addresses that the files, as far as they are read, have.</summary>
    public AddressNames Names { get; } = new();

    /// <summary>Opens the files ("-" is standard input).</summary>
    /// <exception cref="CaptureFormatException">One is no capture; the message names it.</exception>
    /// <exception cref="IOException">One can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be opened.</exception>
    public static CapturePlayer Open(IReadOnlyList<string> paths, Func<IpEnd, IpEnd, bool>? wanted = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Open(
            [.. paths.Select(path => (path, (Func<int, CaptureReader>)(size => CaptureReader.Open(path, size))))], wanted);
    }

    /// <summary>Reads streams, which are disposed with this; the names are for messages.</summary>
    public static CapturePlayer Open(IReadOnlyList<(string Name, Stream Stream)> streams, Func<IpEnd, IpEnd, bool>? wanted = null)
    {
        ArgumentNullException.ThrowIfNull(streams);
        return Open(
            [.. streams.Select(s => (s.Name, (Func<int, CaptureReader>)(size => CaptureReader.Open(s.Stream, size))))], wanted);
    }

    /// <summary>
    /// True when all of the files that have packets are recordings of ours, which name processes. Reads on to the first
    /// packet of each.
    /// </summary>
    public bool AreRecordings()
    {
        _hasPackets ??= [.. _files.Select(static file => file.Reader.Read())];
        return _hasPackets.Contains(true) && _files.Zip(_hasPackets).All(static file => !file.Second ||
            (RecordingReader.IsRecording(file.First.Reader.Section) && RecordingReader.HasFacts(file.First.Reader.Packet)));
    }

    /// <summary>
    /// Plays the files to their end, or until <paramref name="stop"/>. <paramref name="tick"/> is called with the
    /// capture time every few milliseconds of it, and every few hundred packets.
    /// </summary>
    /// <param name="engine">What takes the segments.</param>
    /// <param name="tick">Told the time.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="tap">Sees what the engine is given; null for nobody.</param>
    public void Run(TraceEngine engine, Action<long> tick, CancellationToken stop, ISegmentTap? tap = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(tick);
        if (tap is not null)
        {
            engine.ConnectionOpened += tap.Open;
            engine.ConnectionClosed += tap.Close;
            engine.ProtocolFound += tap.ProtocolFound;
        }

        if (AreRecordings())
        {
            PlayRecordings(engine, tick, tap, stop);
            return;
        }

        var queue = new PriorityQueue<CaptureReader, (long Time, int Order)>(_files.Count);
        for (var i = 0; i < _files.Count; i++)
        {
            if (_hasPackets![i])
            {
                queue.Enqueue(_files[i].Reader, (_files[i].Reader.Time, i));
            }
        }

        var tcp = _tcp = new TcpReassembler(engine, tap: tap);

        long advanced = 0;
        var sinceTick = 0;
        while (!stop.IsCancellationRequested && queue.TryPeek(out var reader, out var place))
        {
            if (_decoder.TryDecode(reader.Packet, out var segment) &&
                (Wanted is null || Wanted(segment.From, segment.To)))
            {
                tcp.Accept(segment);
            }

            if (tcp.Now - advanced >= TickInterval || ++sinceTick >= PacketsPerTick)
            {
                sinceTick = 0;
                advanced = tcp.Now;
                tcp.Advance(advanced);
                if (advanced > 0)
                {
                    tick(advanced);
                }
            }

            if (!reader.Read())
            {
                queue.Dequeue();
            }
            else if (_files.Count > 1)
            {
                queue.DequeueEnqueue(reader, (reader.Time, place.Order));
            }
        }

        tcp.End();
        foreach (var (_, reader) in _files)
        {
            DroppedPackets = Saturated.Add(DroppedPackets, reader.DroppedPackets);
        }

        tick(tcp.Now);
    }

    // What was recorded has its own order, file after file as they are named. Each stands at its first packet.
    private void PlayRecordings(TraceEngine engine, Action<long> tick, ISegmentTap? tap, CancellationToken stop)
    {
        var recording = Recording = new RecordingReader(engine, tap) { Wanted = WantsConnection };
        long ticked = 0;
        var sinceTick = 0;
        foreach (var (_, reader) in _files)
        {
            for (var more = reader.PacketCount > 0; more && !stop.IsCancellationRequested; more = reader.Read())
            {
                recording.Accept(reader.Packet);
                if (recording.Time - ticked >= TickInterval || ++sinceTick >= PacketsPerTick)
                {
                    sinceTick = 0;
                    ticked = recording.Time;
                    tick(ticked);
                }
            }
        }

        recording.Finish();
        LacksEnd = !stop.IsCancellationRequested && !recording.HasEnded;
        engine.End(recording.Time);
        tick(recording.Time);
    }

    private bool WantsConnection(ConnectionInfo connection) =>
        Wanted is null || (connection.Local is { } local && connection.Remote is { } remote && Wanted(End(local), End(remote)));

    private static IpEnd End(IPEndPoint end) => IpEnd.Of(end.Address.GetAddressBytes(), (ushort)end.Port);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, reader) in _files)
        {
            reader.Dispose();
        }
    }

    private static CapturePlayer Open(
        List<(string Path, Func<int, CaptureReader> Open)> files, Func<IpEnd, IpEnd, bool>? wanted)
    {
        // Many rotated files share what one would get.
        var size = Math.Clamp(BuffersOfAll / Math.Max(1, files.Count), SmallestBuffer, CaptureReader.DefaultBuffer);
        var opened = new List<(string Path, CaptureReader Reader)>();
        try
        {
            foreach (var (path, open) in files)
            {
                try
                {
                    opened.Add((path, open(size)));
                }
                catch (CaptureFormatException exception)
                {
                    throw new CaptureFormatException($"can't read '{path}': {exception.Message}", exception);
                }
            }
        }
        catch
        {
            opened.ForEach(static file => file.Reader.Dispose());
            throw;
        }

        return new CapturePlayer(opened) { Wanted = wanted };
    }
}
