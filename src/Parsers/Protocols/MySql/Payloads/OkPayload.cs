// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// OK_Packet, with header 0x00 or (end of rows under DEPRECATE_EOF) 0xfe. MySQL source documentation, "OK_Packet".
/// </summary>
internal readonly record struct OkPayload(
    ulong AffectedRows, ulong LastInsertId, MySqlServerStatus? Status, ushort? Warnings, string? Info,
    MySqlSessionChanges? Changes)
{
    public const byte Header = 0x00;
    public const byte EndOfRowsHeader = 0xfe;

    /// <summary>Shortest one: header, two one-byte integers, status, warnings.</summary>
    public const int MinLength = 7;

    /// <summary>Shortest one where CLIENT_PROTOCOL_41 was not negotiated: header and two one-byte integers.</summary>
    public const int OldMinLength = 3;

    private const int MaxInfo = 512;

    /// <summary>
    /// Reads one from its first byte. <paramref name="sessionTrack"/>: CLIENT_SESSION_TRACK was negotiated. The
    /// numbers must be there; a cut or malformed rest only leaves the text and the session's state unknown.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, bool sessionTrack, out OkPayload ok)
    {
        ok = default;
        var reader = new PayloadReader(payload);
        if (!reader.TryReadByte(out var header) || header is not (Header or EndOfRowsHeader) ||
            !reader.TryReadLengthEncoded(out var affectedRows) ||
            !reader.TryReadLengthEncoded(out var lastInsertId) ||
            !reader.TryReadUInt16(out var status) || !reader.TryReadUInt16(out var warnings))
        {
            return false;
        }

        var flags = (MySqlServerStatus)status;
        string? info = null;
        MySqlSessionChanges? changes = null;
        if (reader.TryReadLengthEncodedBytes(out var text)) // counted by all servers, though old pages say otherwise
        {
            info = text.IsEmpty || text.Length > MaxInfo ? null : Encoding.UTF8.GetString(text);
            if (sessionTrack && (flags & MySqlServerStatus.SessionStateChanged) != 0 &&
                reader.TryReadLengthEncodedBytes(out var state))
            {
                SessionChangesReader.Read(state, ref changes);
            }
        }

        ok = new OkPayload(affectedRows, lastInsertId, flags, warnings, info, changes);
        return true;
    }

    /// <summary>
    /// Reads one of before protocol 4.1: no warnings, and the status only where CLIENT_TRANSACTIONS was negotiated
    /// (<paramref name="hasStatus"/>).
    /// </summary>
    public static bool TryReadOld(ReadOnlySpan<byte> payload, bool hasStatus, out OkPayload ok)
    {
        ok = default;
        var reader = new PayloadReader(payload);
        ushort status = 0;
        if (!reader.TryReadByte(out var header) || header != Header ||
            !reader.TryReadLengthEncoded(out var affectedRows) || !reader.TryReadLengthEncoded(out var lastInsertId) ||
            (hasStatus && !reader.TryReadUInt16(out status)))
        {
            return false;
        }

        var info = reader.TryReadLengthEncodedBytes(out var text) && text.Length is > 0 and <= MaxInfo
            ? Encoding.UTF8.GetString(text)
            : null;
        ok = new OkPayload(affectedRows, lastInsertId, hasStatus ? (MySqlServerStatus)status : null, null, info, null);
        return true;
    }
}
