// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// The client's first payload: "Protocol::HandshakeResponse41", the older "HandshakeResponse320", or "SSLRequest".
/// The authentication bytes are passed over and kept nowhere.
/// </summary>
internal readonly record struct HandshakeResponsePayload(
    MySqlCapabilities Capabilities, bool IsSslRequest, string? User, string? Schema, string? AuthPlugin)
{
    /// <summary>What the client tells of itself; empty when it tells nothing.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; } = [];

    /// <summary>Level of zstd compression that the client asks for, when it offers zstd.</summary>
    public byte? CompressionLevel { get; init; }

    /// <summary>Length of an SSLRequest: a handshake response that ends before the user name.</summary>
    public const int SslRequestLength = 32;

    private const int MaxName = 512;

    /// <summary>Reads it from its beginning; false when it is malformed or cut before the user name ends.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out HandshakeResponsePayload response)
    {
        response = default;
        var reader = new PayloadReader(payload);
        if (!reader.TryReadUInt16(out var lower))
        {
            return false;
        }

        return ((MySqlCapabilities)lower & MySqlCapabilities.Protocol41) != 0
            ? TryRead41(payload, out response)
            : TryRead320(payload, out response);
    }

    private static bool TryRead41(ReadOnlySpan<byte> payload, out HandshakeResponsePayload response)
    {
        response = default;
        var reader = new PayloadReader(payload);
        if (!reader.TryReadUInt32(out var flags) || !reader.TrySkip(4 + 1) ||
            !reader.TryReadBytes(19, out var filler) || !IsFiller(filler) || !reader.TryReadUInt32(out var extended))
        {
            return false;
        }

        var capabilities = (MySqlCapabilities)flags;
        if ((capabilities & MySqlCapabilities.ClientMySql) == 0)
        {
            capabilities |= (MySqlCapabilities)((ulong)extended << 32);
        }

        if (reader.IsEmpty)
        {
            return TryMakeSslRequest(capabilities, out response);
        }

        if (!TryReadName(ref reader, out var user))
        {
            return false;
        }

        // What follows is optional in practice: some clients set a flag and end early. What is cut stays unknown.
        string? schema = null;
        string? plugin = null;
        IReadOnlyList<KeyValuePair<string, string>> attributes = [];
        byte? level = null;
        if (TrySkipAuthentication(ref reader, capabilities) &&
            ((capabilities & MySqlCapabilities.ConnectWithDb) == 0 || TryReadName(ref reader, out schema)) &&
            ((capabilities & MySqlCapabilities.PluginAuth) == 0 || TryReadName(ref reader, out plugin)))
        {
            attributes = (capabilities & MySqlCapabilities.ConnectAttributes) != 0 ? ConnectionAttributesReader.Read(ref reader) : attributes;
            level = (capabilities & MySqlCapabilities.ZstdCompression) != 0 && reader.TryReadByte(out var asked) ? asked : null;
        }

        response = new HandshakeResponsePayload(
            capabilities, false, user, string.IsNullOrEmpty(schema) ? null : schema, plugin)
        {
            Attributes = attributes,
            CompressionLevel = level,
        };
        return true;
    }

    private static bool TryRead320(ReadOnlySpan<byte> payload, out HandshakeResponsePayload response)
    {
        response = default;
        var reader = new PayloadReader(payload);
        if (!reader.TryReadUInt16(out var flags) || !reader.TrySkip(3))
        {
            return false;
        }

        var capabilities = (MySqlCapabilities)flags;
        if (reader.IsEmpty)
        {
            return TryMakeSslRequest(capabilities, out response);
        }

        if (!TryReadName(ref reader, out var user))
        {
            return false;
        }

        string? schema = null;
        if ((capabilities & MySqlCapabilities.ConnectWithDb) != 0 && reader.TryReadTerminated(out _))
        {
            schema = Decode(reader.Rest.TrimEnd((byte)0));
        }

        response = new HandshakeResponsePayload(capabilities, false, user, schema, null);
        return true;
    }

    // What ends before the user name is an SSLRequest, or was cut.
    private static bool TryMakeSslRequest(MySqlCapabilities capabilities, out HandshakeResponsePayload response)
    {
        var isRequest = (capabilities & MySqlCapabilities.Ssl) != 0;
        response = isRequest ? new HandshakeResponsePayload(capabilities, true, null, null, null) : default;
        return isRequest;
    }

    private static bool TrySkipAuthentication(ref PayloadReader reader, MySqlCapabilities capabilities)
    {
        if ((capabilities & MySqlCapabilities.PluginAuthLengthEncoded) != 0)
        {
            return reader.TryReadLengthEncodedBytes(out _);
        }

        return (capabilities & MySqlCapabilities.SecureConnection) != 0
            ? reader.TryReadByte(out var length) && reader.TrySkip(length)
            : reader.TryReadTerminated(out _);
    }

    private static bool TryReadName(ref PayloadReader reader, out string? name)
    {
        name = null;
        if (!reader.TryReadTerminated(out var bytes) || bytes.Length > MaxName)
        {
            return false;
        }

        name = Decode(bytes);
        return true;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes) =>
        bytes.Length > MaxName ? null : Encoding.UTF8.GetString(bytes);

    // MariaDB connectors use the last 4 of the 23 bytes; all clients leave the others zero.
    private static bool IsFiller(ReadOnlySpan<byte> filler) => filler.IndexOfAnyExcept((byte)0) < 0;
}
