// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Probe.Captures;
using Xunit;

namespace L7Trace.UnitTests.Corpus;

/// <summary>Bound values of the public corpus, against what another program (pcap2mysql-log) read from the same captures.</summary>
public sealed class CorpusParameterTests
{
    [Theory]
    [InlineData("numeric-types", 4)]
    [InlineData("date-types", 2)]
    [InlineData("execute", 1)]
    public void Bound_values_are_those_that_pcap2mysql_log_read(string name, int executions)
    {
        var folder = CorpusTests.Folder();
        Assert.SkipWhen(folder is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var capture = Path.Combine(folder!, "pcap2mysql-log/test/captures", name);
        var ours = Read(capture + ".pcap").Where(e => e.Command == MySqlCommand.StatementExecute).ToList();
        var theirs = Expected(capture + ".expected").ToList();

        Assert.Equal(executions, ours.Count);
        Assert.Equal(theirs.Select(e => string.Join(" | ", e)), ours.Select(e => string.Join(" | ", Shown(e))));
    }

    /// <summary>Zeek's capture of a query with two attributes, whose names and values its own baseline has too.</summary>
    [Fact]
    public void The_attributes_of_a_captured_query_have_their_names_and_values()
    {
        var folder = CorpusTests.Folder();
        Assert.SkipWhen(folder is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var queries = Read(Path.Combine(folder!, "zeek/testing/btest/Traces/mysql/query-attr.pcap"))
            .Where(e => e is { Command: MySqlCommand.Query, StatementText: "select now()" }).ToList();

        Assert.Equal([("n1", "v1"), ("n2", "v2")], queries[0].Parameters!.Attributes.Select(a => (a.Name!, a.ToString())));
        Assert.Null(queries[1].Parameters);
    }

    private static IEnumerable<string> Shown(MySqlExchange exchange) =>
        exchange.Parameters?.Values.Select(value => Plain(value.ToString())) ?? [];

    // Numbers of both are compared as numbers: 3.4567 has many spellings.
    private static string Plain(string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? decimal.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole.ToString(CultureInfo.InvariantCulture)
            : number.ToString("G6", CultureInfo.InvariantCulture)
        : value;

    private static IEnumerable<IReadOnlyList<string>> Expected(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var data in document.RootElement.EnumerateArray()
            .SelectMany(c => c.GetProperty("Items").EnumerateArray()).Select(i => i.GetProperty("Data")))
        {
            if (data.GetProperty("Type").GetString() == "Execute")
            {
                var values = data.GetProperty("Params");
                yield return values.ValueKind == JsonValueKind.Null ? [] : [.. values.EnumerateArray().Select(v => Plain(v.ToString()))];
            }
        }
    }

    private static List<MySqlExchange> Read(string path)
    {
        var collector = new Collector();
        using var player = CapturePlayer.Open([path]);
        var engine = new TraceEngine(collector, new ParseLimits { MaxParameterBytes = 65536 });
        player.Run(engine, static _ => { }, CancellationToken.None);
        return [.. collector.Exchanges.OfType<MySqlExchange>()];
    }

    private sealed class Collector : IExchangeHandler
    {
        public List<Exchange> Exchanges { get; } = [];

        public void OnExchange(Exchange exchange) => Exchanges.Add(exchange);
    }
}
