// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>Clients that compress: the trace of the server equals its general log, also of a connection that was open before.</summary>
public sealed class MySqlCompressionTests(SharedMariaDb mariaDb)
{
    private const int Statements = 300;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_MySqlConnector_sends_compressed_equals_the_general_log(bool isOpenBefore)
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        MySqlConnection? before = isOpenBefore ? await server.OpenAsync("UseCompression=True;") : null;
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessId));
        await using (MySqlConnection connection = before ?? await server.OpenAsync("UseCompression=True;"))
        {
            for (int i = 1; i <= Statements; i++)
            {
                await using var command = new MySqlCommand(Statement(i), connection);
                await using MySqlDataReader reader = await command.ExecuteReaderAsync();
                while (await reader.ReadAsync())
                {
                }
            }
        }

        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        Compare(await server.StopGeneralLogAsync(log), trace, mayMiss: isOpenBefore ? 3 : 0);
    }

    [Fact]
    public async Task What_the_mariadb_client_sends_compressed_equals_the_general_log()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessId));
        await ChildProcess.RunAsync(
            "mariadb", "--no-defaults", "--compress", "--host=127.0.0.1", "--port=" + server.Port.ToString(CultureInfo.InvariantCulture),
            "--user=" + MariaDbServer.User, "--password=" + MariaDbServer.Password, MariaDbServer.Database,
            "--execute=" + string.Join(';', Enumerable.Range(1, Statements).Select(Statement)));
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        Compare(await server.StopGeneralLogAsync(log), trace, mayMiss: 0);
    }

    // Every statement asks for as many rows as its number; some texts are long enough to be compressed.
    private static string Statement(int number) =>
        $"SELECT seq{(number % 3 == 0 ? ", 'a text that is long enough for its packet to be worth compressing, and more'" : "")} FROM seq_1_to_{number}";

    private static void Compare(IReadOnlyList<GeneralLogEntry> entries, TraceResult trace, int mayMiss)
    {
        trace.AssertNothingLost();
        string[] logged = [.. entries.Where(x => x.Command == "Query" && x.Argument.Contains("seq_1_to_", StringComparison.Ordinal)).Select(x => x.Argument)];
        TraceRecord[] traced = [.. trace.MySql.Where(x => x.Command == "query" && x.Statement?.Contains("seq_1_to_", StringComparison.Ordinal) == true && x.IsComplete)];
        Assert.Equal(Statements, logged.Length);
        Assert.InRange(traced.Length, Statements - mayMiss, Statements);
        Assert.Equal(logged.Skip(Statements - traced.Length), traced.Select(x => x.Statement!));
        Assert.All(traced, x =>
        {
            Assert.EndsWith($"seq_1_to_{x.Rows}", x.Statement, StringComparison.Ordinal);
            Assert.Contains("\"mysql.compression\":\"zlib\"", x.ToString(), StringComparison.Ordinal);
        });
        TraceAssert.Note($"{traced.Length} of {logged.Length} compressed statements are equal, rows included");
    }
}
