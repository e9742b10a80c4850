// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// Bytes that real clients and a real server exchanged (recorded by a relay between them; see the files' own notes),
/// whole, cut into pieces of every small size, and seen from both sides.
/// </summary>
public sealed class RecordedTalkTests
{
    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void The_text_protocol(EndpointRole role) => AssertSays("text", role,
    [
        "Connect Done 'app'@'shop'",
        "Query Done SELECT id, name FROM item ORDER BY id | rows 3 sets 1",
        "Query Done SELECT nothing FROM nowhere | error 1146",
        "Query Done UPDATE item SET name='screw' WHERE id=3 | affected 1",
        "Query Done SELECT 1; INSERT INTO item VALUES (9,'nine'); SELECT 2, 3 | rows 2 sets 2 affected 1",
        "Query Done CALL two() | rows 6 sets 2 affected 0",
        "InitDb Done  | affected 0",
        "Ping Done  | affected 0",
        "Quit OneWay ",
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void Prepared_statements(EndpointRole role) => AssertSays("prepared", role,
    [
        "Connect Done 'app'@'shop'",
        "StatementPrepare Done SELECT id, name FROM item WHERE id < 3 |",
        "StatementExecute Done SELECT id, name FROM item WHERE id < 3 | rows 2 sets 1",
        "StatementExecute Done SELECT id, name FROM item WHERE id < 3 | rows 2 sets 1",
        "StatementClose OneWay ",
        "StatementPrepare Done SELECT nothing FROM nowhere | error 1146",
        "StatementPrepare Done INSERT INTO item VALUES (10, 'ten') |",
        "StatementExecute Done INSERT INTO item VALUES (10, 'ten') | affected 1",
        "StatementClose OneWay ",
        "StatementPrepare Done SELECT COUNT(*) FROM item |",
        "StatementExecute Done SELECT COUNT(*) FROM item | rows 1 sets 1",
        "StatementClose OneWay ",
        "Quit OneWay ",
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void A_local_file_with_a_progress_report(EndpointRole role) => AssertSays("infile", role,
    [
        "Connect Done 'app'@'shop'",
        "Query Done LOAD DATA LOCAL INFILE 'rows.tsv' INTO TABLE item | affected 2",
        "Query Done SELECT COUNT(*) FROM item | rows 1 sets 1",
        "Quit OneWay ",
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void The_dump_of_a_binary_log_has_as_many_events_as_mariadb_binlog_printed(EndpointRole role) => AssertSays("binlog", role,
    [
        .. s_binlogTool,
        "BinlogDump Done  | events 14 of master.000002", // 13 were printed, and one that is not in the file names it
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void The_dump_that_a_replica_follows_is_a_stream(EndpointRole role) => AssertSays("binlog-follow", role,
    [
        .. s_binlogTool,
        "BinlogDump OneWay  stream of master.000001",
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void The_dump_of_a_file_that_is_not_there_is_an_error(EndpointRole role) => AssertSays("binlog-missing", role,
    [
        .. s_binlogTool,
        "BinlogDump Done  | error 1236 of nothing.000009",
        "Quit OneWay ",
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void Every_command_that_is_seldom_sent_has_its_own_answer(EndpointRole role) => AssertSays("commands", role,
    [
        "Connect Done 'app'@''",
        "RegisterSlave Done  | affected 0",
        "Daemon Done  | error 1047",
        "Sleep Done  | error 1047",
        "Debug Done  |",
        "SetOption Done  |",
        "ProcessInfo Done  | rows 2 sets 1",
        "ProcessKill Done  | error 1094",
        "TableDump Done  | error 1047",
        "85 Done  | error 1047",
        "Time Done  | error 1047",
        "ConnectInternal Done  | error 1047",
        "Statistics Done  |",
        "Refresh Done  | affected 0",
        "CreateDb Done  | error 1047",
        "Ping Done  | affected 0",
        "Quit OneWay ",
    ]);

    [Theory]
    [InlineData("before41", EndpointRole.Client)]
    [InlineData("before41", EndpointRole.Server)]
    [InlineData("before41-plain", EndpointRole.Client)]
    [InlineData("before41-plain", EndpointRole.Server)]
    public void A_client_of_before_4_1_is_answered_in_its_own_shapes(string name, EndpointRole role) => AssertSays(name, role,
    [
        name == "before41" ? "Connect Done 'app'@'shop'" : "Connect Done 'app'@''",
        "Query Done SELECT 1, 'two' | rows 1 sets 1",
        "Query Done SELECT id, name FROM shop.item | rows 4 sets 1",
        $"Query Done UPDATE shop.item SET name='x' WHERE id=1 | affected {(name == "before41" ? 1 : 0)}",
        $"Query Done SELECT nothing FROM nowhere | error {(name == "before41" ? 1146 : 1046)}",
        "InitDb Done  | affected 0",
        "Query Done SELECT id FROM item WHERE 0 | sets 1",
        "Query Done SELECT CAST('a' AS INT) | rows 1 sets 1",
        "Ping Done  | affected 0",
        "SetOption Done  |",
        "Debug Done  |",
        "Statistics Done  |",
        "FieldList Done  |",
        $"Query Done SELECT '{new string('a', 300)}' | rows 1 sets 1",
        "Quit OneWay ",
    ]);

    [Theory]
    [InlineData("metadata", EndpointRole.Client)]
    [InlineData("metadata", EndpointRole.Server)]
    [InlineData("metadata-eof", EndpointRole.Client)]
    [InlineData("metadata-eof", EndpointRole.Server)]
    public void Definitions_that_a_client_of_MySql_does_not_want_are_not_missed(string name, EndpointRole role) => AssertSays(name, role,
    [
        "Connect Done 'root'@''",
        "Query Done SELECT id, name FROM shop.item | rows 3 sets 1",
        "Query Done SET resultset_metadata=NONE | affected 0",
        "Query Done SELECT id, name FROM shop.item | rows 3 sets 1",
        "Query Done SELECT id FROM shop.item WHERE 0 | sets 1",
        "StatementPrepare Done SELECT id, name FROM shop.item WHERE id < ? |",
        "StatementExecute Done SELECT id, name FROM shop.item WHERE id < ? | rows 2 sets 1",
        "StatementExecute Done SELECT id, name FROM shop.item WHERE id < ? | sets 1",
        "Query Done SET resultset_metadata=FULL | affected 0",
        "StatementExecute Done SELECT id, name FROM shop.item WHERE id < ? | rows 3 sets 1",
        "StatementPrepare Done UPDATE shop.item SET name='x' WHERE id = ? + ? |",
        $"StatementExecute Done UPDATE shop.item SET name='x' WHERE id = ? + ? | affected 1",
        "Query Done SET resultset_metadata=NONE | affected 0",
        "StatementPrepare Done UPDATE shop.item SET name='y' WHERE id = ? + ? |",
        "StatementExecute Done UPDATE shop.item SET name='y' WHERE id = ? + ? | affected 1",
        "Query Done SELECT 1 | rows 1 sets 1",
        "Quit OneWay ",
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void The_dump_by_GTID_has_as_many_events_as_mysqlbinlog_printed(EndpointRole role) => AssertSays("binlog-gtid", role,
    [
        "Connect Done 'other'@''",
        "Query Done SELECT VERSION() | rows 1 sets 1",
        "Query Done SET @master_binlog_checksum = 'NONE', @source_binlog_checksum = 'NONE' | affected 0",
        "BinlogDumpGtid Done  | events 22 of m9log.000002", // 21 were printed, and one that is not in the file names it
    ]);

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void What_the_mysql_client_sent_by_zstd_is_what_it_printed(EndpointRole role)
    {
        var numbers = "SELECT " + string.Join(", ", Enumerable.Range(0, 200).Select(i => i % 3));
        AssertSays("zstd", role,
        [
            "Connect Done 'other'@'shop'",
            "Query Done select @@version_comment limit 1 | rows 1 sets 1",
            "Query Done select $$ | error 1064",
            "Query Done SELECT id, name FROM item | rows 4 sets 1",
            "Query Done SELECT REPEAT('compress me ', 3000) AS long_text | rows 1 sets 1",
            $"Query Done {numbers} | rows 1 sets 1",
            "Query Done UPDATE item SET name='bolt' WHERE id = 1 | affected 1",
            "Query Done SELECT nothing FROM nowhere | error 1146",
            "Quit OneWay ",
        ]);

        var exchanges = new Conversation(role).Tell("zstd").Finish(close: true).Cast<MySqlExchange>().ToList();
        Assert.All(exchanges, e => Assert.Equal("zstd", e.Compression));
        Assert.Equal((byte)7, exchanges[0].CompressionLevel!.Value);
        Assert.InRange(exchanges[4].UncompressedResponseBytes!.Value, 36_000, 36_200); // a row of 36,000 bytes
        Assert.InRange(exchanges[4].ResponseBytes, 50, 200);
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void Definitions_with_extended_metadata_are_read_as_definitions(EndpointRole role) => AssertSays("extended", role,
    [
        "Connect Done 'app'@'shop'",
        "Query Done SELECT j, i, u, ST_AsText(p) FROM kinds | rows 2 sets 1",
        "Query Done SELECT p FROM kinds WHERE i IS NULL | rows 1 sets 1",
        "Query Done SELECT 1 | rows 1 sets 1",
        "Quit OneWay ",
    ]);

    private static readonly string[] s_binlogTool =
    [
        "Connect Done 'app'@''",
        "Query Done SELECT VERSION() | rows 1 sets 1",
        "Query Done SET @master_binlog_checksum='NONE' | affected 0",
        "Query Done SET @mariadb_slave_capability=4 | affected 0",
    ];

    private static void AssertSays(string name, EndpointRole role, string[] expected)
    {
        foreach (var size in Enumerable.Range(1, 40).Append(int.MaxValue / 2))
        {
            var exchanges = new Conversation(role).Tell(name).InPiecesOf(size).Finish(close: true).Cast<MySqlExchange>().ToList();
            Assert.Equal(expected, exchanges.Select(Line));
            Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
            var isMySql = name is "metadata" or "metadata-eof" or "zstd" or "binlog-gtid";
            Assert.All(exchanges, e => Assert.StartsWith(isMySql ? "9.7.4" : "10.11.19-MariaDB", e.ServerVersion, StringComparison.Ordinal));
            Assert.All(exchanges, e => Assert.Equal(!isMySql, e.IsMariaDb));
        }
    }

    private static string Line(MySqlExchange e)
    {
        var what = e.Command == MySqlCommand.Connect ? $"'{e.User}'@'{e.Schema}'" : e.StatementText;
        List<string> result = [];
        Say("rows", e.ReturnedRows is > 0 ? e.ReturnedRows : null);
        Say("sets", e.ResultSets > 0 ? e.ResultSets : null);
        Say("affected", (long?)e.AffectedRows);
        Say("error", e.ErrorCode);
        Say("events", e.BinlogEvents);
        var isAnswered = e.State == ExchangeState.Done && e.Command != MySqlCommand.Connect;
        var dump = e.BinlogDump is { } asked ? $"{(e.IsStream ? " stream" : "")} of {asked.File}" : "";
        return $"{e.Command} {e.State} {what}{(isAnswered ? " |" : "")}{(isAnswered && result.Count > 0 ? " " + string.Join(' ', result) : "")}{dump}";

        void Say(string name, long? value)
        {
            if (value is { } number)
            {
                result.Add(FormattableString.Invariant($"{name} {number}"));
            }
        }
    }
}
