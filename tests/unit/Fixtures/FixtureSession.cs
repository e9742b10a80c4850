// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Compression;

namespace L7Trace.UnitTests.Fixtures;

/// <summary>
/// The exchanges of a recorded session, by connection and start, in the names of docs/json.md, without what is another at
/// each recording (times, ports, processes, ids) and without the view: a packet capture and a recording of the server's calls must
/// say the same.
/// </summary>
internal sealed class FixtureSession : IExchangeHandler
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_different =
    [
        "v", "type", "id", "connection.id", "role", "start", "duration_ns", "age_ns", "time_to_first_byte_ns", "server.duration_ns",
        "http.upload_ns", "http.wait_ns", "http.download_ns",
        "process.pid", "process.command", "peer.process.pid", "peer.process.command", "network.transport", "client.address",
        "client.port", "server.address", "server.port", "network.local.address", "network.local.port", "network.peer.address",
        "network.peer.port", "peer.proof", "tls", "mysql.connection_id", "mysql.client.pid",
        "db.query.digest", "url.template", // made of the text, and tested by themselves
    ];

    private readonly List<(long Start, ulong Connection, Exchange Exchange)> _found = [];

    public void OnExchange(Exchange exchange) => _found.Add((exchange.Start, exchange.Connection.Id.Value, exchange));

    public static List<JsonObject> Read(string path)
    {
        var session = new FixtureSession();
        using var player = CapturePlayer.Open([path]);
        var limits = ParseLimits.Default with { MaxParameterBytes = ParseLimits.Default.MaxStatementText };
        var engine = new TraceEngine(session, limits, ProbeInflaters.All);
        player.Run(engine, static _ => { }, CancellationToken.None);
        engine.VisitInFlight(session.OnExchange);
        Xunit.Assert.Empty(player.Damage);
        return session.Lines();
    }

    public static string Text(JsonObject line) => line.ToJsonString(s_json);

    private List<JsonObject> Lines()
    {
        var order = _found.GroupBy(static x => x.Connection).OrderBy(static x => x.Min(static y => y.Start))
            .Select(static (x, i) => (x.Key, i)).ToDictionary(static x => x.Key, static x => x.i + 1);
        return
        [
            .. _found.OrderBy(x => order[x.Connection]).ThenBy(static x => x.Start)
                .Select(x => Line(x.Exchange, order[x.Connection])),
        ];
    }

    private static JsonObject Line(Exchange exchange, int connection)
    {
        using var stream = new MemoryStream();
        using var writer = new JsonLinesWriter(stream, Redaction.Off, now: static () => 0);
        writer.Write(exchange);
        writer.Flush();
        var all = JsonNode.Parse(Encoding.UTF8.GetString(stream.ToArray()))!.AsObject();
        var line = new JsonObject { ["connection"] = $"c{connection}" };
        foreach (var (name, value) in all)
        {
            if (!s_different.Contains(name))
            {
                line[name] = value is null ? null : Short(value); // null: a parameter's NULL
            }
        }

        line["duration"] = all.ContainsKey("duration_ns") ? "known" : "unknown";
        return line;
    }

    // A statement of many kilobytes is in the session; here its beginning is enough to know it by.
    private static JsonNode Short(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 500 } text
            ? JsonValue.Create($"{text[..100]}... ({text.Length} characters)")
            : value.DeepClone();
}
