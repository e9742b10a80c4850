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

    private static void AssertSays(string name, EndpointRole role, string[] expected)
    {
        var calls = Repository.Read($"tests/unit/MySql/Recorded/{name}.txt").Split('\n')
            .Where(line => line.Length > 2 && line[0] != '#')
            .Select(line => (FromClient: line[0] == 'C', Bytes: Convert.FromHexString(line.AsSpan(2)))).ToList();
        foreach (var size in Enumerable.Range(1, 40).Append(int.MaxValue / 2))
        {
            var talk = new Conversation(role);
            foreach (var (fromClient, bytes) in calls)
            {
                _ = fromClient ? talk.Client(bytes) : talk.Server(bytes);
            }

            var exchanges = talk.InPiecesOf(size).Finish(close: true).Cast<MySqlExchange>().ToList();
            Assert.Equal(expected, exchanges.Select(Line));
            Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
            Assert.All(exchanges, e => Assert.Equal(("10.11.19-MariaDB-0+deb12u1", true), (e.ServerVersion, e.IsMariaDb)));
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
        var isAnswered = e.State == ExchangeState.Done && e.Command != MySqlCommand.Connect;
        return $"{e.Command} {e.State} {what}{(isAnswered ? " |" : "")}{(isAnswered && result.Count > 0 ? " " + string.Join(' ', result) : "")}";

        void Say(string name, long? value)
        {
            if (value is { } number)
            {
                result.Add(FormattableString.Invariant($"{name} {number}"));
            }
        }
    }
}
