// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Json;

/// <summary>The fields of an exchange behind the head of its record, as <see cref="ExchangeFields"/> lists them. A field that is not known is not written.</summary>
internal sealed class ExchangeJson(FieldContext context)
{
    private const int RememberedConnections = 256; // a power of two

    private static readonly (int First, int Count) s_ofConnection = (
        Array.FindIndex(CommonFields.All, static field => field.Group == FieldGroup.Connection),
        CommonFields.All.Count(static field => field.Group == FieldGroup.Connection));

    private readonly OfConnection[] _connections = new OfConnection[RememberedConnections];

    /// <summary>Writes them; of what still runs, <paramref name="now"/> tells the age.</summary>
    public void Write(JsonLine json, Exchange exchange, long now)
    {
        context.Now = now;
        var groups = FieldGroups.Of(exchange);
        var (first, count) = s_ofConnection;
        Write(json, CommonFields.All.AsSpan(0, first), exchange, groups);
        WriteConnection(json, CommonFields.All.AsSpan(first, count), exchange, groups);
        Write(json, CommonFields.All.AsSpan(first + count), exchange, groups);
        switch (exchange)
        {
            case MySqlExchange:
                Write(json, MySqlFields.All, exchange, groups);
                break;
            case HttpExchange:
                Write(json, HttpFields.All, exchange, groups);
                break;
            case WebSocketExchange:
                Write(json, HttpFields.OfTarget, exchange, groups);
                Write(json, WebSocketFields.All, exchange, groups);
                break;
        }
    }

    /// <summary>Writes the facts of its connection alone.</summary>
    public void WriteConnection(JsonLine json, Exchange exchange)
    {
        var (first, count) = s_ofConnection;
        WriteConnection(json, CommonFields.All.AsSpan(first, count), exchange, FieldGroups.Of(exchange));
    }

    private void Write(JsonLine json, ReadOnlySpan<ExchangeField> fields, Exchange exchange, uint groups)
    {
        foreach (var field in fields)
        {
            if (FieldGroups.Has(groups, field.Group))
            {
                field.Write(json, context, exchange);
            }
        }
    }

    // They are the same for every exchange of a connection until its role or its peer is learnt.
    private void WriteConnection(JsonLine json, ReadOnlySpan<ExchangeField> fields, Exchange exchange, uint groups)
    {
        var connection = exchange.Connection;
        ref var known = ref _connections[(int)(connection.Id.Value & (RememberedConnections - 1))];
        if (ReferenceEquals(known.Connection, connection) && known.Role == connection.Role && known.Proof == connection.PeerProof)
        {
            json.WriteRaw(known.Text);
            return;
        }

        var start = json.Length;
        Write(json, fields, exchange, groups);
        known = new OfConnection(connection, connection.Role, connection.PeerProof, json.Written[start..].ToArray());
    }

    private readonly record struct OfConnection(ConnectionInfo Connection, EndpointRole Role, PeerProof Proof, byte[] Text);
}
