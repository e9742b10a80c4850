// SPDX-License-Identifier: Apache-2.0
using L7Trace.Testing;

namespace L7Trace.ContainerTests;

/// <summary>
/// What a user's suite looks like: the application runs in one container and MySQL in another, over TLS, and the tests assert on
/// the statements that really ran. Each planted fault is found, and its mended twin passes.
/// </summary>
public sealed class ShopTests(Shop shop)
{
    [Fact]
    public async Task A_query_for_each_row_is_found_and_a_join_passes()
    {
        await using L7Tracer trace = await L7Tracer.AttachAsync(shop.MySql.Id);
        TraceResult faulty = await RunAsync(trace, "GET /customers/7/orders", () => shop.GetAsync("/customers/7/orders"));
        L7TraceAssertionException failure = Assert.Throws<L7TraceAssertionException>(() => faulty.ShouldHaveNoNPlusOne());
        Assert.Contains("5 x  SELECT `product` FROM `order_lines` WHERE `order_id` = ?", failure.Message, StringComparison.Ordinal);
        Assert.Contains("perhaps a loop over the rows of: SELECT `id` FROM `orders` WHERE `customer` = ? ORDER BY `id`", failure.Message, StringComparison.Ordinal);

        TraceResult mended = await RunAsync(trace, "mended", () => shop.GetAsync("/customers/7/orders?mended=true"));
        mended.ShouldHaveNoNPlusOne().ShouldHaveAtMost(1).ShouldHaveNoFailures().ShouldHaveNoWriteWithoutWhere();
    }

    [Fact]
    public async Task A_slow_statement_is_found()
    {
        await using L7Tracer trace = await L7Tracer.AttachAsync(shop.MySql.Id);
        TraceResult faulty = await RunAsync(trace, "GET /report", () => shop.GetAsync("/report"));
        Assert.Throws<L7TraceAssertionException>(() => faulty.ShouldHaveNoneSlowerThan(TimeSpan.FromMilliseconds(250)));

        TraceResult mended = await RunAsync(trace, "mended", () => shop.GetAsync("/report?mended=true"));
        mended.ShouldHaveNoneSlowerThan(TimeSpan.FromSeconds(5)).ShouldRunExactly("SELECT COUNT(*) FROM orders WHERE state = 'x'");
    }

    [Fact]
    public async Task An_update_of_everything_is_found()
    {
        await using L7Tracer trace = await L7Tracer.AttachAsync(shop.MySql.Id);
        TraceResult faulty = await RunAsync(trace, "POST /orders/1/pay", () => shop.PostAsync("/orders/1/pay"));
        Assert.Throws<L7TraceAssertionException>(() => faulty.ShouldHaveNoWriteWithoutWhere());

        TraceResult mended = await RunAsync(trace, "mended", () => shop.PostAsync("/orders/1/pay?mended=true"));
        mended.ShouldHaveNoWriteWithoutWhere().ShouldHaveExactly(1);
    }

    [Fact]
    public async Task Both_containers_in_one_trace_show_each_statement_once_and_the_request_that_caused_it()
    {
        await shop.PostAsync("/setup");
        await using L7Tracer trace = await L7Tracer.AttachAsync(x => x.Container(shop.App.Id[..12]).Container(shop.MySql.Name));
        await shop.PostAsync("/reconnect"); // of a connection that was open before, nothing proves which statements are the same at both ends
        TraceResult result = await RunAsync(trace, "both", () => shop.GetAsync("/customers/8/orders?mended=true"));

        TracedStatement statement = Assert.Single(result.Statements);
        Assert.True(statement.IsTls);
        Assert.Equal("shop", statement.Database);
        Assert.Equal(3306, statement.Server?.Port);
        TracedRequest request = Assert.Single(result.Requests);
        Assert.Equal(("GET", "/customers/8/orders", "mended=true", 200, "2", "server", true),
            (request.Method, request.Path, request.Query, request.Status, request.Version, request.Role, request.IsTls));
        Assert.Equal(shop.App.Name.TrimStart('/'), request.Container);
        Assert.True(request.Start <= statement.Start);
    }

    [Fact]
    public async Task A_failed_statement_fails_the_request()
    {
        await using L7Tracer trace = await L7Tracer.AttachAsync(x => x.Container(shop.App.Id));
        await shop.PostAsync("/reconnect");
        TraceResult result = await RunAsync(trace, "GET /broken", async () => (await shop.Http.GetAsync(new Uri("/broken", UriKind.Relative))).Dispose());
        Assert.Contains("error 1054", Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveNoFailures()).Message, StringComparison.Ordinal);
        Assert.Contains("500", Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveNoFailedRequests()).Message, StringComparison.Ordinal);
    }

    /// <summary>Each time with a trace of its own: what is flaky shows. L7TRACE_REPEAT says how often.</summary>
    [Fact]
    public async Task The_same_comes_out_every_time()
    {
        int times = int.TryParse(Environment.GetEnvironmentVariable("L7TRACE_REPEAT"), out int given) ? given : 10;
        for (int i = 1; i <= times; i++)
        {
            await using L7Tracer trace = await L7Tracer.AttachAsync(shop.MySql.Id);
            TraceResult faulty = await RunAsync(trace, $"faulty, run {i}", () => shop.GetAsync("/customers/7/orders"));
            faulty.ShouldHaveExactly(6).ShouldHaveNoFailures();
            Assert.Throws<L7TraceAssertionException>(() => faulty.ShouldHaveNoNPlusOne());
            TraceResult mended = await RunAsync(trace, $"mended, run {i}", () => shop.GetAsync("/customers/7/orders?mended=true"));
            mended.ShouldRunExactly("SELECT o.id, l.product FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.customer = 1").ShouldHaveNoNPlusOne();
            TraceResult unguarded = await RunAsync(trace, $"unguarded, run {i}", () => shop.PostAsync("/orders/1/pay"));
            Assert.Throws<L7TraceAssertionException>(() => unguarded.ShouldHaveNoWriteWithoutWhere());
            TraceResult slow = await RunAsync(trace, $"slow, run {i}", () => shop.GetAsync("/report"));
            Assert.Throws<L7TraceAssertionException>(() => slow.ShouldHaveNoneSlowerThan(TimeSpan.FromMilliseconds(250)));
        }
    }

    private static async Task<TraceResult> RunAsync(L7Tracer trace, string name, Func<Task> act)
    {
        using TraceScope scope = trace.BeginScope(name);
        await act();
        return await scope.CompleteAsync();
    }
}
