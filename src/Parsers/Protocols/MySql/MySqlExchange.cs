// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>One command of the MySQL protocol with its answer.</summary>
public sealed class MySqlExchange : Exchange
{
    /// <inheritdoc/>
    public override Protocol Protocol => Protocol.MySql;

    /// <summary>Command byte (COM_*); the login is <see cref="MySqlCommand.Connect"/>, as the servers' logs call it.</summary>
    public MySqlCommand Command { get; init; }

    /// <summary>Statement text as sent (COM_QUERY, COM_STMT_PREPARE) or as prepared (COM_STMT_EXECUTE); null if unknown.</summary>
    public string? StatementText { get; init; }

    /// <summary>Bytes of the statement that were not kept in <see cref="StatementText"/>.</summary>
    public long StatementTextMissing
    {
        get => SeldomFacts?.StatementTextMissing ?? 0;
        init => SeldomFor(value != 0)?.StatementTextMissing = value;
    }

    /// <summary>
    /// What the client bound to the statement, and its query attributes; null when nothing, when that is not proven, and
    /// unless <see cref="ParseLimits.MaxParameterBytes"/> keeps them.
    /// </summary>
    public MySqlParameters? Parameters { get; init; }

    /// <summary>Rows of values in one COM_STMT_BULK_EXECUTE; null for other commands, and when they could not be counted.</summary>
    public int? BatchSize
    {
        get => SeldomFacts?.BatchSize;
        init => SeldomFor(value is not null)?.BatchSize = value;
    }

    /// <summary>COM_STMT_FETCHes that the statement's rows came by.</summary>
    public int Fetches
    {
        get => SeldomFacts?.Fetches ?? 0;
        set => SeldomFor(value != 0)?.Fetches = value;
    }

    /// <summary>
    /// What a command names that has no statement: schema of COM_INIT_DB (and CREATE_DB, DROP_DB), table of
    /// COM_FIELD_LIST; else null.
    /// </summary>
    public string? Argument
    {
        get => SeldomFacts?.Argument;
        init => SeldomFor(value is not null)?.Argument = value;
    }

    /// <summary>True when the text has parameter markers instead of values.</summary>
    public bool IsPrepared => Command is MySqlCommand.StatementPrepare or MySqlCommand.StatementExecute or
        MySqlCommand.StatementBulkExecute or MySqlCommand.StatementFetch;

    /// <summary>Server's statement id for prepared statements.</summary>
    public uint? StatementId { get; init; }

    /// <summary>Default schema at the time, if known.</summary>
    public string? Schema
    {
        get => SessionFacts.Schema;
        init => SessionFacts = SessionFacts with { Schema = value };
    }

    /// <summary>User of the connection, if its login was seen.</summary>
    public string? User
    {
        get => SessionFacts.User;
        init => SessionFacts = SessionFacts with { User = value };
    }

    /// <summary>Server's connection (thread) id, if the greeting was seen.</summary>
    public uint? ServerConnectionId
    {
        get => SessionFacts.ServerConnectionId;
        init => SessionFacts = SessionFacts with { ServerConnectionId = value };
    }

    /// <summary>Server version of the greeting, if seen.</summary>
    public string? ServerVersion
    {
        get => SessionFacts.ServerVersion;
        init => SessionFacts = SessionFacts with { ServerVersion = value };
    }

    /// <summary>True when the greeting says MariaDB, false when it says another server, null when not seen.</summary>
    public bool? IsMariaDb
    {
        get => SessionFacts.IsMariaDb;
        init => SessionFacts = SessionFacts with { IsMariaDb = value };
    }

    /// <summary>COM_BINLOG_DUMP and COM_BINLOG_DUMP_GTID: what was asked for; null for other commands, and when it was cut.</summary>
    public MySqlBinlogDump? BinlogDump
    {
        get => SeldomFacts?.BinlogDump;
        init => SeldomFor(value is not null)?.BinlogDump = value;
    }

