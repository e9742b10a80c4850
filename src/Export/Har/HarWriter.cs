// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text.Json;
using L7Trace.Export.Bodies;
using L7Trace.Export.Json;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Har;

/// <summary>
/// Writes HTTP exchanges as an HTTP Archive (HAR 1.2, as browsers' tools read it). One JSON document: it is whole only
/// after <see cref="Dispose"/>. Requests that were not seen, and those still running, are left out and counted. Not
/// thread-safe.
/// </summary>
public sealed class HarWriter : IExchangeSink, IDisposable
{
    private const int BufferSize = 64 * 1024;
    private const int MaxSockets = 10_000;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(BufferSize);
    private readonly Utf8JsonWriter _json;
    private readonly HarEntry _entry;
    private readonly Dictionary<ulong, HarSocket> _sockets = []; // whose messages are still being gathered
    private bool _ended;

    /// <summary>Makes one and begins the document.</summary>
    /// <param name="stream">Where it goes; stays open.</param>
    /// <param name="version">l7trace's version.</param>
    /// <param name="redaction">What is withheld; the default when null.</param>
    /// <param name="inflaters">For bodies that are compressed; the BCL's when null.</param>
    public HarWriter(Stream stream, string version, Redaction? redaction = null, Inflaters? inflaters = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _entry = new HarEntry(redaction ?? Redaction.Default, new ContentDecoder(inflaters ?? Inflaters.Default));
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JsonText.Encoder });
        _json.WriteStartObject();
        _json.WriteStartObject("log"u8);
        _json.WriteString("version"u8, "1.2"u8);
        _json.WriteStartObject("creator"u8);
        _json.WriteString("name"u8, "l7trace"u8);
        _json.WriteString("version"u8, version);
        _json.WriteEndObject();
        _json.WriteStartArray("pages"u8);
        _json.WriteEndArray();
        _json.WriteStartArray("entries"u8);
    }

    /// <summary>Exchanges of other protocols, answers without their request, and what still runs.</summary>
    public long LeftOut { get; private set; }

    /// <inheritdoc/>
    public void Write(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange is WebSocketExchange socket && TakeMessage(socket))
        {
            return;
        }

        if (exchange is not HttpExchange { Method: not null, Request.Seen: true } http || http.State == ExchangeState.Running)
        {
            LeftOut++;
            return;
        }

        if (new HarSocket(http) is { IsWebSocket: true } && _sockets.Count < MaxSockets)
        {
            _sockets.Remove(http.Connection.Id.Value, out var before); // a connection has one; another has its number now
            WriteSocket(before);
            _sockets.Add(http.Connection.Id.Value, new HarSocket(http));
            return;
        }

        _entry.Write(_json, http);
        FlushWhenFull();
    }

    // The entry of a handshake waits for the record of its connection, which is the last one of it.
    private bool TakeMessage(WebSocketExchange exchange)
    {
        var id = exchange.Connection.Id.Value;
        if (!_sockets.TryGetValue(id, out var socket))
        {
            return false;
        }

        if (exchange.Message is not null)
        {
            LeftOut += socket.TryAdd(exchange) ? 0 : 1;
        }
        else if (exchange.State != ExchangeState.Running)
        {
            _sockets.Remove(id);
            WriteSocket(socket);
        }

        return true;
    }

    private void WriteSocket(HarSocket? socket)
    {
        if (socket is not null)
        {
            _entry.Write(_json, socket.Handshake, socket.Messages);
            FlushWhenFull();
        }
    }

    private void FlushWhenFull()
    {
        if (_buffer.WrittenCount + _json.BytesPending >= BufferSize / 2)
        {
            Flush();
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        _json.Flush();
        try
        {
            _stream.Write(_buffer.WrittenSpan);
        }
        finally
        {
            _buffer.ResetWrittenCount();
        }

        _stream.Flush();
    }

    /// <summary>Ends the document and writes what is buffered.</summary>
    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        foreach (var socket in _sockets.Values)
        {
            WriteSocket(socket);
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndObject();
        Flush();
        _json.Dispose();
    }
}
