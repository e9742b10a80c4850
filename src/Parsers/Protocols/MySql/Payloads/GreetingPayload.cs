// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// The server's first payload. MySQL source documentation, "Protocol::HandshakeV10" and "Protocol::HandshakeV9", which
/// servers of before 3.22 sent. The scramble is not kept.
/// </summary>
internal readonly record struct GreetingPayload(
    byte ProtocolVersion, string ServerVersion, bool IsMariaDb, uint ConnectionId, MySqlCapabilities Capabilities)
{
    public const byte Version10 = 10;
    public const byte Version9 = 9;

    private const int MaxVersionLength = 128;
    private const int OldScrambleLength = 8;

    // MariaDB 10 and 11.0 wrote this in front so that old replicas accept them.
    private const string ReplicationPrefix = "5.5.5-";

    /// <summary>Reads a whole greeting; false when it is malformed or cut before the capability flags end.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out GreetingPayload greeting)
    {
        greeting = default;
        var reader = new PayloadReader(payload);
        if (!reader.TryReadByte(out var protocol) || protocol is not (Version10 or Version9) ||
            !reader.TryReadTerminated(out var versionBytes) || !IsVersion(versionBytes) ||
            !reader.TryReadUInt32(out var connectionId))
        {
            return false;
        }

        var version = Encoding.ASCII.GetString(versionBytes);
        var isMariaDb = version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
        if (isMariaDb && version.StartsWith(ReplicationPrefix, StringComparison.Ordinal))
        {
            version = version[ReplicationPrefix.Length..];
        }

        if (protocol == Version9)
        {
            greeting = new GreetingPayload(protocol, version, isMariaDb, connectionId, MySqlCapabilities.None);
            return reader.TryReadTerminated(out var scramble) && scramble.Length == OldScrambleLength && reader.IsEmpty;
        }

        // scramble part 1, filler, lower flags, [charset, status, upper flags, scramble length, 10 bytes, ...]
        if (!reader.TrySkip(8) || !reader.TryReadByte(out var filler) || filler != 0 ||
            !reader.TryReadUInt16(out var lower))
        {
            return false;
        }

        var flags = (ulong)lower;
        if (!reader.IsEmpty)
        {
            if (!reader.TrySkip(3) || !reader.TryReadUInt16(out var upper) || !reader.TrySkip(1) ||
                !reader.TrySkip(6) || !reader.TryReadUInt32(out var extended))
            {
                return false;
            }

            flags |= (ulong)upper << 16;
            if (((MySqlCapabilities)flags & (MySqlCapabilities.ClientMySql | MySqlCapabilities.Protocol41)) == MySqlCapabilities.Protocol41)
            {
                isMariaDb = true;
                flags |= (ulong)extended << 32;
            }
        }

        greeting = new GreetingPayload(protocol, version, isMariaDb, connectionId, (MySqlCapabilities)flags);
        return true;
    }

    private static bool IsVersion(ReadOnlySpan<byte> version) =>
        version.Length is > 0 and <= MaxVersionLength && version.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e) < 0;
}
