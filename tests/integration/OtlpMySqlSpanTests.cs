// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using MySqlConnector;
using static L7Trace.IntegrationTests.Support.SpanAssert;

namespace L7Trace.IntegrationTests;

/// <summary>The same as <see cref="OtlpSpanTests"/> of MySQL.</summary>
public sealed class OtlpMySqlSpanTests(SharedMariaDb mariaDb)
{
    [Theory]
    [InlineData("http", "")]
    [InlineData("http", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip")]
    [InlineData("grpc", "")]
    [InlineData("grpc", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip")]
    public async Task MySql_as_text_prepared_and_failed_at_both_ends(string protocol, string variables)
    {
        Requirement.Need("bpf", "mariadb", "npm");
        MariaDbServer server = await mariaDb.GetAsync();
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(protocol);
        await server.ExecuteAsync($"CREATE OR REPLACE TABLE {MariaDbServer.Database}.people (id INT PRIMARY KEY, name VARCHAR(20))");
        await using SpanTracer tracer = await SpanTracer.WatchAsync(
            receiver.Address, Variables(protocol, variables), Tracer.Pids(server.ProcessId, Environment.ProcessId));
        await using (MySqlConnection connection = await server.OpenAsync())
        {
            await ExecuteAsync(connection, "INSERT INTO people VALUES (1, 'secret')");
            await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync(connection, "INSERT INTO people VALUES (1, 'secret')"));
            await ExecuteAsync(connection, $"DELETE FROM people WHERE id = 9 /*traceparent='00-{Trace}-{Parent}-01'*/");
            await using var command = new MySqlCommand("SELECT name FROM people WHERE id = @id", connection);
            command.Parameters.AddWithValue("@id", 1);
            await command.PrepareAsync(TestContext.Current.CancellationToken);
            Assert.Equal("secret", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        await server.WaitForQuietAsync();
        (IReadOnlyList<TraceRecord> exchanges, Dictionary<string, long> counts) = await tracer.StopAsync();
        IReadOnlyList<OtlpSpan> spans = receiver.Spans;
        Assert.DoesNotContain("secret", string.Join('\n', spans), StringComparison.Ordinal);

        // The server has another connection, older than the trace, whose first answer may have begun before it.
        TraceRecord[] leftOut = [.. exchanges.Where(x => x.State is not ("done" or "one_way") || x.Completeness == "unmatched")];
        Assert.True(leftOut.All(x => x.ServerConnectionId is null), string.Join('\n', leftOut.AsEnumerable()));
        Assert.Equal((spans.Count, leftOut.Length, 0), (counts["sent"], counts.GetValueOrDefault("left_out"), counts.Keys.Except(["sent", "left_out"]).Count()));
        Assert.Equal(exchanges.Count(x => x.Role == "client" && x.State == "done"), spans.Count(x => x.Kind == "CLIENT"));

        string port = $"server.port={server.Port}";
        string[] common = ["db.namespace=\"trace\"", "db.system.name=\"mariadb\"", "server.address=\"127.0.0.1\"", port];
        string insert = "db.query.text=\"INSERT INTO people VALUES (?, ?)\"";
        string select = "db.query.text=\"SELECT name FROM people WHERE id = ?\"";
        Check("INSERT people", "COM_QUERY", null, insert);
        Check("INSERT people", "COM_QUERY", "ERROR", insert, "db.response.status_code=\"1062\"", "error.type=\"1062\"");
        OtlpSpan child = Check("DELETE people", "COM_QUERY", null, "db.query.text=\"DELETE FROM people WHERE id = ? \"");
        Assert.Equal((Trace, Parent, 0x301), (child.TraceId, child.ParentId, child.Flags));
        Check("SELECT people", "COM_STMT_PREPARE", null, select);
        Check("SELECT people", "COM_STMT_EXECUTE", null, select);

        OtlpSpan Check(string name, string command, string? status, params string[] own)
        {
            OtlpSpan client = spans.Single(x => x.Kind == "CLIENT" && x.Name == name && x["mysql.command"] == $"\"{command}\"" && x.Status == status);
            string[] expected = [.. common, .. own, $"db.query.summary=\"{name}\"", $"mysql.command=\"{command}\""];
            Assert.Equal(expected.Order(StringComparer.Ordinal), client.Attributes);

            OtlpSpan below = spans.Single(x => x.ParentId == client.SpanId);
            Assert.Equal(("SERVER", name, status, client.TraceId), (below.Kind, below.Name, below.Status, below.TraceId));
            Assert.Equal(
                ((string[])[.. expected, "client.address=\"127.0.0.1\"", $"client.port={below["client.port"]}"]).Order(StringComparer.Ordinal), below.Attributes);

            // The server's last call may return later than the client's that got its bytes, but none got a request that was not sent.
            Assert.True(client.Start <= below.Start, $"{client}\n{below}");
            AssertOwner(client, Environment.ProcessId);
            AssertOwner(below, server.ProcessId);
            return client;
        }
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
