// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using L7Trace.IntegrationTests.Support;
using L7Trace.Testing;
using MySqlConnector;
using TraceResult = L7Trace.Testing.TraceResult;

namespace L7Trace.IntegrationTests;

/// <summary>L7Trace.Testing as a test of an application uses it, against a MariaDB of our own.</summary>
public sealed class TestLibraryTests(SharedMariaDb mariaDb)
{
    [Fact]
    public async Task A_scope_has_what_ran_in_it_and_nothing_else()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS lib_orders (id INT PRIMARY KEY, name VARCHAR(20))");
        await using L7Tracer trace = await AttachAsync(server);
        for (int round = 0; round < 50; round++)
        {
            await ExecuteAsync(connection, $"SELECT 'before', {round}");
            using TraceScope scope = trace.BeginScope("round");
            await ExecuteAsync(connection, $"SELECT name FROM lib_orders WHERE id = {round}");
            await ExecuteAsync(connection, "SELECT COUNT(*) FROM lib_orders");
            TraceResult result = await scope.CompleteAsync();
            await ExecuteAsync(connection, $"SELECT 'after', {round}");

            result.ShouldRunExactly("select name from lib_orders where id = 7", "select count(*) from lib_orders");
            Assert.Equal($"SELECT name FROM lib_orders WHERE id = {round}", result.Statements[0].Text);
            Assert.All(result.Statements, x => Assert.True(x is { IsRunning: false, Duration.Ticks: > 0, IsFailed: false, Rows: >= 0 }, x.ToString()));
            Assert.True(result.IsConclusive);
        }
    }

    [Fact]
    public async Task An_n_plus_one_is_found_with_its_cause()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS lib_lines (id INT PRIMARY KEY, parent INT)");
        await ExecuteAsync(connection, "REPLACE INTO lib_lines VALUES (1, 1), (2, 1), (3, 2)");
        await using L7Tracer trace = await AttachAsync(server);
        using TraceScope scope = trace.BeginScope("GET /orders");
        await ExecuteAsync(connection, "SELECT id FROM lib_lines ORDER BY id");
        for (int i = 0; i < 12; i++)
        {
            await ExecuteAsync(connection, $"SELECT parent FROM lib_lines WHERE id = {i}");
        }

        TraceResult result = await scope.CompleteAsync();
        result.ShouldHaveNoNPlusOne(maxRepeats: 12).ShouldHaveExactly(13).ShouldHaveNoFailures();
        L7TraceAssertionException failure = Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveNoNPlusOne());
        Assert.Contains("12 x  SELECT `parent` FROM `lib_lines` WHERE `id` = ?", failure.Message, StringComparison.Ordinal);
        Assert.Contains("12 different values", failure.Message, StringComparison.Ordinal);
        Assert.Contains("perhaps a loop over the rows of: SELECT `id` FROM `lib_lines` ORDER BY `id`", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_up_does_not_count_and_is_there_when_asked_for()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using L7Tracer trace = await AttachAsync(server);
        using TraceScope scope = trace.BeginScope();
        await using (MySqlConnection connection = await server.OpenAsync())
        {
            await ExecuteAsync(connection, "SET NAMES utf8mb4");
            await using MySqlTransaction transaction = await connection.BeginTransactionAsync();
            await using (var command = new MySqlCommand("SELECT 17 AS counted FROM DUAL WHERE 1 = 1", connection, transaction))
            {
                await command.ExecuteNonQueryAsync();
            }

            await transaction.CommitAsync();
            await connection.PingAsync();
        }

        TraceResult result = await scope.CompleteAsync();
        Assert.Equal("SELECT 17 AS counted FROM DUAL WHERE 1 = 1", Assert.Single(result.Statements).Text);
        Assert.Contains(result.Commands, x => x.Command == "Connect");
        Assert.Contains(result.Commands, x => x.Command == "COM_PING");
        Assert.Contains(result.Commands, x => x.Text == "SET NAMES utf8mb4");
    }

    [Fact]
    public async Task Failures_slow_statements_and_writes_without_where_are_found()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS lib_bad (id INT)");
        await using L7Tracer trace = await AttachAsync(server);
        using TraceScope scope = trace.BeginScope();
        await ExecuteAsync(connection, "SELECT SLEEP(0.2)");
        await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync(connection, "SELECT nothing FROM lib_bad"));
        await ExecuteAsync(connection, "UPDATE lib_bad SET id = 5");
        TraceResult result = await scope.CompleteAsync();

        result.ShouldHaveNoneSlowerThan(TimeSpan.FromSeconds(30)).ShouldHaveAtMost(3).ShouldRun("SLEEP").ShouldNotRun("DELETE");
        Assert.Contains("SLEEP", Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveNoneSlowerThan(TimeSpan.FromMilliseconds(100))).Message, StringComparison.Ordinal);
        Assert.Contains("error 1054", Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveNoFailures()).Message, StringComparison.Ordinal);
        Assert.Contains("UPDATE `lib_bad` SET `id` = ?", Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveNoWriteWithoutWhere()).Message, StringComparison.Ordinal);
        Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveAtMost(2));
    }

    [Fact]
    public async Task Scopes_at_the_same_time_are_told_apart_or_refused()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using L7Tracer trace = await AttachAsync(server);
        await using MySqlConnection one = await server.OpenAsync();
        await using MySqlConnection other = await server.OpenAsync();
        using TraceScope first = trace.BeginScope("first", ScopeFilter.Connection(one.ServerThread));
        Assert.Throws<InvalidOperationException>(() => trace.BeginScope("second"));
        Assert.Throws<InvalidOperationException>(() => trace.BeginScope("second", ScopeFilter.Tag("second")));
        using TraceScope second = trace.BeginScope("second", ScopeFilter.Connection(other.ServerThread));
        await Task.WhenAll(
            Task.Run(async () => { for (int i = 0; i < 30; i++) { await ExecuteAsync(one, $"SELECT {i} AS one_ FROM DUAL WHERE 1"); } }),
            Task.Run(async () => { for (int i = 0; i < 20; i++) { await ExecuteAsync(other, $"SELECT {i} AS other_ FROM DUAL WHERE 1"); } }));
        TraceResult ofFirst = await first.CompleteAsync();
        TraceResult ofSecond = await second.CompleteAsync();

        Assert.Equal(30, ofFirst.Statements.Count);
        Assert.All(ofFirst.Statements, x => Assert.Contains("one_", x.Text!, StringComparison.Ordinal));
        Assert.Equal(20, ofSecond.Statements.Count);
        Assert.All(ofSecond.Statements, x => Assert.Contains("other_", x.Text!, StringComparison.Ordinal));
        Assert.Throws<ObjectDisposedException>(() => first.CompleteAsync().GetAwaiter().GetResult());

        using TraceScope tagged = trace.BeginScope("tagged", ScopeFilter.Tag("test-7"));
        await ExecuteAsync(one, "SELECT 1 FROM DUAL WHERE 1 /* test-7 */");
        await ExecuteAsync(one, "SELECT 'test-7' FROM DUAL WHERE 1");
        Assert.Single((await tagged.CompleteAsync()).Statements);
    }

    [Fact]
    public async Task What_still_runs_is_running_and_no_assertion_about_time_passes()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await using L7Tracer trace = await L7Tracer.AttachAsync(x =>
        {
            Configure(x, server);
            x.Patience = TimeSpan.FromMilliseconds(300);
        });
        using TraceScope scope = trace.BeginScope();
        Task sleeping = ExecuteAsync(connection, "SELECT SLEEP(2) FROM DUAL WHERE 1");
        await using (MySqlConnection other = await server.OpenAsync())
        {
            await using var seen = new MySqlCommand("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(2)%'", other);
            while ((long)(await seen.ExecuteScalarAsync())! == 0)
            {
                await Task.Delay(10);
            }
        }

        TraceResult result = await scope.CompleteAsync();
        await sleeping;

        Assert.True(Assert.Single(result.Statements).IsRunning);
        Assert.Throws<L7TraceInconclusiveException>(() => result.ShouldHaveNoneSlowerThan(TimeSpan.FromSeconds(30)));
        result.ShouldHaveExactly(1);
    }

    [Fact]
    public async Task Losses_make_a_result_inconclusive()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await using L7Tracer trace = await L7Tracer.AttachAsync(x =>
        {
            Configure(x, server);
            x.RingBytes = 64 * 1024;
        });
        using TraceScope scope = trace.BeginScope();
        ChildProcess.Signal(trace.TracerId, ChildProcess.SigStop); // a machine so busy that the tracer does not run
        string large = "SELECT '" + new string('x', 200_000) + "'";
        for (int i = 0; i < 10; i++)
        {
            await ExecuteAsync(connection, large);
        }

        ChildProcess.Signal(trace.TracerId, ChildProcess.SigCont);
        TraceResult result = await scope.CompleteAsync();
        Assert.NotEmpty(result.Losses);
        Assert.False(result.IsConclusive);
        L7TraceInconclusiveException why = Assert.Throws<L7TraceInconclusiveException>(() => result.ShouldHaveAtMost(1_000_000));
        Assert.Contains("loss.", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_is_seen_from_its_first_request_on()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        for (int i = 0; i < 5; i++)
        {
            var command = new ProcessStartInfo("mariadb", ["--no-defaults", "--socket=" + server.Socket, "--user=root", "--execute", "SELECT 42 FROM DUAL WHERE 1"]);
            await using L7Tracer trace = await L7Tracer.AttachAsync(x => x.Command(command).BinaryPath = Repository.Binary);
            using TraceScope scope = trace.BeginScope();
            await trace.Command!.WaitForExitAsync();
            TraceResult result = await scope.CompleteAsync();

            Assert.Equal(0, trace.Command.ExitCode);
            Assert.Contains("42", trace.CommandOutput, StringComparison.Ordinal);
            result.ShouldRunExactly("SELECT 1 FROM DUAL WHERE 2");
        }
    }

    [Fact]
    public async Task What_can_not_be_traced_is_said_at_once()
    {
        Requirement.Need("bpf");
        await Assert.ThrowsAsync<ArgumentException>(() => L7Tracer.AttachAsync(static _ => { }));
        L7TraceException missing = await Assert.ThrowsAsync<L7TraceException>(() => L7Tracer.AttachAsync(static x => x.ProcessId(int.MaxValue - 3).BinaryPath = Repository.Binary));
        Assert.Contains("no such process", missing.Message, StringComparison.Ordinal);
        L7TraceException container = await Assert.ThrowsAsync<L7TraceException>(() => L7Tracer.AttachAsync(static x => x.Container("no-such-container").BinaryPath = Repository.Binary));
        Assert.Contains("no running container has this name", container.Message, StringComparison.Ordinal);
        L7TraceException binary = await Assert.ThrowsAsync<L7TraceException>(() => L7Tracer.AttachAsync(static x => x.ProcessId(1).BinaryPath = "/nowhere/l7trace"));
        Assert.Contains("/nowhere/l7trace", binary.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tracer_ends_with_its_input()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        // As when the test's process is killed: the kernel closes the other end of the pipe.
        string command = string.Create(CultureInfo.InvariantCulture, $"sleep 1 | {Repository.Binary} watch --control -q --pid {server.ProcessId}");
        await using ChildProcess tracer = ChildProcess.Start("sh", "-c", command);
        await tracer.WaitForSuccessAsync(30);
    }

    private static Task<L7Tracer> AttachAsync(MariaDbServer server) => L7Tracer.AttachAsync(x => Configure(x, server));

    private static void Configure(L7TracerOptions options, MariaDbServer server)
    {
        options.ProcessId(server.ProcessId).BinaryPath = Repository.Binary;
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
