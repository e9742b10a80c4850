// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Bodies;
using L7Trace.Export.Protobuf;
using L7Trace.Parsers.Protocols;

namespace L7Trace.Export.Follow;

/// <summary>A body that is to be made readable, with what says of which kind it is.</summary>
public sealed record ShownBody
{
    /// <summary>Its exchange.</summary>
    public required HttpExchange Exchange { get; init; }

    /// <summary>The request's body; else the response's.</summary>
    public required bool IsRequest { get; init; }

    /// <summary>What was captured of it, decoded.</summary>
    public required DecodedBody Body { get; init; }

    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => Body.Bytes;

    /// <summary>Media type without parameters in small letters ("application/json"); empty when not sent or not known.</summary>
    public required string MediaType { get; init; }

    /// <summary>The charset parameter in small letters; empty when there is none.</summary>
    public required string Charset { get; init; }

    /// <summary>Values may be written, not only the shape.</summary>
    public required bool ShowsSecrets { get; init; }

    /// <summary>Names and types of protobuf's messages; null when none are given.</summary>
    public ProtoSchema? Schema { get; init; }

    /// <summary>Splits a Content-Type (RFC 9110 section 8.3) into media type and charset.</summary>
    public static (string MediaType, string Charset) SplitType(string? contentType)
    {
        var parts = (contentType ?? "").Split(';', StringSplitOptions.TrimEntries);
        var charset = parts.Skip(1).FirstOrDefault(static part => part.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)) ?? "";
        return (parts[0].ToLowerInvariant(), charset.Length == 0 ? "" : charset[8..].Trim('"').ToLowerInvariant());
    }
}
