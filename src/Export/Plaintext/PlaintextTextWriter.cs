// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Text;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Plaintext;

/// <summary>
/// Writes plaintext for people: a line that says when, who, which way, to whom and how that is known, and below it, indented, the
/// text, or a hexadecimal dump where it is none. Nothing that was captured reaches the terminal as a command.
/// </summary>
public sealed class PlaintextTextWriter
{
    private const string Indent = "  ";
    private const int TextShare = 8; // one byte in so many may be none of a text's
    private const int PerLine = 16;
    private const int LongestLine = 4096;

    private readonly TextWriter _output;
    private readonly PlaintextView _view;
    private readonly bool _hex;
    private readonly int _maxBytes;
    private readonly TimeZoneInfo _zone;

    /// <summary>Makes one.</summary>
    /// <param name="output">Where the lines go; stays open.</param>
    /// <param name="redaction">What is withheld.</param>
    /// <param name="hex">Everything is dumped.</param>
    /// <param name="maxBytes">Bytes of a call that are shown at most.</param>
    /// <param name="zone">Time zone of the times; the machine's when null.</param>
    public PlaintextTextWriter(TextWriter output, Redaction redaction, bool hex, int maxBytes, TimeZoneInfo? zone = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _view = new PlaintextView(redaction);
        _hex = hex;
        _maxBytes = maxBytes;
        _zone = zone ?? TimeZoneInfo.Local;
    }

    /// <summary>Writes one call.</summary>
    public void Write(PlaintextCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var parts = _view.Of(call, out var missing);
        WriteHead(call, missing);
        var left = _maxBytes;
        foreach (var part in parts)
        {
            if (part.Remark is { } remark)
            {
                _output.Write($"{Indent}[{TerminalText.Sanitize(remark)}]\n");
                continue;
            }

            var bytes = part.Bytes.Span;
            var shown = bytes[..Math.Min(left, bytes.Length)];
            WriteBytes(shown);
            left -= shown.Length;
            if (shown.Length < bytes.Length)
            {
                _output.Write(string.Create(CultureInfo.InvariantCulture, $"{Indent}[{bytes.Length - shown.Length:#,0} more bytes: --max-bytes]\n"));
            }
        }
    }

    /// <summary>True when bytes are taken for text: valid UTF-8 but for a few, and hardly a control character.</summary>
    internal static bool IsText(ReadOnlySpan<byte> bytes)
    {
        var others = 0;
        var all = bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) != OperationStatus.Done
                || (rune.Value < ' ' && rune.Value is not ('\t' or '\r' or '\n' or '\e')))
            {
                others += used;
            }

            bytes = bytes[used..];
        }

        return others <= all / TextShare;
    }

    private void WriteHead(PlaintextCall call, ulong missing)
    {
        var connection = call.Stream.Connection;
        var (id, command) = ExchangeFacts.ProcessOf(connection, call.ProcessId);
        var time = TimeZoneInfo.ConvertTimeFromUtc(DateTime.UnixEpoch.AddTicks(Math.Max(0, call.Time) / 100), _zone);
        var process = id == 0 ? "?" : string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Sanitize(command ?? "?")}[{id}]");
        _output.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{time:HH:mm:ss.ffffff} {process} {(call.Direction == Direction.Egress ? "->" : "<-")} {PlainLineWriter.PeerText(connection)}  {ProtocolOf(call.Protocol)}  {call.ByteCount:#,0} {(call.ByteCount == 1 ? "byte" : "bytes")}"));
        _output.Write(connection.PeerProof == PeerProof.Unknown ? "  [peer unknown]" : $"  [peer by {Words.Of(connection.PeerProof).Replace('_', ' ')}]");
        if (missing > 0)
        {
            // What nobody counted comes as a hole of 4 GiB.
            _output.Write(missing > int.MaxValue ? "  [some bytes before are missing]"
                : string.Create(CultureInfo.InvariantCulture, $"  [{missing:#,0} bytes before are missing]"));
        }

        _output.Write('\n');
    }

    private static string ProtocolOf(Protocol protocol) => protocol switch
    {
        Protocol.Http1 => "http/1",
        Protocol.Http2 => "http/2",
        Protocol.Unknown or Protocol.Other or Protocol.Tls => "protocol unknown",
        _ => Words.Of(protocol),
    };

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (_hex || !IsText(bytes))
        {
            for (var at = 0; at < bytes.Length; at += PerLine)
            {
                WriteDump(at, bytes[at..Math.Min(bytes.Length, at + PerLine)]);
            }

            return;
        }

        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            line = line.EndsWith("\r"u8) ? line[..^1] : line;
            do
            {
                var piece = line[..Math.Min(LongestLine, line.Length)];
                _output.Write(Indent);
                _output.Write(TerminalText.Sanitize(Encoding.UTF8.GetString(piece)));
                _output.Write('\n');
                line = line[piece.Length..];
            }
            while (!line.IsEmpty);
        }
    }

    private void WriteDump(int at, ReadOnlySpan<byte> bytes)
    {
        var line = new StringBuilder(80).Append(Indent).Append(CultureInfo.InvariantCulture, $"{at:x6} ");
        for (var i = 0; i < PerLine; i++)
        {
            line.Append(i == PerLine / 2 ? "  " : " ");
            _ = i < bytes.Length ? line.Append(CultureInfo.InvariantCulture, $"{bytes[i]:x2}") : line.Append("  ");
        }

        line.Append("  |");
        foreach (var b in bytes)
        {
            line.Append(b is >= 0x20 and < 0x7f ? (char)b : '.');
        }

        _output.Write(line.Append("|\n").ToString());
    }
}
