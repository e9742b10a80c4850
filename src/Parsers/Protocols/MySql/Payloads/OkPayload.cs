// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// OK_Packet, with header 0x00 or (end of rows under DEPRECATE_EOF) 0xfe. MySQL source documentation, "OK_Packet".
/// The info text is not kept; of the session state only the schema is.
/// </summary>
internal readonly record struct OkPayload(
    ulong AffectedRows, ulong LastInsertId, MySqlServerStatus Status, ushort Warnings, string? Schema)
{
    public const byte Header = 0x00;
    public const byte EndOfRowsHeader = 0xfe;

    /// <summary>Shortest one: header, two one-byte integers, status, warnings.</summary>
    public const int MinLength = 7;

    private const byte TrackSchema = 1;

    /// <summary>
    /// Reads one from its first byte. <paramref name="sessionTrack"/>: CLIENT_SESSION_TRACK was negotiated. The
    /// numbers must be there; a cut or malformed rest only leaves the schema unknown.
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
        string? schema = null;
        if (sessionTrack && (flags & MySqlServerStatus.SessionStateChanged) != 0 &&
            reader.TryReadLengthEncodedBytes(out _) && reader.TryReadLengthEncodedBytes(out var changes))
        {
            schema = FindSchema(changes);
        }

        ok = new OkPayload(affectedRows, lastInsertId, flags, warnings, schema);
        return true;
    }

    private static string? FindSchema(ReadOnlySpan<byte> changes)
    {
        string? schema = null;
        var reader = new PayloadReader(changes);
        while (reader.TryReadByte(out var type) && reader.TryReadLengthEncodedBytes(out var data))
        {
            var inner = new PayloadReader(data);
            if (type == TrackSchema && inner.TryReadLengthEncodedBytes(out var name))
            {
                schema = Encoding.UTF8.GetString(name);
            }
        }

        return schema;
    }
}
