// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Compression;
using L7Trace.UnitTests.Corpus;
using Xunit;

namespace L7Trace.UnitTests.Http2;

/// <summary>Every HTTP/2 capture of the public corpus, read from each of its packets on, against what the whole of it says.</summary>
public sealed class Http2JoinCorpusTests(ITestOutputHelper output)
{
    private const int FileHeader = 24, PacketHeader = 16;

    [Fact]
    public void Joined_at_any_packet_no_field_is_wrong()
    {
        var corpus = CorpusTests.Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        int files = 0, joins = 0;
        long known = 0, unknown = 0;
        var folder = Directory.CreateTempSubdirectory("l7trace-join-");
        try
        {
            foreach (var path in Directory.GetFiles(corpus!, "*.pcap", SearchOption.AllDirectories).Where(IsPlain).Order(StringComparer.Ordinal))
            {
                var whole = Read(path);
                if (whole.Count == 0)
                {
                    continue;
                }

                files++;
                var truth = whole.GroupBy(KeyOf).ToDictionary(group => group.Key, group => group.First());
                var bytes = File.ReadAllBytes(path);
                for (var at = Next(bytes, FileHeader); at < bytes.Length; at = Next(bytes, at))
                {
                    var part = Path.Combine(folder.FullName, "part.pcap");
                    File.WriteAllBytes(part, [.. bytes[..FileHeader], .. bytes[at..]]);
                    joins++;
                    foreach (var exchange in Read(part))
                    {
                        var right = truth[KeyOf(exchange)];
                        var what = $"{Path.GetFileName(Path.GetDirectoryName(path))} from {at}, stream {exchange.StreamId}";
                        Assert.True(exchange.Path is null || exchange.Path == right.Path, what);
                        Assert.True(exchange.Method is null || exchange.Method == right.Method, what);
                        Assert.True(exchange.Host is null || exchange.Host == right.Host || right.Host is null, what);
                        Assert.All(exchange.RequestHeaders.Concat(exchange.RequestTrailers), header => Assert.Contains(header, right.RequestHeaders.Concat(right.RequestTrailers)));
                        if (!right.IsReset) // what comes behind a reset is passed over, where the reset was seen
                        {
                            Assert.True(exchange.StatusCode is null || exchange.StatusCode == right.StatusCode, what);
                            Assert.True(exchange.State != ExchangeState.Done || exchange.ResponseBodySize is null || exchange.ResponseBodySize == right.ResponseBodySize, what);
                            Assert.All(exchange.ResponseHeaders.Concat(exchange.ResponseTrailers), header => Assert.Contains(header, right.ResponseHeaders.Concat(right.ResponseTrailers)));
                        }

                        known += exchange.RequestHeaders.Count + exchange.ResponseHeaders.Count + exchange.ResponseTrailers.Count;
                        unknown += exchange.UnknownFields.Count;
                    }
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{files} captures joined at {joins} packets: {100.0 * known / (known + unknown):F1} % of {known + unknown} header fields are known, none is wrong"));
        Assert.True(files > 5);
    }

    private static (int, uint) KeyOf(HttpExchange exchange) =>
        (exchange.Connection.ClientEndPoint?.Port ?? 0, exchange.StreamId!.Value);

    private static bool IsPlain(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[4];
        return file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic.SequenceEqual<byte>([0xd4, 0xc3, 0xb2, 0xa1]);
    }

    private static int Next(byte[] bytes, int at) => at + PacketHeader + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 8));

    private static List<HttpExchange> Read(string path)
    {
        var handler = new Collector();
        using var player = CapturePlayer.Open([path]);
        var engine = new TraceEngine(handler, inflaters: ProbeInflaters.All);
        player.Run(engine, static _ => { }, CancellationToken.None);
        engine.VisitInFlight(handler.OnExchange);
        Assert.Equal(0ul, engine.Counters.Faults);
        return handler.Found;
    }

    private sealed class Collector : IExchangeHandler
    {
        public List<HttpExchange> Found { get; } = [];

        public void OnExchange(Exchange exchange)
        {
            if (exchange is HttpExchange { Protocol: Protocol.Http2 } http)
            {
                Found.Add(http);
            }
        }
    }
}
