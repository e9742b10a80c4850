// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using MySqlConnector;

namespace L7Trace.IntegrationTests.Support;

/// <summary>MySqlConnector sending numbered statements over open connections; checks every answer itself.</summary>
internal sealed class SqlNumbersClient : IAsyncDisposable
{
    private readonly List<MySqlConnection> _connections = [];

    /// <summary>Server's ids of the connections.</summary>
    public IEnumerable<uint> ConnectionIds => _connections.Select(x => (uint)x.ServerThread);

    public static async Task<SqlNumbersClient> OpenAsync(MariaDbServer server, int connections)
    {
        var client = new SqlNumbersClient();
        for (int i = 0; i < connections; i++)
        {
            MySqlConnection connection = await server.OpenAsync();
            client._connections.Add(connection);
            await using var create = new MySqlCommand(SqlNumbers.CreateTable, connection);
            await create.ExecuteNonQueryAsync();
        }

        return client;
    }

    /// <summary>Runs numbers first .. first+count-1, in turn over the connections, all connections at once.</summary>
    public Task RunAsync(long first, int count) =>
        Task.WhenAll(_connections.Select((connection, index) => Task.Run(async () =>
        {
            for (long n = first + index; n < first + count; n += _connections.Count)
            {
                await RunOneAsync(connection, n);
            }
        })));

    /// <summary>What the trace must show for these numbers, as "n command", sorted.</summary>
    public static IEnumerable<string> Expected(long first, int count)
    {
        for (long n = first; n < first + count; n++)
        {
            string[] commands = SqlNumbers.Kind(n) == NumberKind.Prepared ? ["execute", "execute", "prepare"] : ["query"];
            foreach (string command in commands)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{n} {command}");
            }
        }
    }

    /// <summary>These numbers are in the trace, each with its own answer, and nothing was lost.</summary>
    public static void AssertAll(TraceResult trace, long first, int count)
    {
        trace.AssertNothingLost();

        // The one question on the connection from before the trace: nothing behind it proves its answer.
        TraceAssert.AllComplete(trace.MySql.Where(x => !x.IsAdministrative));
        TraceAssert.Agree(trace.MySql, SqlNumbers.Fault);
        TraceAssert.SameMultiset(
            Expected(first, count),
            trace.MySql.Where(x => SqlNumbers.Of(x.Statement) is not null && !x.IsOneWay)
                .Select(x => string.Create(CultureInfo.InvariantCulture, $"{SqlNumbers.Of(x.Statement)} {x.Command}")),
            "numbered statements");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (MySqlConnection connection in _connections)
        {
            await connection.DisposeAsync();
        }

        _connections.Clear();
    }

    private static async Task RunOneAsync(MySqlConnection connection, long n)
    {
        await using var command = new MySqlCommand(SqlNumbers.Statement(n), connection);
        switch (SqlNumbers.Kind(n))
        {
            case NumberKind.Error:
                MySqlException error = await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteNonQueryAsync());
                Assert.Equal(SqlNumbers.ErrorCode(n), error.Number);
                break;
            case NumberKind.Affected:
                Assert.Equal(SqlNumbers.Count(n), await command.ExecuteNonQueryAsync());
                break;
            case NumberKind.Prepared:
                command.Parameters.AddWithValue("", SqlNumbers.Count(n));
                await command.PrepareAsync();
                Assert.Equal(SqlNumbers.Count(n), await CountRowsAsync(command));
                Assert.Equal(SqlNumbers.Count(n), await CountRowsAsync(command));
                break;
            default:
                Assert.Equal(SqlNumbers.Count(n), await CountRowsAsync(command));
                break;
        }
    }

    private static async Task<int> CountRowsAsync(MySqlCommand command)
    {
        int rows = 0;
        await using MySqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows++;
        }

        return rows;
    }
}
