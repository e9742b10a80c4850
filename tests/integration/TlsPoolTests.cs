// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>
/// A pool of database connections over TLS that was open before tracing began: what goes over it from then on is read, each statement
/// on the connection that the server says it came on.
/// </summary>
public sealed class TlsPoolTests
{
    private const int Connections = 20;
    private const int Rounds = 10;

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task Connections_that_were_open_before_are_read_with_their_peers(string side)
    {
        Requirement.Need("bpf", "mariadb");
        using var folder = new TemporaryFolder();
        var certificate = new Certificate(folder);
        await using MariaDbServer server = await MariaDbServer.StartAsync("--ssl-cert=" + certificate.File, "--ssl-key=" + certificate.Key);

        // With a reset MySqlConnector sends two commands in one call whenever the pool gives a connection out. At the end of a client that
        // does not wait for its answers, none is proven to be this statement's where the beginning was not seen.
        await using var pool = new MySqlDataSource(
            server.ConnectionString + $"SslMode=VerifyCA;SslCa={certificate.File};Pooling=True;ConnectionReset=False;MaximumPoolSize={Connections};MinimumPoolSize={Connections}");

        // By the server's number of a connection: the client's port.
        var ports = new Dictionary<int, int>();
        await OnEachAsync(pool, async connection =>
        {
            string host = await ScalarAsync(connection, "SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()");
            lock (ports)
            {
                ports.Add(connection.ServerThread, int.Parse(host[(host.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
            }
        });
        Assert.Equal(Connections, ports.Count);

        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(side == "client" ? Environment.ProcessId : server.ProcessId), "--tls-only", "--show-secrets"]);
        var expected = new List<string>();
        for (int round = 0; round < Rounds; round++)
        {
            await OnEachAsync(pool, async connection =>
            {
                string statement = string.Create(CultureInfo.InvariantCulture, $"SELECT 'round {round} on {connection.ServerThread}'");
                Assert.Equal(statement["SELECT '".Length..^1], await ScalarAsync(connection, statement));
                lock (expected)
                {
                    expected.Add(Line(ports[connection.ServerThread], server.Port, statement));
                }
            });
        }

        TraceResult trace = await tracer.StopAsync();

        // The server is a child of this process: of a trace of this one it is a part.
        TraceRecord[] ours = [.. trace.MySql.Where(x => x.Role == side && x.Statement?.StartsWith("SELECT 'round ", StringComparison.Ordinal) == true)];
        Assert.All(ours, x => Assert.Contains(x.PeerProof, new[] { "nested_call", "ciphertext_match" }));
        TraceAssert.AllComplete(ours);
        TraceAssert.SameMultiset(expected, ours.Select(x => Line(x.ClientPort ?? 0, x.ServerPort ?? 0, x.Statement!)), "statements");
        trace.AssertNothingLost();
    }

    /// <summary>All connections of the pool at once.</summary>
    private static async Task OnEachAsync(MySqlDataSource pool, Func<MySqlConnection, Task> action)
    {
        MySqlConnection[] all = await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ => await pool.OpenConnectionAsync()));
        await Task.WhenAll(all.Select(action));
        foreach (MySqlConnection connection in all)
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task<string> ScalarAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static string Line(int client, int server, string statement) =>
        string.Create(CultureInfo.InvariantCulture, $"{client} {server} {statement}");
}
