// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Protocols.MySql;
using MySql = L7Trace.Export.Fields.FieldsOf<L7Trace.Parsers.Protocols.MySql.MySqlExchange>;

namespace L7Trace.Export.Fields;

/// <summary>Fields of MySQL exchanges: a line each, in the order of the JSON lines.</summary>
internal static class MySqlFields
{
    private const string OpenTelemetry = "OpenTelemetry";
    private const string Own = "l7trace";
    private const string Manual = "MySQL's protocol";
    private const string Attributes = "MySQL's connection attributes";

    private static readonly string[] s_compression = ["zlib", "zstd"];
    private static readonly string[] s_systems = ["mysql", "mariadb"];

    public static ExchangeField[] All { get; } =
    [
        MySql.Word("db.system.name", "MySQL; `mariadb` when the server's greeting said so", OpenTelemetry, s_systems, static e => e.IsMariaDb == true ? "mariadb" : "mysql"),
        MySql.Text("db.namespace", "MySQL, when the default schema is known", OpenTelemetry, static e => e.Schema),
        MySql.Text("db.user", "MySQL, when the login was seen", "l7trace (OpenTelemetry has dropped the name)", static e => e.User),
        MySql.Text("db.query.text", "MySQL, when the statement is known; literals are `?` and comments left out unless `--show-secrets`", OpenTelemetry, static (context, e) => context.Redaction.ShowsSecrets ? e.StatementText : context.Digests.RedactedOf(e), isRedacted: true),
        MySql.Bytes("db.query.missing_bytes", "the statement was cut", Own, static e => AboveZero(e.StatementTextMissing)).In(FieldGroup.MySqlSpecial),
        MySql.Family("db.query.parameter.", "values bound to a prepared statement, by their place from `0`, and query attributes, by their name; only with `--show-secrets`, and only those that are proven. Numbers in decimal, dates and times as SQL writes them, what is no UTF-8 as `0x` and hexadecimal digits. Not for a batch", OpenTelemetry, static (context, e) => context.Redaction.ShowsSecrets ? MySqlParameterMembers.Of(e) : null, needsSecrets: true).In(FieldGroup.MySqlSpecial),
        MySql.SecretInteger("mysql.parameters.cut", "so many of these values were captured in part (their beginning is shown) or not at all", Own, static (context, e) => context.Redaction.ShowsSecrets ? MySqlParameterMembers.CutOf(e) : null).In(FieldGroup.MySqlSpecial),
        MySql.SecretBytes("mysql.parameters.missing_bytes", "so many bytes of these values are not shown; only when each one's length is known", Own, static (context, e) => context.Redaction.ShowsSecrets ? MySqlParameterMembers.MissingBytesOf(e) : null).In(FieldGroup.MySqlSpecial),
        MySql.Integer("db.operation.batch.size", "COM_STMT_BULK_EXECUTE: rows of values, when not 1 and counted", OpenTelemetry, static e => e.BatchSize is { } batch and not 1 ? batch : null).In(FieldGroup.MySqlSpecial),
        MySql.Text("db.query.digest", "with `db.query.text`; a prefix ends in ` ...`", "the server's DIGEST_TEXT", static (context, e) => context.Digests.TextOf(e)),
        MySql.Code("db.response.status_code", "MySQL answered with an error: its number", OpenTelemetry, static e => e.ErrorCode).In(FieldGroup.MySqlError),
        MySql.Integer("db.response.returned_rows", "MySQL, when known; never too low", OpenTelemetry, static e => e.ReturnedRows, "rows", static (_, e) => (e as MySqlExchange)?.ReturnedRowsAtLeast),
        MySql.Text("mysql.command", "MySQL: `COM_QUERY` and so on, `Connect` for the login, `Unknown` when it was not seen, `0x..` for a byte without a name", "MySQL's documentation", static e => CommandName.Of(e.Command)),
        MySql.Integer("mysql.connection_id", "the server's greeting was seen", "the server's processlist", static e => e.ServerConnectionId),
        MySql.Integer("mysql.statement_id", "commands on a prepared statement", Manual, static e => e.StatementId).In(FieldGroup.MySqlSpecial),
        MySql.Text("mysql.server_version", "the server's greeting was seen", Manual, static e => e.ServerVersion),
        MySql.Unsigned("mysql.affected_rows", "MySQL answered with OK", Manual, static e => e.AffectedRows, "rows"),
        MySql.Integer("mysql.warnings", "the answer has a count", Manual, static e => e.Warnings),
        MySql.Text("mysql.sqlstate", "MySQL answered with an error", Manual, static e => e.SqlState).In(FieldGroup.MySqlError),
        MySql.Text("mysql.error_message", "MySQL answered with an error, and only with `--show-secrets`, because such messages quote data", Manual, static (context, e) => context.Redaction.ErrorMessage(e), needsSecrets: true).In(FieldGroup.MySqlError),
        MySql.Unsigned("mysql.last_insert_id", "MySQL answered with OK, and it is not 0", Manual, static e => e.LastInsertId is > 0 ? e.LastInsertId : null),
        MySql.Text("mysql.info", "MySQL's OK has a text: `Rows matched: 1  Changed: 1  Warnings: 0`", Manual, static e => e.Info),
        MySql.Integer("mysql.result_sets", "the answer has more than one result set", "l7trace", static e => e.ResultSets > 1 ? e.ResultSets : null).In(FieldGroup.MySqlSpecial),
        MySql.Integer("mysql.fetches", "a cursor's rows came by so many COM_STMT_FETCHes, which have no records of their own", Own, static e => AboveZero(e.Fetches)).In(FieldGroup.MySqlSpecial),
        MySql.Boolean("mysql.in_transaction", "the answer has status flags: a transaction is open behind the statement", "MySQL's protocol, SERVER_STATUS_IN_TRANS", static e => e.InTransaction),
        MySql.Boolean("mysql.autocommit", "the answer has status flags: each statement commits by itself", "MySQL's protocol, SERVER_STATUS_AUTOCOMMIT", static e => e.Autocommit),
        MySql.True("mysql.no_index_used", "the server says that it read a table without an index", "MySQL's protocol, SERVER_QUERY_NO_INDEX_USED", static e => e.NoIndexUsed).In(FieldGroup.MySqlStatus),
        MySql.True("mysql.no_good_index_used", "the server says that it found no good index", "MySQL's protocol, SERVER_QUERY_NO_GOOD_INDEX_USED", static e => e.NoGoodIndexUsed).In(FieldGroup.MySqlStatus),
        MySql.True("mysql.slow", "the server says that it counts the statement as slow (`long_query_time`)", "MySQL's protocol, SERVER_QUERY_WAS_SLOW", static e => e.WasSlow).In(FieldGroup.MySqlStatus),
        MySql.True("mysql.cursor", "the statement opened a cursor: its rows were fetched by COM_STMT_FETCH", "MySQL's protocol, SERVER_STATUS_CURSOR_EXISTS", static e => e.HasCursor).In(FieldGroup.MySqlStatus),
        MySql.True("mysql.out_parameters", "a result set is a procedure's OUT and INOUT parameters", "MySQL's protocol, SERVER_PS_OUT_PARAMS", static e => e.HasOutParameters).In(FieldGroup.MySqlStatus),
        MySql.True("mysql.no_backslash_escapes", "backslashes in strings are characters like any other in this session", "MySQL's protocol, SERVER_STATUS_NO_BACKSLASH_ESCAPES", static e => e.NoBackslashEscapes).In(FieldGroup.MySqlStatus),
        MySql.Text("mysql.session.schema", "session tracking says that the default schema is this from now on", "MySQL's protocol, SESSION_TRACK_SCHEMA", static e => e.SessionChanges?.Schema).In(FieldGroup.MySqlSession),
        MySql.Text("mysql.transaction_state", "session tracking says so, such as `T_______`", "MySQL's protocol, SESSION_TRACK_TRANSACTION_STATE", static e => e.SessionChanges?.TransactionState).In(FieldGroup.MySqlSession),
        MySql.Text("mysql.transaction_characteristics", "session tracking says so", "MySQL's protocol, SESSION_TRACK_TRANSACTION_CHARACTERISTICS", static e => e.SessionChanges?.TransactionCharacteristics).In(FieldGroup.MySqlSession),
        MySql.Text("mysql.gtids", "session tracking says so", "MySQL's protocol, SESSION_TRACK_GTIDS", static e => e.SessionChanges?.Gtids).In(FieldGroup.MySqlSession),
        MySql.Family("mysql.system_variable.", "session tracking gives the variable a new value, and only with `--show-secrets`", "MySQL's protocol, SESSION_TRACK_SYSTEM_VARIABLES", static (context, e) => (context.Redaction.ShowsSecrets ? e.SessionChanges?.SystemVariables : null)!, needsSecrets: true).In(FieldGroup.MySqlSession),
        MySql.Bytes("mysql.response.bytes", "MySQL answered: size of the answer on the wire, from its first byte to its last, those not captured included; on a compressed connection that of the compressed packets, and where one holds parts of two answers, each one's share", Own, static e => AboveZero(e.ResponseBytes)),
        MySql.Bytes("mysql.response.uncompressed_bytes", "the connection is compressed, and MySQL answered: size of the answer's packets before compression", Own, static e => AboveZero(e.UncompressedResponseBytes ?? 0)).In(FieldGroup.MySqlSpecial),
        MySql.Integer("mysql.compression.level", "the login, when the client offered zstd: the level that it asked for", Manual, static e => e.Command == MySqlCommand.Connect ? e.CompressionLevel : null).In(FieldGroup.MySqlLogin),
        MySql.Bytes("mysql.local_file.bytes", "`LOAD DATA LOCAL INFILE`: size of the file that the client sent", Own, static e => e.LocalFileBytes).In(FieldGroup.MySqlSpecial),
        MySql.True("mysql.stream", "the server did not refuse a replica's `COM_BINLOG_DUMP`, a `COM_CLONE` or the like, and sends without end: nothing that follows on the connection is read", Own, static e => e.IsStream).In(FieldGroup.MySqlSpecial),
        MySql.Text("mysql.binlog.file", "`COM_BINLOG_DUMP`: the file of the binary log that the client names", Manual, static e => e.BinlogDump?.File).In(FieldGroup.MySqlSpecial),
        MySql.Unsigned("mysql.binlog.position", "`COM_BINLOG_DUMP`: where in the file", Manual, static e => e.BinlogDump?.Position, "bytes").In(FieldGroup.MySqlSpecial),
        MySql.Integer("mysql.binlog.events", "`COM_BINLOG_DUMP` that ended with the log: packets with events", Own, static e => e.BinlogEvents).In(FieldGroup.MySqlSpecial),
        MySql.Text("mysql.client.program_name", "the client told it in its login: `program_name` of its connection attributes. Attributes that an application makes up are never written", Attributes, static e => Attribute(e, "program_name")),
        MySql.Text("mysql.client.name", "a login or change of user, when told: `_client_name`, the client's library", Attributes, static e => OfLogin(e, "_client_name")).In(FieldGroup.MySqlLogin),
        MySql.Text("mysql.client.version", "a login or change of user, when told: `_client_version`", Attributes, static e => OfLogin(e, "_client_version")).In(FieldGroup.MySqlLogin),
        MySql.Text("mysql.client.pid", "a login or change of user, when told: `_pid`, as text", Attributes, static e => OfLogin(e, "_pid")).In(FieldGroup.MySqlLogin),
        MySql.Text("mysql.client.os", "a login or change of user, when told: `_os`", Attributes, static e => OfLogin(e, "_os")).In(FieldGroup.MySqlLogin),
        MySql.Integer("mysql.returned_rows.lower_bound", "bytes of the rows are missing, so `db.response.returned_rows` is not known: there were at least so many", Own, static e => e.ReturnedRowsAtLeast, "rows").In(FieldGroup.MySqlSpecial),
        MySql.Word("mysql.compression", "the connection is compressed; where its login was not seen, from the first packet on that is", Manual, s_compression, static e => e.Compression).In(FieldGroup.MySqlSpecial),
    ];

    // Of what a client tells of itself only what its library does is shown: an application may put anything into attributes
    // of its own. All but the program's name stands on the login alone.
    private static string? OfLogin(MySqlExchange exchange, string name) =>
        exchange.Command is MySqlCommand.Connect or MySqlCommand.ChangeUser ? Attribute(exchange, name) : null;

    private static string? Attribute(MySqlExchange exchange, string name)
    {
        var attributes = exchange.ClientAttributes;
        for (var i = 0; i < attributes.Count; i++) // an enumerator would be an object for each exchange
        {
            if (attributes[i].Key == name)
            {
                return attributes[i].Value;
            }
        }

        return null;
    }

    private static long? AboveZero(long value) => value > 0 ? value : null;
}
