// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.Probe.Captures;
using L7Trace.UnitTests.Corpus;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.WebSocket;

/// <summary>The WebSocket captures of the public corpus, against tests/corpus/websocket.tsv, which is tshark's reading.</summary>
public sealed class WebSocketCorpusTests
{
    [Fact]
    public void Messages_of_the_corpus_are_those_that_tshark_reads()
    {
        var corpus = CorpusTests.Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var rows = Repository.Read("tests/corpus/websocket.tsv").Split('\n')
            .Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => line.Split('\t')).ToList();

        Assert.Equal(20, rows.Count);
        foreach (var row in rows)
        {
            var ours = Read(Path.Combine(corpus!, row[0])).Where(m => m.IsFromClient == (row[1] == "client"))
                .Select(m => string.Create(CultureInfo.InvariantCulture, $"{(int)m.Opcode}:{m.Bytes}/{m.Frames}"));
            Assert.Equal($"{row[0]} {row[1]} {row[2]}", $"{row[0]} {row[1]} {string.Join(' ', ours)}");
        }
    }

    [Fact]
    public void The_corpus_tells_of_a_wrong_accept_and_of_close_codes()
    {
        var corpus = CorpusTests.Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var folder = Path.Combine(corpus!, "zeek/testing/btest/Traces/websocket");
        var wrong = Records(Path.Combine(folder, "wrong-accept-header.pcap")).Single(e => e.Message is null);
        var large = Records(Path.Combine(folder, "message-too-big-status.pcap")).Single(e => e.Message is null);

        Assert.Equal(WebSocketWarnings.BadAccept, wrong.Warnings);
        Assert.True(large is { CloseCode: 1009, IsClosedByClient: true, IsError: true, State: ExchangeState.Done });
    }

    private static IEnumerable<WebSocketMessage> Read(string path) => Records(path).Where(e => e.Message is not null).Select(e => e.Message!);

    private static List<WebSocketExchange> Records(string path)
    {
        var collector = new Collector();
        using var player = CapturePlayer.Open([path]);
        var engine = new TraceEngine(collector, new ParseLimits { KeepsWebSocketMessages = true });
        player.Run(engine, static _ => { }, CancellationToken.None);
        engine.VisitInFlight(collector.OnExchange);
        return [.. collector.Exchanges.OfType<WebSocketExchange>()];
    }

    private sealed class Collector : IExchangeHandler
    {
        public List<Exchange> Exchanges { get; } = [];

        public void OnExchange(Exchange exchange) => Exchanges.Add(exchange);
    }
}
