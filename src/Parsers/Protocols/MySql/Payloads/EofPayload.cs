// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// EOF_Packet: of protocol 4.1 0xfe, warnings, status; always 5 bytes, which tells it from an OK packet. Before 4.1 0xfe alone.
/// </summary>
internal readonly record struct EofPayload(ushort Warnings, MySqlServerStatus Status)
{
    public const byte Header = 0xfe;

    public const int Length = 5;

    /// <summary>Its length where CLIENT_PROTOCOL_41 was not negotiated.</summary>
    public const int OldLength = 1;

    /// <summary>Reads one; false when it is not exactly an EOF packet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out EofPayload eof)
    {
        eof = default;
        var reader = new PayloadReader(payload);
        if (payload.Length != Length || !reader.TryReadByte(out var header) || header != Header ||
            !reader.TryReadUInt16(out var warnings) || !reader.TryReadUInt16(out var status))
        {
            return false;
        }

        eof = new EofPayload(warnings, (MySqlServerStatus)status);
        return true;
    }
}
