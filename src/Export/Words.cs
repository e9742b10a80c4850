// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export;

/// <summary>Values of enums as every output writes them.</summary>
public static class Words
{
    /// <summary>"mysql", "http" or "websocket"; the version of HTTP is a field of its own.</summary>
    public static string Of(Protocol protocol) => protocol switch
    {
        Protocol.MySql => "mysql",
        Protocol.Http1 or Protocol.Http2 => "http",
        Protocol.Tls => "tls",
        Protocol.Other => "other",
        Protocol.MySqlX => "mysqlx",
        Protocol.WebSocket => "websocket",
        _ => "unknown",
    };

    /// <summary>"client", "server" or "unknown".</summary>
    public static string Of(EndpointRole role) => role switch
    {
        EndpointRole.Client => "client",
        EndpointRole.Server => "server",
        _ => "unknown",
    };

    /// <summary>"done", "running", "aborted", "one_way" or "lost".</summary>
    public static string Of(ExchangeState state) => state switch
    {
        ExchangeState.Done => "done",
        ExchangeState.Running => "running",
        ExchangeState.Aborted => "aborted",
        ExchangeState.OneWay => "one_way",
        _ => "lost",
    };

    /// <summary>"complete", "truncated", "resynced" or "unmatched".</summary>
    public static string Of(CompletenessKind kind) => kind switch
    {
        CompletenessKind.Complete => "complete",
        CompletenessKind.Truncated => "truncated",
        CompletenessKind.Resynced => "resynced",
        _ => "unmatched",
    };

    /// <summary>The names of one warning or of several, in the order of their bits.</summary>
    public static IEnumerable<string> Of(Http1Warnings warnings)
    {
        for (var bit = 1; bit <= (int)Http1Warnings.OddChunk; bit <<= 1)
        {
            if (((int)warnings & bit) != 0)
            {
                yield return NameOf((Http1Warnings)bit);
            }
        }
    }

    /// <summary>The names of what was wrong on a WebSocket connection, in the order of their bits.</summary>
    public static IEnumerable<string> Of(WebSocketWarnings warnings)
    {
        for (var bit = 1; bit <= (int)WebSocketWarnings.BadAccept; bit <<= 1)
        {
            if (((int)warnings & bit) != 0)
            {
                yield return NameOf((WebSocketWarnings)bit);
            }
        }
    }

    /// <summary>"text", "binary", "close", "ping" or "pong".</summary>
    public static string Of(WebSocketOpcode opcode) => opcode switch
    {
        WebSocketOpcode.Text => "text",
        WebSocketOpcode.Close => "close",
        WebSocketOpcode.Ping => "ping",
        WebSocketOpcode.Pong => "pong",
        _ => "binary",
    };

    /// <summary>"socket", "nested_call", "ciphertext_match" or "unknown".</summary>
    public static string Of(PeerProof proof) => proof switch
    {
        PeerProof.Socket => "socket",
        PeerProof.NestedCall => "nested_call",
        PeerProof.CiphertextMatch => "ciphertext_match",
        _ => "unknown",
    };

    private static string NameOf(WebSocketWarnings warning) => warning switch
    {
        WebSocketWarnings.ReservedBits => "reserved_bits",
        WebSocketWarnings.ReservedOpcode => "reserved_opcode",
        WebSocketWarnings.BadMask => "bad_mask",
        WebSocketWarnings.FragmentedControl => "fragmented_control",
        WebSocketWarnings.LongControl => "long_control",
        WebSocketWarnings.LongLength => "long_length",
        WebSocketWarnings.BadContinuation => "bad_continuation",
        WebSocketWarnings.BadText => "bad_text",
        WebSocketWarnings.BadClose => "bad_close",
        WebSocketWarnings.AfterClose => "after_close",
        WebSocketWarnings.BadCompression => "bad_compression",
        WebSocketWarnings.BadAccept => "bad_accept",
        _ => "other",
    };

    private static string NameOf(Http1Warnings warning) => warning switch
    {
        Http1Warnings.BothLengths => "both_lengths",
        Http1Warnings.BadContentLength => "bad_content_length",
        Http1Warnings.RepeatedContentLength => "repeated_content_length",
        Http1Warnings.BadTransferEncoding => "bad_transfer_encoding",
        Http1Warnings.ObsoleteFolding => "obsolete_folding",
        Http1Warnings.BadHeaderLine => "bad_header_line",
        Http1Warnings.OldVersionTransferEncoding => "old_version_transfer_encoding",
        Http1Warnings.BadStartLine => "bad_start_line",
        Http1Warnings.BareReturn => "bare_return",
        Http1Warnings.LeadingEmptyLines => "leading_empty_lines",
        Http1Warnings.OddChunk => "odd_chunk",
        _ => "other",
    };
}
