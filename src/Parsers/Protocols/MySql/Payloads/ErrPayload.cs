// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>ERR_Packet: 0xff, error number, [#SQLSTATE], message. Before the login's end the SQLSTATE may lack.</summary>
internal readonly record struct ErrPayload(ushort Code, string? SqlState, string Message)
{
    public const byte Header = 0xff;

    /// <summary>Error number of a MariaDB progress report, which is no error: more packets follow.</summary>
    public const ushort ProgressCode = 0xffff;

    private const int SqlStateLength = 5;

    /// <summary>Reads one from its first byte; the message is cut at <paramref name="maxMessage"/> bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, int maxMessage, out ErrPayload error)
    {
        error = default;
        var reader = new PayloadReader(payload);
        if (!reader.TryReadByte(out var header) || header != Header || !reader.TryReadUInt16(out var code))
        {
            return false;
        }

        string? state = null;
        if (code != ProgressCode && !reader.IsEmpty && reader.Rest[0] == (byte)'#')
        {
            if (!reader.TrySkip(1) || !reader.TryReadBytes(SqlStateLength, out var bytes) ||
                bytes.IndexOfAnyExceptInRange((byte)'0', (byte)'z') >= 0)
            {
                return false;
            }

            state = Encoding.ASCII.GetString(bytes);
        }

        var message = code == ProgressCode ? "" : Decode(reader.Rest, maxMessage);
        error = new ErrPayload(code, state, message);
        return true;
    }

    private static string Decode(ReadOnlySpan<byte> bytes, int max) =>
        Encoding.UTF8.GetString(bytes.Length > max ? Utf8Cut.TrimPartialCharacter(bytes[..max]) : bytes);
}
