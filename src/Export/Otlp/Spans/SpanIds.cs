// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// Ids of a span, made from what is the exchange's own: the socket's cookie, where in its stream the request begins, the
/// nanosecond of that, and the process. The same recording gives the same ids however often it is sent, so a collector is
/// not told of one call twice; SHA-256 spreads them as evenly as chance would.
/// </summary>
internal readonly struct SpanIds
{
    private const int TraceIdSize = 16;
    private const int SpanIdSize = 8;

    private SpanIds(byte[] traceId, byte[] spanId) => (TraceId, SpanId) = (traceId, spanId);

    /// <summary>16 bytes, for an exchange that begins a trace.</summary>
    public byte[] TraceId { get; }

    /// <summary>8 bytes.</summary>
    public byte[] SpanId { get; }

    /// <summary>Those of a view of an exchange.</summary>
    public static SpanIds Of(Exchange exchange)
    {
        Span<byte> input = stackalloc byte[30];
        BinaryPrimitives.WriteInt64LittleEndian(input, exchange.Start);
        BinaryPrimitives.WriteUInt64LittleEndian(input[8..], exchange.Connection.Id.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(input[16..], exchange.Request.StartOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(input[24..], ExchangeFacts.ProcessOf(exchange).Id);
        input[28] = exchange.Tls ? (byte)1 : (byte)0;
        input[29] = (byte)exchange.Connection.Role;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return new SpanIds(NotZero(hash[..TraceIdSize]), NotZero(hash.Slice(TraceIdSize, SpanIdSize)));
    }

    // All zero means "no id" in OTLP.
    private static byte[] NotZero(ReadOnlySpan<byte> bytes)
    {
        var result = bytes.ToArray();
        result[^1] |= bytes.ContainsAnyExcept((byte)0) ? (byte)0 : (byte)1;
        return result;
    }
}
