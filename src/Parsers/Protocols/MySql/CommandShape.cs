// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What is known of each command without its bytes: how long it may be and what answers it.</summary>
internal static class CommandShape
{
    private const int NoLimit = int.MaxValue;
    private const int MaxName = 1024;
    private const int MaxLogin = 64 * 1024;

    /// <summary>
    /// True when a payload of this length may be this command. Strict: for finding commands among other bytes, so
    /// commands that no client has sent for decades do not count.
    /// </summary>
    public static bool IsPlausible(byte command, int length)
    {
        var (min, max) = (MySqlCommand)command switch
        {
            MySqlCommand.Quit or MySqlCommand.Statistics or MySqlCommand.ProcessInfo or MySqlCommand.Debug or
                MySqlCommand.Ping or MySqlCommand.ResetConnection => (1, 1),
            MySqlCommand.InitDb or MySqlCommand.CreateDb or MySqlCommand.DropDb or MySqlCommand.FieldList => (2, MaxName),
            MySqlCommand.Query or MySqlCommand.StatementPrepare => (2, NoLimit),
            MySqlCommand.Refresh => (2, 2),
            MySqlCommand.Shutdown => (1, 2),
            MySqlCommand.ProcessKill or MySqlCommand.StatementClose or MySqlCommand.StatementReset => (5, 5),
            MySqlCommand.ChangeUser => (4, MaxLogin),
            MySqlCommand.BinlogDump => (11, MaxName),
            MySqlCommand.BinlogDumpGtid => (19, NoLimit),
            MySqlCommand.RegisterSlave => (18, MaxName),
            MySqlCommand.StatementExecute => (10, NoLimit),
            MySqlCommand.StatementSendLongData => (7, NoLimit),
            MySqlCommand.SetOption => (3, 3),
            MySqlCommand.StatementFetch => (9, 9),
            MySqlCommand.StatementBulkExecute => (7, NoLimit),
            _ => (1, 0),
        };
        return length >= min && length <= max;
    }

    /// <summary>
    /// How this command is answered; an unknown one is taken to get OK or ERR, as are those that servers of today refuse
    /// (COM_TABLE_DUMP, COM_DAEMON and others that only servers used among themselves).
    /// </summary>
    public static AnswerKind AnswerOf(MySqlCommand command) => command switch
    {
        MySqlCommand.Quit or MySqlCommand.StatementClose or MySqlCommand.StatementSendLongData => AnswerKind.None,
        MySqlCommand.Connect or MySqlCommand.ChangeUser => AnswerKind.Login,
        MySqlCommand.Query or MySqlCommand.StatementExecute or MySqlCommand.StatementBulkExecute or
            MySqlCommand.ProcessInfo or MySqlCommand.Unknown => AnswerKind.ResultSet,
        MySqlCommand.StatementPrepare => AnswerKind.Prepare,
        MySqlCommand.StatementFetch => AnswerKind.Fetch,
        MySqlCommand.FieldList => AnswerKind.FieldList,
        MySqlCommand.Statistics => AnswerKind.Text,
        MySqlCommand.BinlogDump or MySqlCommand.BinlogDumpGtid or MySqlCommand.Clone or
            MySqlCommand.SubscribeGroupReplicationStream => AnswerKind.Stream,
        _ => AnswerKind.Simple,
    };
}
