// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql.Compression;
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Recognises MySQL. From the start by the greeting or the client's handshake response, each checked to its end; in
/// mid-connection only by the client's commands (see <see cref="CommandBoundary"/>): the server's bytes have no shape
/// of their own that is strict enough.
/// </summary>
internal sealed class MySqlDetector(InflaterPool inflaters) : IProtocolDetector
{
    private const int MaxGreeting = 512;
    private const int MaxHandshake = 64 * 1024;

    /// <inheritdoc/>
    public Protocol Protocol => Protocol.MySql;

    /// <inheritdoc/>
    public DetectionResult Detect(
        ReadOnlySequence<byte> bytes, Direction direction, EndpointRole role, bool fromStart, ulong callLength)
    {
        bool? fromClient = role == EndpointRole.Unknown ? null : direction == role.RequestDirection();
        if (fromStart)
        {
            return DetectStart(bytes, fromClient);
        }

        if (fromClient == false)
        {
            return DetectionResult.Maybe;
        }

        if (IsWeak(bytes))
        {
            return DetectionResult.No;
        }

        var plain = CommandBoundary.Find(bytes, callLength);
        var compressed = plain == BoundaryResult.Found
            ? plain
            : CompressedBoundary.Find(bytes, callLength, fromClient: true, inflaters);
        return (plain, compressed) switch
        {
            (_, BoundaryResult.Found) => DetectionResult.FromClient,
            (BoundaryResult.MoreNeeded, _) or (_, BoundaryResult.MoreNeeded) => DetectionResult.Maybe,
            _ => DetectionResult.No,
        };
    }

    /// <inheritdoc/>
    public IProtocolSession CreateSession(SessionContext context) => new MySqlSession(context);

    // Six bytes of any value and data behind them, or a byte alone that says goodbye: frames of the X Protocol and others have
    // those shapes too. The next command tells.
    private static bool IsWeak(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[PacketHeader.Size + 1];
        if (bytes.Length < start.Length)
        {
            return false;
        }

        bytes.Slice(0, start.Length).CopyTo(start);
        return PacketHeader.Read(start).Sequence == 0 &&
               (MySqlCommand)start[^1] is MySqlCommand.StatementSendLongData or MySqlCommand.Quit;
    }

    private static DetectionResult DetectStart(ReadOnlySequence<byte> bytes, bool? fromClient)
    {
        if (bytes.Length < PacketHeader.Size)
        {
            return DetectionResult.Maybe;
        }

        Span<byte> start = stackalloc byte[PacketHeader.Size + MaxGreeting];
        var count = (int)Math.Min(start.Length, bytes.Length);
        bytes.Slice(0, count).CopyTo(start);
        var header = PacketHeader.Read(start);
        var payload = start[PacketHeader.Size..count];
        var server = fromClient == true ? DetectionResult.No : DetectGreeting(header, payload);
        if (server is DetectionResult.FromServer || fromClient == false)
        {
            return server;
        }

        var client = DetectHandshake(header, payload);
        return client == DetectionResult.No ? server : client;
    }

    private static DetectionResult DetectGreeting(PacketHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Sequence != 0 || header.Length is < 8 or > MaxGreeting)
        {
            return DetectionResult.No;
        }

        if (payload.IsEmpty)
        {
            return DetectionResult.Maybe;
        }

        if (payload[0] is not (GreetingPayload.Version10 or GreetingPayload.Version9 or ErrPayload.Header) ||
            payload.Length > header.Length)
        {
            return DetectionResult.No;
        }

        if (payload.Length < header.Length)
        {
            return DetectionResult.Maybe;
        }

        if (payload[0] == ErrPayload.Header)
        {
            // 1040 to 1203: too many connections, host blocked or not privileged
            return ErrPayload.TryRead(payload, 64, out var error) && error.Code is >= 1000 and < 5000 &&
                   IsPrintable(payload[3..])
                ? DetectionResult.FromServer
                : DetectionResult.No;
        }

        // Version 9 is strict enough by its length; a version 10 without the flag is of 3.22 to 4.0.
        return GreetingPayload.TryRead(payload, out var greeting) &&
               (greeting.ProtocolVersion == GreetingPayload.Version9 || (greeting.Capabilities & MySqlCapabilities.Protocol41) != 0)
            ? DetectionResult.FromServer
            : DetectionResult.No;
    }

    private static DetectionResult DetectHandshake(PacketHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Sequence is not (1 or 2) || header.Length is < HandshakeResponsePayload.SslRequestLength or > MaxHandshake)
        {
            return DetectionResult.No;
        }

        var needed = Math.Min(header.Length, MaxGreeting);
        if (payload.Length < needed)
        {
            return DetectionResult.Maybe;
        }

        return HandshakeResponsePayload.TryRead(payload[..needed], out var response) &&
               (response.Capabilities & MySqlCapabilities.Protocol41) != 0
            ? DetectionResult.FromClient
            : DetectionResult.No;
    }

    private static bool IsPrintable(ReadOnlySpan<byte> text) => text.IndexOfAnyInRange((byte)0, (byte)0x1f) < 0;
}
