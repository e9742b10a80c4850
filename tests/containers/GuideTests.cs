// SPDX-License-Identifier: Apache-2.0
using L7Trace.Testing;
using MySqlConnector;

namespace L7Trace.ContainerTests;

/// <summary>The snippets of docs/testing.md, between "begin" and "end" as they stand there (a unit test compares), and run.</summary>
public sealed class GuideTests(Shop shop)
{
    [Fact]
    public async Task First()
    {
        string mysqlContainer = shop.MySql.Id;
        // begin first
        await using L7Tracer trace = await L7Tracer.AttachAsync(mysqlContainer);

        using TraceScope scope = trace.BeginScope("GET /customers/7/orders");
        await shop.GetAsync("/customers/7/orders?mended=true");
        TraceResult ran = await scope.CompleteAsync();

        ran.ShouldHaveNoNPlusOne()
            .ShouldHaveAtMost(3)
            .ShouldHaveNoFailures()
            .ShouldHaveNoWriteWithoutWhere()
            .ShouldHaveNoneSlowerThan(TimeSpan.FromSeconds(2));
        // end first
    }

    [Fact]
    public async Task Readme()
    {
        string mysqlContainer = shop.MySql.Name;
        // begin readme
        await using L7Tracer trace = await L7Tracer.AttachAsync(mysqlContainer);
        using TraceScope scope = trace.BeginScope("GET /customers/7/orders");
        await shop.GetAsync("/customers/7/orders?mended=true");
        (await scope.CompleteAsync()).ShouldHaveNoNPlusOne().ShouldHaveNoFailures();
        // end readme
    }

    [Fact]
    public void Skip()
    {
        // begin skip
        Assert.SkipUnless(L7Tracer.IsSupported(out string reason), reason);
        // end skip
    }

    [Fact]
    public async Task Sequence()
    {
        await using L7Tracer trace = await L7Tracer.AttachAsync(shop.MySql.Id);
        using TraceScope scope = trace.BeginScope();
        await shop.PostAsync("/orders/1/pay?mended=true");
        TraceResult ran = await scope.CompleteAsync();
        // begin sequence
        ran.ShouldRunExactly("UPDATE orders SET state = 'paid' WHERE id = 1"); // by digest: values and blanks don't count
        ran.ShouldNotRun("DELETE FROM"); // a regular expression over digests
        Assert.Equal("UPDATE orders SET state = 'paid' WHERE id = 1", ran.Statements[0].Text); // as it was sent
        Assert.True(ran.Statements[0].IsTls);
        // end sequence
    }

    [Fact]
    public async Task Options()
    {
        // begin options
        await using L7Tracer trace = await L7Tracer.AttachAsync(options => options
            .Container(shop.App.Id)   // requests, and statements as their client sees them
            .Container(shop.MySql.Id) // statements as the server sees them; one and the same shows once
            .Ignore(statement => statement.Digest?.Contains("`audit`") == true));
        // end options
        using TraceScope scope = trace.BeginScope();
        await shop.GetAsync("/ready");
        Assert.Single((await scope.CompleteAsync()).Requests);
    }

    [Fact]
    public async Task Parallel()
    {
        await using L7Tracer trace = await L7Tracer.AttachAsync(shop.MySql.Id);
        // begin parallel
        await using MySqlConnection connection = await OpenAsync();
        using TraceScope scope = trace.BeginScope("mine", ScopeFilter.Connection(connection.ServerThread));
        // end parallel
        await using MySqlConnection other = await OpenAsync();
        using TraceScope theirs = trace.BeginScope("theirs", ScopeFilter.Connection(other.ServerThread));
        await new MySqlCommand("SELECT id FROM orders", connection).ExecuteNonQueryAsync();
        await new MySqlCommand("SELECT state FROM orders", other).ExecuteNonQueryAsync();
        (await scope.CompleteAsync()).ShouldRunExactly("SELECT id FROM orders");
        (await theirs.CompleteAsync()).ShouldRunExactly("SELECT state FROM orders");
    }

    [Fact]
    public async Task Command()
    {
        // begin command
        await using L7Tracer trace = await L7Tracer.AttachAsync(options => options.Command("sh", "-c", "exit 0"));
        using TraceScope scope = trace.BeginScope();
        await trace.Command!.WaitForExitAsync();
        (await scope.CompleteAsync()).ShouldHaveNoFailedRequests();
        // end command
    }

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection(shop.MySql.GetConnectionString() + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}
