// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Plaintext;

/// <summary>Writes plaintext for programs: a JSON object per call (docs/tls.md). What is no UTF-8 comes in base64.</summary>
public sealed class PlaintextJsonWriter
{
    private readonly Stream _output;
    private readonly PlaintextView _view;
    private readonly int _maxBytes;
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);

    /// <summary>Makes one.</summary>
    /// <param name="output">Where the lines go; stays open.</param>
    /// <param name="redaction">What is withheld.</param>
    /// <param name="maxBytes">Bytes of a call that are shown at most.</param>
    public PlaintextJsonWriter(Stream output, Redaction redaction, int maxBytes)
    {
        _output = output;
        _view = new PlaintextView(redaction);
        _maxBytes = maxBytes;
    }

    /// <summary>Writes one call.</summary>
    public void Write(PlaintextCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var parts = _view.Of(call, out var missing);
        _line.Clear();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            WriteFacts(json, call);
            if (missing > 0)
            {
                json.WriteNumber("missing_before"u8, missing);
            }

            WriteContent(json, parts);
            json.WriteEndObject();
        }

        _line.Write("\n"u8);
        _output.Write(_line.WrittenSpan);
    }

    // The library's own encoder makes escapes of all that is not ASCII: nothing of it acts on a terminal.
    private static void WriteFacts(Utf8JsonWriter json, PlaintextCall call)
    {
        var connection = call.Stream.Connection;
        var (id, command) = ExchangeFacts.ProcessOf(connection, call.ProcessId);
        json.WriteNumber("v"u8, 1);
        json.WriteString("type"u8, "plaintext"u8);
        Span<char> time = stackalloc char[Timestamp.Length];
        json.WriteString("time"u8, Timestamp.Format(call.Time, time));
        json.WriteString("connection.id"u8, connection.Id.Value.ToString("x", CultureInfo.InvariantCulture));
        json.WriteString("direction"u8, call.Direction == Direction.Egress ? "egress"u8 : "ingress"u8);
        json.WriteString("protocol"u8, Words.Of(call.Protocol));
        json.WriteString("role"u8, Words.Of(connection.Role));
        if (id != 0)
        {
            json.WriteNumber("process.pid"u8, id);
        }

        if (command is not null)
        {
            json.WriteString("process.command"u8, command);
        }

        WriteEnd(json, "network.local."u8, connection.Local);
        WriteEnd(json, "network.peer."u8, connection.Remote);
        json.WriteString("peer.proof"u8, Words.Of(connection.PeerProof));
        json.WriteString("tls.library"u8, call.Source switch
        {
            SegmentSource.GnuTls => "gnutls"u8,
            SegmentSource.GoTls => "go"u8,
            SegmentSource.KernelTls => "ktls"u8,
            SegmentSource.Nss => "nss"u8,
            _ => "openssl"u8,
        });
        json.WriteNumber("offset"u8, call.Offset);
        json.WriteNumber("size"u8, call.ByteCount);
    }

    private static void WriteEnd(Utf8JsonWriter json, ReadOnlySpan<byte> prefix, IPEndPoint? end)
    {
        if (end is not null)
        {
            var address = end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address;
            json.WriteString((byte[])[.. prefix, .. "address"u8], address.ToString());
            json.WriteNumber((byte[])[.. prefix, .. "port"u8], end.Port);
        }
    }

    private void WriteContent(Utf8JsonWriter json, IReadOnlyList<PlaintextPart> parts)
    {
        _bytes.Clear();
        var cut = 0;
        foreach (var part in parts)
        {
            var shown = part.Bytes.Span[..Math.Min(part.Bytes.Length, _maxBytes - _bytes.WrittenCount)];
            _bytes.Write(shown);
            cut += part.Bytes.Length - shown.Length;
        }

        if (_bytes.WrittenCount > 0)
        {
            if (Utf8.IsValid(_bytes.WrittenSpan))
            {
                json.WriteString("text"u8, Encoding.UTF8.GetString(_bytes.WrittenSpan));
            }
            else
            {
                json.WriteBase64String("base64"u8, _bytes.WrittenSpan);
            }
        }

        if (cut > 0)
        {
            json.WriteNumber("not_shown_bytes"u8, cut);
        }

        if (parts.Any(static part => part.Remark is not null))
        {
            json.WriteStartArray("remarks"u8);
            foreach (var part in parts.Where(static part => part.Remark is not null))
            {
                json.WriteStringValue(part.Remark);
            }

            json.WriteEndArray();
        }
    }
}
