// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.UnitTests.Captures.Recording;

/// <summary>An engine with a recorder behind it, as live tracing has them, and the files that come of it, in memory.</summary>
internal sealed class RecordingRun : IRecordingTarget, IExchangeHandler
{
    public const long Epoch = 1_700_000_000_000_000_000;

    private readonly TraceEngine _engine;
    private long _now = Epoch;

    public RecordingRun(RecorderOptions? options = null)
    {
        Recorder = new SegmentRecorder(this, options ?? new RecorderOptions { Version = "test" });
        _engine = new TraceEngine(this)
        {
            ConnectionOpened = Recorder.Open,
            ConnectionClosed = Recorder.Close,
            ProtocolFound = Recorder.ProtocolFound,
        };
    }

    public SegmentRecorder Recorder { get; }

    public List<MemoryStream> Files { get; } = [];

    public List<string> Shown { get; } = [];

    public Stream OpenNext()
    {
        Files.Add(new MemoryStream());
        return Files[^1];
    }

    public void OnExchange(Exchange exchange) => Shown.Add(Describe(exchange));

    public void Open(ConnectionInfo connection) => _engine.Open(connection);

    public void Call(
        ulong id,
        Direction direction,
        ulong offset,
        ReadOnlySpan<byte> head,
        ulong? count = null,
        ReadOnlySpan<byte> tail = default,
        SegmentFlags flags = SegmentFlags.None,
        SegmentSource source = SegmentSource.Socket)
    {
        _now += 1_000_003;
        var segment = new Segment
        {
            Connection = new ConnectionId(id),
            Direction = direction,
            StreamOffset = offset,
            ByteCount = count ?? (ulong)(head.Length + tail.Length),
            Head = head,
            Tail = tail,
            Flags = flags,
            Source = source,
            Time = new SegmentTime(_now, _now + 777, 12, 13),
        };
        _engine.Accept(segment);
        Recorder.Accept(segment);
    }

    public void BindTls(ulong id, bool fromStart)
    {
        _engine.BindTls(new ConnectionId(id), SegmentSource.OpenSsl, fromStart, PeerProof.NestedCall);
        Recorder.BindTls(new ConnectionId(id), SegmentSource.OpenSsl, fromStart, PeerProof.NestedCall);
    }

    public void Pass(long nanoseconds = 5_000_000)
    {
        _now += nanoseconds;
        _engine.Advance(_now);
        Recorder.Advance(_now);
        Recorder.Tick(_now);
    }

    public void Lose(ulong calls, params RecordedLoss[] losses) => Recorder.AddLosses(++_now, losses, calls);

    public void Close(ulong id) => _engine.Close(new ConnectionId(id), _now += 1000);

    public void Finish()
    {
        _engine.End(++_now);
        Recorder.Finish(_now);
    }

    public static ConnectionInfo Tcp(ulong id, bool fromStart = true, ulong egress = 1000, ulong ingress = 5000, bool swap = false)
    {
        var server = new IPEndPoint(IPAddress.Loopback, 80);
        var client = new IPEndPoint(IPAddress.Loopback, 50000);
        return new ConnectionInfo
        {
            Id = new ConnectionId(id),
            Role = swap ? EndpointRole.Client : EndpointRole.Server,
            RoleEvidence = swap ? RoleEvidence.Connect : RoleEvidence.Accept,
            ProcessId = 12,
            ProcessCommand = "web server",
            Local = swap ? client : server,
            Remote = swap ? server : client,
            FromStart = fromStart,
            OffsetsKnown = true,
            EgressOffset = egress,
            IngressOffset = ingress,
            FirstSeen = Epoch,
        };
    }

    /// <summary>The exchanges that another engine finds in these files.</summary>
    public static (List<string> Found, RecordingReader Reader) ReadBack(params IEnumerable<MemoryStream> files)
    {
        var found = new List<string>();
        var engine = new TraceEngine(new Collector(found));
        var reader = new RecordingReader(engine);
        foreach (var file in files)
        {
            using var input = CaptureReader.Open(new MemoryStream(file.ToArray()));
            while (input.Read())
            {
                if (!RecordingReader.IsRecording(input.Section))
                {
                    throw new InvalidOperationException("no recording");
                }

                reader.Accept(input.Packet);
            }

            Xunit.Assert.Null(input.Damage);
        }

        reader.Finish();
        engine.End(reader.Time);
        return (found, reader);
    }

    public static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private static string Describe(Exchange x) =>
        $"{x.Id} {x.GetType().Name} {x.State} {x.Completeness} {x.Request} {x.Response} {x.Duration} {x.Connection.Role} " +
        $"{x.Connection.ProcessCommand} {x.Connection.Local} {x.Connection.FirstSeen}" +
        (x.Tls ? $" tls {x.Connection.PeerProof}" : "") + (x is MySqlExchange sql ? $" {sql.StatementText}" : "");

    private sealed class Collector(List<string> found) : IExchangeHandler
    {
        public void OnExchange(Exchange exchange) => found.Add(Describe(exchange));
    }
}
