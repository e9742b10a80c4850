// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What COM_BINLOG_DUMP or COM_BINLOG_DUMP_GTID asks for.</summary>
/// <param name="File">File of the server's binary log to begin with; null when the client names none.</param>
/// <param name="Position">Where in the file, bytes.</param>
/// <param name="ServerId">The client's own server id; 0 for one that is no replica.</param>
/// <param name="IsFinite">The server ends it with the log (BINLOG_DUMP_NON_BLOCK, or no server id) and waits for no more.</param>
public sealed record MySqlBinlogDump(string? File, ulong Position, uint ServerId, bool IsFinite);
