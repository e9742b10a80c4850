// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>Error codes of RST_STREAM and GOAWAY (RFC 9113, section 7).</summary>
public static class Http2ErrorCode
{
    /// <summary>No error: a graceful end.</summary>
    public const uint NoError = 0;

    /// <summary>The stream was not processed at all; it is safe to try again.</summary>
    public const uint RefusedStream = 7;

    private static readonly string[] s_names =
    [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
        "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ];

    /// <summary>The code's name in the RFC; its number for one that has none.</summary>
    public static string NameOf(uint code) =>
        code < s_names.Length ? s_names[code] : code.ToString(CultureInfo.InvariantCulture);
}
