// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// COM_BINLOG_DUMP and COM_BINLOG_DUMP_GTID behind the command byte. MySQL source documentation, "Protocol::COM_BINLOG_DUMP".
/// </summary>
internal static class BinlogDumpPayload
{
    private const ushort NonBlocking = 0x01; // BINLOG_DUMP_NON_BLOCK
    private const int MaxName = 512;

    /// <summary>Reads it; null when it is malformed or cut (<paramref name="length"/> is its whole length).</summary>
    public static MySqlBinlogDump? Read(ReadOnlySpan<byte> body, long length, MySqlCommand command)
    {
        var reader = new PayloadReader(body);
        return command == MySqlCommand.BinlogDump ? ReadByFile(ref reader, length - body.Length) : ReadByGtid(ref reader);
    }

    private static MySqlBinlogDump? ReadByFile(ref PayloadReader reader, long missing)
    {
        if (missing > 0 || !reader.TryReadUInt32(out var position) || !reader.TryReadUInt16(out var flags) ||
            !reader.TryReadUInt32(out var server))
        {
            return null;
        }

        return Make(reader.Rest, position, server, flags);
    }

    // Behind the position stands the set of GTIDs that the replica has.
    private static MySqlBinlogDump? ReadByGtid(ref PayloadReader reader)
    {
        if (!reader.TryReadUInt16(out var flags) || !reader.TryReadUInt32(out var server) ||
            !reader.TryReadUInt32(out var length) || length > MaxName || !reader.TryReadBytes((int)length, out var name) ||
            !reader.TryReadUInt32(out var low) || !reader.TryReadUInt32(out var high))
        {
            return null;
        }

        return Make(name, ((ulong)high << 32) | low, server, flags);
    }

    // A server sends what there is and ends to one that is no replica too: that was mysqlbinlog's way before the flag.
    private static MySqlBinlogDump Make(ReadOnlySpan<byte> name, ulong position, uint server, ushort flags)
    {
        var file = name.TrimEnd((byte)0);
        return new MySqlBinlogDump(
            file.IsEmpty || file.Length > MaxName ? null : Encoding.UTF8.GetString(file),
            position,
            server,
            (flags & NonBlocking) != 0 || server == 0);
    }
}
