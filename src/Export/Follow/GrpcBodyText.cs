// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using L7Trace.Export.Bodies;
using L7Trace.Export.Protobuf;
using L7Trace.Parsers.Compression;

namespace L7Trace.Export.Follow;

/// <summary>
/// The messages of a gRPC call (PROTOCOL-HTTP2: a flag, a length of four bytes, the message), each as protobuf; compressed
/// ones are inflated by the codings that the BCL has.
/// </summary>
internal sealed class GrpcBodyText : IBodyText
{
    private const int PrefixSize = 5;

    private static readonly ContentDecoder s_decoder = new(Inflaters.Default);

    /// <inheritdoc/>
    public bool TryWrite(ShownBody body, BodyLines lines)
    {
        if (body.MediaType is not ("application/grpc" or "application/grpc+proto"))
        {
            return false;
        }

        var text = new ProtoText(lines, body.Schema, body.ShowsSecrets);
        var type = body.Schema?.TypeOf(body.Exchange.Grpc?.Method, body.IsRequest);
        var headers = body.IsRequest ? body.Exchange.RequestHeaders : body.Exchange.ResponseHeaders;
        var coding = HttpText.Header(headers, "grpc-encoding")?.ToLowerInvariant();
        var rest = body.Bytes;
        for (var number = 1; !rest.IsEmpty && !lines.IsFull; number++)
        {
            if (rest.Length < PrefixSize || rest.Span[0] > 1)
            {
                lines.Note(string.Create(CultureInfo.InvariantCulture, $"{rest.Length} bytes that are no message, or cut"));
                break;
            }

            var length = BinaryPrimitives.ReadUInt32BigEndian(rest.Span[1..]);
            var message = rest[PrefixSize..(int)Math.Min((uint)rest.Length, (ulong)length + PrefixSize)];
            var isCompressed = rest.Span[0] == 1;
            rest = rest[(PrefixSize + message.Length)..];
            WriteMessage(message, string.Create(CultureInfo.InvariantCulture, $"message {number}, {length} bytes"), message.Length < length, isCompressed ? coding ?? "?" : null);
        }

        return true;

        void WriteMessage(ReadOnlyMemory<byte> message, string title, bool isCut, string? compressed)
        {
            if (compressed is not null)
            {
                var decoded = s_decoder.Decode(message, [compressed], !isCut);
                title += decoded.Undecoded is not null || (decoded.Bytes.IsEmpty && !message.IsEmpty)
                    ? $", {compressed} could not be decoded"
                    : string.Create(CultureInfo.InvariantCulture, $", {compressed} decoded to {decoded.Bytes.Length}{(decoded.IsWhole ? "" : ", not to its end")}");
                message = decoded.Undecoded is null ? decoded.Bytes : default;
            }

            lines.Note(title + (isCut ? string.Create(CultureInfo.InvariantCulture, $", of which {message.Length} are here") : "") + (type is null ? "" : $": {type.TrimStart('.')}"));
            text.Write(message.Span, type);
        }
    }
}
