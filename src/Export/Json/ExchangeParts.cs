// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Json;

/// <summary>Parts of an exchange that its record has in other shapes than the exchange itself.</summary>
internal static class ExchangeParts
{
    private static readonly (string Field, string Attribute)[] s_attributes =
    [
        ("mysql.client.program_name", "program_name"),
        ("mysql.client.name", "_client_name"),
        ("mysql.client.version", "_client_version"),
        ("mysql.client.pid", "_pid"),
        ("mysql.client.os", "_os"),
    ];

    private static readonly Dictionary<string, Http1Warnings> s_warnings = Enum.GetValues<Http1Warnings>()
        .Where(static warning => warning != Http1Warnings.None)
        .ToDictionary(static warning => Words.Of(warning).Single(), StringComparer.Ordinal);

    /// <summary>The id says where in the stream the request begins, or the response where the request was not seen.</summary>
    public static void SetOffset(Exchange exchange, string id)
    {
        var text = id.AsSpan(id.AsSpan().IndexOfAny('-', 't') + 1);
        var isResponse = text.StartsWith('r');
        if (!ulong.TryParse(text[(isResponse ? 1 : 0)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset))
        {
            return;
        }

        if (isResponse)
        {
            var seen = exchange.Response.Seen ? exchange.Response : exchange.Request;
            exchange.Request = default;
            exchange.Response = seen with { StartOffset = offset };
        }
        else
        {
            exchange.Request = exchange.Request with { StartOffset = offset };
        }
    }

    /// <summary>As much of the other view as was recorded: its process and, of a server's view, its duration.</summary>
    public static Exchange? OtherEnd(JsonElement record, Exchange exchange)
    {
        var own = exchange.Connection;
        var duration = own.Role == EndpointRole.Server ? null : JsonLinesReader.Number(record, "server.duration_ns", long.MaxValue >> 2);
        var command = JsonLinesReader.Text(record, "peer.process.command");
        if (duration is null && command is null)
        {
            return null;
        }

        var connection = new ConnectionInfo
        {
            Id = own.Id,
            Role = own.Role == EndpointRole.Server ? EndpointRole.Client : EndpointRole.Server,
            ProcessId = (uint)(JsonLinesReader.Number(record, "peer.process.pid", uint.MaxValue) ?? 0),
            ProcessCommand = command ?? "",
            Local = own.Remote,
            Remote = own.Local,
            UnixPath = own.UnixPath,
        };
        Exchange view = exchange is HttpExchange
            ? new HttpExchange(exchange.Protocol) { Connection = connection }
            : exchange is WebSocketExchange ? new WebSocketExchange { Connection = connection }
            : new MySqlExchange { Connection = connection };
        view.State = duration is null ? ExchangeState.Lost : ExchangeState.Done;
        var start = JsonLinesReader.At(exchange.Start, 0, 0);
        view.Request = new MessageTiming { Seen = true, First = start, Last = start };
        if (duration is { } time)
        {
            var end = JsonLinesReader.At(exchange.Start, time, 0);
            view.Response = new MessageTiming { Seen = true, First = end, Last = end };
        }

        return view;
    }

    /// <summary>What the client's library told of itself; empty for nothing.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ClientAttributes(JsonElement record)
    {
        List<KeyValuePair<string, string>>? attributes = null;
        foreach (var (field, attribute) in s_attributes)
        {
            if (JsonLinesReader.Text(record, field) is { } value)
            {
                (attributes ??= []).Add(new(attribute, value));
            }
        }

        return attributes is null ? [] : attributes;
    }

    /// <summary>Warnings of HTTP/1; those of other names than ours are left out.</summary>
    public static Http1Warnings Warnings(JsonElement record)
    {
        var warnings = Http1Warnings.None;
        if (record.TryGetProperty("http.warnings", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var word in list.EnumerateArray())
            {
                if (word.ValueKind == JsonValueKind.String && s_warnings.TryGetValue(word.GetString()!, out var warning))
                {
                    warnings |= warning;
                }
            }
        }

        return warnings;
    }
}