    /// <summary>
    /// The server did not refuse it and sends without end, or so long that it is not waited for (a replica's
    /// COM_BINLOG_DUMP, COM_CLONE): nothing that follows on the connection is read.
    /// </summary>
    public bool IsStream
    {
        get => SeldomFacts is { IsStream: true };
        init => SeldomFor(value)?.IsStream = value;
    }

    /// <summary>Packets with events of the binary log in the answer to a COM_BINLOG_DUMP that ended; else null.</summary>
    public long? BinlogEvents
    {
        get => SeldomFacts?.BinlogEvents;
        init => SeldomFor(value is not null)?.BinlogEvents = value;
    }

    /// <summary>Method of authentication that the client named in its login or COM_CHANGE_USER; null elsewhere.</summary>
    public string? AuthenticationPlugin
    {
        get => SeldomFacts?.AuthenticationPlugin;
        init => SeldomFor(value is not null)?.AuthenticationPlugin = value;
    }

    /// <summary>
    /// Compression of the connection, "zlib" or "zstd"; null for none, and where the login was not seen while nothing
    /// was worth compressing. On the login, which itself is never compressed: what both sides agreed on.
    /// </summary>
    public string? Compression
    {
        get => SessionFacts.Compression;
        init => SessionFacts = SessionFacts with { Compression = value };
    }

    /// <summary>Level of zstd compression that the client asked for in its login; null when it did not offer zstd.</summary>
    public byte? CompressionLevel
    {
        get => SessionFacts.CompressionLevel;
        init => SessionFacts = SessionFacts with { CompressionLevel = value };
    }

    /// <summary>
    /// What the client told of itself in its login (program_name, _client_name, _client_version, _pid, _os ...), in its
    /// order, capped; empty when it told nothing or the login was not seen.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> ClientAttributes
    {
        get => SessionFacts.ClientAttributes;
        init => SessionFacts = SessionFacts with { ClientAttributes = value };
    }

    /// <summary>Bytes of the local file that the statement sent (LOAD DATA LOCAL INFILE); null for other statements.</summary>
    public long? LocalFileBytes
    {
        get => SeldomFacts?.LocalFileBytes;
        init => SeldomFor(value is not null)?.LocalFileBytes = value;
    }

    /// <summary>
    /// Rows returned, of all result sets; null when unknown (never too low) and for commands that return no rows.
    /// </summary>
    public long? ReturnedRows { get; set; }

    /// <summary>
    /// Where <see cref="ReturnedRows"/> is unknown because bytes of the rows are missing: the rows that were counted, so
    /// that there were at least so many; else null.
    /// </summary>
    public long? ReturnedRowsAtLeast
    {
        get => SeldomFacts?.ReturnedRowsAtLeast;
        set => SeldomFor(value is not null)?.ReturnedRowsAtLeast = value;
    }

    /// <summary>Affected rows of the (last) OK packet.</summary>
    public ulong? AffectedRows { get; init; }

    /// <summary>Last insert id of the (last) OK packet.</summary>
    public ulong? LastInsertId { get; init; }

    /// <summary>Warnings that the server counted.</summary>
    public ushort? Warnings { get; set; }

    /// <summary>
    /// Status flags (SERVER_STATUS_*) of the last OK or EOF packet; of those that speak of one result (no index used, no
    /// good index used, was slow, cursor, OUT parameters) each that any packet of the answer had. Null without an answer,
    /// and when the answer is an error.
    /// </summary>
    public ushort? ServerStatus { get; set; }

    /// <summary>A transaction is open behind the statement; null when the answer does not say.</summary>
    public bool? InTransaction => Has(MySqlServerStatus.InTransaction);

    /// <summary>The open transaction is read-only; null when the answer does not say.</summary>
    public bool? InReadOnlyTransaction => Has(MySqlServerStatus.InReadOnlyTransaction);

    /// <summary>The session commits each statement by itself; null when the answer does not say.</summary>
    public bool? Autocommit => Has(MySqlServerStatus.Autocommit);

