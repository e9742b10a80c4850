// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.Sql;

/// <summary>Names of MySQL commands as the protocol's documentation writes them.</summary>
public static class CommandName
{
    private static readonly Dictionary<string, MySqlCommand> s_commands =
        Enum.GetValues<MySqlCommand>().ToDictionary(Of, StringComparer.Ordinal);

    /// <summary>The command of a name that <see cref="Of"/> wrote; <see cref="MySqlCommand.Unknown"/> for all others.</summary>
    public static MySqlCommand Parse(string? name) => name switch
    {
        null => MySqlCommand.Unknown,
        _ when s_commands.TryGetValue(name, out var command) => command,
        _ when name.StartsWith("0x", StringComparison.Ordinal) &&
               byte.TryParse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) => (MySqlCommand)number,
        _ => MySqlCommand.Unknown,
    };

    /// <summary>COM_QUERY and the like; "Connect" for the login, the number for a byte without a name.</summary>
    public static string Of(MySqlCommand command) => command switch
    {
        MySqlCommand.Sleep => "COM_SLEEP",
        MySqlCommand.Quit => "COM_QUIT",
        MySqlCommand.InitDb => "COM_INIT_DB",
        MySqlCommand.Query => "COM_QUERY",
        MySqlCommand.FieldList => "COM_FIELD_LIST",
        MySqlCommand.CreateDb => "COM_CREATE_DB",
        MySqlCommand.DropDb => "COM_DROP_DB",
        MySqlCommand.Refresh => "COM_REFRESH",
        MySqlCommand.Shutdown => "COM_SHUTDOWN",
        MySqlCommand.Statistics => "COM_STATISTICS",
        MySqlCommand.ProcessInfo => "COM_PROCESS_INFO",
        MySqlCommand.ConnectInternal => "COM_CONNECT",
        MySqlCommand.ProcessKill => "COM_PROCESS_KILL",
        MySqlCommand.Debug => "COM_DEBUG",
        MySqlCommand.Ping => "COM_PING",
        MySqlCommand.Time => "COM_TIME",
        MySqlCommand.DelayedInsert => "COM_DELAYED_INSERT",
        MySqlCommand.ChangeUser => "COM_CHANGE_USER",
        MySqlCommand.BinlogDump => "COM_BINLOG_DUMP",
        MySqlCommand.TableDump => "COM_TABLE_DUMP",
        MySqlCommand.ConnectOut => "COM_CONNECT_OUT",
        MySqlCommand.RegisterSlave => "COM_REGISTER_SLAVE",
        MySqlCommand.StatementPrepare => "COM_STMT_PREPARE",
        MySqlCommand.StatementExecute => "COM_STMT_EXECUTE",
        MySqlCommand.StatementSendLongData => "COM_STMT_SEND_LONG_DATA",
        MySqlCommand.StatementClose => "COM_STMT_CLOSE",
        MySqlCommand.StatementReset => "COM_STMT_RESET",
        MySqlCommand.SetOption => "COM_SET_OPTION",
        MySqlCommand.StatementFetch => "COM_STMT_FETCH",
        MySqlCommand.Daemon => "COM_DAEMON",
        MySqlCommand.BinlogDumpGtid => "COM_BINLOG_DUMP_GTID",
        MySqlCommand.ResetConnection => "COM_RESET_CONNECTION",
        MySqlCommand.Clone => "COM_CLONE",
        MySqlCommand.SubscribeGroupReplicationStream => "COM_SUBSCRIBE_GROUP_REPLICATION_STREAM",
        MySqlCommand.StatementBulkExecute => "COM_STMT_BULK_EXECUTE",
        MySqlCommand.Connect => "Connect",
        MySqlCommand.Unknown => "Unknown",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{(int)command:x2}"),
    };
}
