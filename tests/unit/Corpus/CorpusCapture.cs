// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Compression;

namespace L7Trace.UnitTests.Corpus;

/// <summary>What was found in one capture, by kind: "mysql", "answer", "request", "status", "http2", "http2status"; texts without what tools escape.</summary>
internal sealed class CorpusCapture : IExchangeHandler
{
    private const int Compared = 400;

    public Dictionary<string, List<string>> Found { get; } = new()
    {
        ["mysql"] = [],
        ["answer"] = [],
        ["request"] = [],
        ["status"] = [],
        ["http2"] = [],
        ["http2status"] = [],
    };

    /// <summary>Connections that turned out to be TLS.</summary>
    public int Tls { get; private set; }

    /// <summary>Exchanges with a warning, shown or not in what is compared.</summary>
    public int Warned { get; private set; }

    public IReadOnlyList<CaptureFileDamage> Damage { get; private set; } = [];

    public string? Refused { get; private set; }

    public ulong Faults { get; private set; }

    public long Packets { get; private set; }

    /// <summary>Reads one capture to its end.</summary>
    public static CorpusCapture Read(string path)
    {
        var capture = new CorpusCapture();
        try
        {
            using var player = CapturePlayer.Open([path]);
            var engine = new TraceEngine(capture, inflaters: ProbeInflaters.All)
            {
                ProtocolFound = (_, protocol) => capture.Tls += protocol == Protocol.Tls ? 1 : 0,
            };
            player.Run(engine, static _ => { }, CancellationToken.None);
            engine.VisitInFlight(capture.OnExchange);
            capture.Faults = engine.Counters.Faults;
            capture.Damage = player.Damage;
            capture.Packets = player.Packets;
        }
        catch (CaptureFormatException exception)
        {
            capture.Refused = exception.Message;
        }

        return capture;
    }

    /// <summary>What another tool says, in the same form; interim answers are no exchanges of their own.</summary>
    public static Dictionary<string, List<string>> Expected(JsonElement row) => new()
    {
        ["mysql"] = [.. row.GetProperty("mysql_queries").EnumerateArray().Select(static q => Plain(q.GetString()!))],
        ["request"] = [.. row.GetProperty("http1_requests").EnumerateArray()
            .Select(static r => Plain(string.Join(' ', r.EnumerateArray().Select(static part => part.GetString()))))],
        ["status"] = [.. row.GetProperty("http1_status").EnumerateArray().Select(static s => s.GetString()!)
            .Where(static s => s is "101" || !s.StartsWith('1'))],
        ["http2"] = [.. row.GetProperty("http2_requests").EnumerateArray()
            .Select(static r => Plain(string.Join(' ', r.EnumerateArray().Select(static part => part.GetString()))))],
        ["http2status"] = [.. row.GetProperty("http2_status").EnumerateArray().Select(static s => s.GetString()!)
            .Where(static s => !s.StartsWith('1'))],
    };

    public void OnExchange(Exchange exchange)
    {
        if (exchange is MySqlExchange answered && ExpectedAnswers.Of(answered) is { } answer)
        {
            Found["answer"].Add(answer);
        }

        switch (exchange)
        {
            case MySqlExchange { Command: MySqlCommand.Query or MySqlCommand.StatementPrepare, StatementText: { } text }:
                Found["mysql"].Add(Plain(text));
                break;
            case HttpExchange { Protocol: Protocol.Http2 } http2:
                if (http2.Method is not null)
                {
                    Found["http2"].Add(Plain($"{http2.Method} {http2.Target}"));
                }

                if (http2.StatusCode is { } code)
                {
                    Found["http2status"].Add(code.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }

                break;
            case HttpExchange { Protocol: Protocol.Http1 } http:
                Warned += http.Warnings != 0 ? 1 : 0;
                if (http.Method is not null)
                {
                    Found["request"].Add(Plain($"{http.Method} {http.Target}"));
                }

                if (http.StatusCode is { } status)
                {
                    Found["status"].Add(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }

                break;
        }
    }

    // Tools escape what is no letter in several ways, n and t of \n and \t among it.
    private static string Plain(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length && plain.Length < Compared; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is 'n' or 't' or 'r' or '\\')
            {
                i++;
            }
            else if (text[i] is > ' ' and < (char)127 and not '\\' and not '"')
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }
}