    /// <summary>The server read a table without an index; null when the answer does not say.</summary>
    public bool? NoIndexUsed => Has(MySqlServerStatus.NoIndexUsed);

    /// <summary>The server found no good index; null when the answer does not say.</summary>
    public bool? NoGoodIndexUsed => Has(MySqlServerStatus.NoGoodIndexUsed);

    /// <summary>The server counts it as slow (long_query_time); null when the answer does not say.</summary>
    public bool? WasSlow => Has(MySqlServerStatus.WasSlow);

    /// <summary>The statement opened a cursor: its rows are fetched by COM_STMT_FETCH.</summary>
    public bool? HasCursor => Has(MySqlServerStatus.CursorExists);

    /// <summary>A result set is a procedure's OUT and INOUT parameters.</summary>
    public bool? HasOutParameters => Has(MySqlServerStatus.OutParameters);

    /// <summary>Backslashes in strings are characters like any other (sql_mode); null when the answer does not say.</summary>
    public bool? NoBackslashEscapes => Has(MySqlServerStatus.NoBackslashEscapes);

    /// <summary>Text of the (last) OK packet, such as "Rows matched: 1  Changed: 1  Warnings: 0"; null when there is none.</summary>
    public string? Info
    {
        get => SeldomFacts?.Info;
        init => SeldomFor(value is not null)?.Info = value;
    }

    /// <summary>What the answer says of the session's state; null when nothing.</summary>
    public MySqlSessionChanges? SessionChanges
    {
        get => SeldomFacts?.SessionChanges;
        init => SeldomFor(value is not null)?.SessionChanges = value;
    }

    /// <summary>Result sets (with columns) in the answer.</summary>
    public int ResultSets { get; init; }

    /// <summary>Error number of an ERR packet.</summary>
    public ushort? ErrorCode
    {
        get => SeldomFacts?.ErrorCode;
        set => SeldomFor(value is not null)?.ErrorCode = value;
    }

    /// <summary>SQLSTATE of an ERR packet, five characters.</summary>
    public string? SqlState
    {
        get => SeldomFacts?.SqlState;
        set => SeldomFor(value is not null)?.SqlState = value;
    }

    /// <summary>Message of an ERR packet, capped; it may quote data.</summary>
    public string? ErrorMessage
    {
        get => SeldomFacts?.ErrorMessage;
        set => SeldomFor(value is not null)?.ErrorMessage = value;
    }

    /// <summary>
    /// Bytes of the answer on the wire, from its first to its last, also those that were not captured: on a compressed
    /// connection the compressed ones, and where a compressed packet holds parts of two answers, each answer's share of it.
    /// </summary>
    public long ResponseBytes { get; set; }

    /// <summary>On a compressed connection: bytes of the answer's packets before they were compressed; else null.</summary>
    public long? UncompressedResponseBytes
    {
        get => SeldomFacts?.UncompressedResponseBytes;
        set => SeldomFor(value is not null)?.UncompressedResponseBytes = value;
    }

    /// <inheritdoc/>
    public override bool IsError => ErrorCode is not null;

    /// <summary>The same once more, so that the one can change while the other is looked at.</summary>
    internal MySqlExchange Copy()
    {
        var copy = (MySqlExchange)MemberwiseClone();
        copy.SeldomFacts = SeldomFacts?.Copy();
        return copy;
    }

    /// <summary>What holds for the session and not for this exchange alone: shared with others.</summary>
    internal MySqlSessionFacts SessionFacts { get; init; } = MySqlSessionFacts.None;

    /// <summary>Facts that few exchanges have; null where there are none.</summary>
    internal MySqlSeldomFacts? SeldomFacts { get; set; }

    // The place for one of them; null where there is no place and nothing to be put into it.
    private MySqlSeldomFacts? SeldomFor(bool hasValue) => hasValue ? SeldomFacts ??= new MySqlSeldomFacts() : SeldomFacts;

    private bool? Has(MySqlServerStatus flag) =>
        ServerStatus is { } status ? ((MySqlServerStatus)status & flag) != 0 : null;
}
