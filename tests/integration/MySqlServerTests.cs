// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>The Oracle MySQL that other tests trust: it is the real one, and its log has what a client sent.</summary>
[Trait("Server", "MySql9")]
public sealed class MySqlServerTests(SharedMySql mySql)
{
    [Fact]
    public async Task It_is_Oracles_MySQL_9_and_its_general_log_has_statements_as_they_were_sent()
    {
        Requirement.Need("mysql9");
        MySqlServer server = await mySql.GetAsync();
        string log = await server.StartGeneralLogAsync();
        uint id;
        string[] statements = ["  SELECT 1 ;; ", "SELECT 'two\nlines'", "SELECT 'é' -- note", "SELECT '2026-01-01T00:00:00.000000Z'"];
        await using (MySqlConnection connection = await server.OpenAsync())
        {
            id = (uint)connection.ServerThread;
            Assert.StartsWith("9.", connection.ServerVersion, StringComparison.Ordinal);
            foreach (string statement in statements)
            {
                await using var command = new MySqlCommand(statement, connection);
                await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }
        }

        await server.WaitForQuietAsync();
        GeneralLogEntry[] entries = [.. (await server.StopGeneralLogAsync(log)).Where(x => x.ConnectionId == id)];
        Assert.Equal("Connect", entries[0].Command);
        Assert.Equal("Quit", entries[^1].Command);
        Assert.Equal(
            statements.Select(x => x.Trim(' ', ';')),
            entries.Where(x => x.Command == "Query" && x.Argument.Contains("SELECT", StringComparison.Ordinal)
                && !x.Argument.Contains("@@", StringComparison.Ordinal)).Select(x => x.Argument.Trim(' ', ';')));
    }

    [Fact]
    public async Task It_runs_as_the_process_that_was_started_and_not_as_root()
    {
        Requirement.Need("mysql9");
        MySqlServer server = await mySql.GetAsync();
        string status = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/status", TestContext.Current.CancellationToken);
        Assert.StartsWith("Name:\tmysqld\n", status, StringComparison.Ordinal);
        Assert.Contains("\nUid:\t65534\t65534\t65534\t65534\n", status, StringComparison.Ordinal);
    }
}
