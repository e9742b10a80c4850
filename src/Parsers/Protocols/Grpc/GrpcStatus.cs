// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.Parsers.Protocols.Grpc;

/// <summary>Status codes and how they travel (gRPC's statuscodes and PROTOCOL-HTTP2).</summary>
public static class GrpcStatus
{
    /// <summary>The call went well.</summary>
    public const int Ok = 0;

    private static readonly string[] s_names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>The code's name; its number for one that has none.</summary>
    public static string NameOf(int code) =>
        code >= 0 && code < s_names.Length ? s_names[code] : code.ToString(CultureInfo.InvariantCulture);

    /// <summary>The code of that name or number; null when there is none.</summary>
    public static int? CodeOf(string name) => Array.IndexOf(s_names, name) is >= 0 and var code ? code : Parse(name);

    /// <summary>The value of grpc-status; null when it is none.</summary>
    internal static int? Parse(string? text) =>
        text is { Length: <= 9 } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;

    /// <summary>The value of grpc-message: UTF-8 with "%" escapes; what is no escape stays as it stands.</summary>
    internal static string? DecodeMessage(string? text)
    {
        if (text is null || !text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                bytes[length++] = (byte)((HexOf(bytes[i + 1]) << 4) | HexOf(bytes[i + 2]));
                i += 2;
            }
            else
            {
                bytes[length++] = bytes[i];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>The value of grpc-timeout, nanoseconds: at most eight digits and a unit; null when it is none.</summary>
    internal static long? ParseTimeout(string? text)
    {
        if (text is not { Length: >= 2 and <= 9 } ||
            !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        long? unit = text[^1] switch
        {
            'H' => 3_600_000_000_000,
            'M' => 60_000_000_000,
            'S' => 1_000_000_000,
            'm' => 1_000_000,
            'u' => 1_000,
            'n' => 1,
            _ => null,
        };
        return unit is { } nanoseconds && count <= long.MaxValue / nanoseconds ? count * nanoseconds : null;
    }

    private static int HexOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
