// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Cli;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class HttpReportVerbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("l7routes-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("report", "http", "--all")]
    [InlineData("report", "--all", "--protocol", "http")]
    [InlineData("report", "http", "--all", "--protocol", "http1")]
    public void Routes_have_their_failures_by_class_and_nothing_of_mysql_is_there(params string[] arguments)
    {
        var run = Playing();
        Assert.Equal(ExitCode.Done, run.Run([.. arguments, "--route", "/users/{name}", "--route", "/users/me"]));

        Assert.Contains("calls  4xx  5xx  reset  closed  total", run.Output, StringComparison.Ordinal);
        Assert.Contains("GET /users/{name}\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("404: 1", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("/users/me", run.Output, StringComparison.Ordinal); // the first that fits
        Assert.DoesNotContain("MySQL", run.Output, StringComparison.Ordinal);
        Assert.All(run.Settings!.Protocols, protocol => Assert.True(protocol is Protocol.Http1 or Protocol.Http2));
    }

    [Fact]
    public void Routes_come_from_a_file_and_others_are_bounded()
    {
        var file = Path.Combine(_folder.FullName, "routes");
        File.WriteAllText(file, "# ours\n\n/users/{name}   # people\r\n");
        var run = Playing();
        Assert.Equal(ExitCode.Done, run.Run("report", "http", "--all", "--routes-from", file, "--max-routes", "1", "-o", "jsonl"));

        var groups = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(record => record.GetProperty("type").GetString() == "group").ToDictionary(group => group.GetProperty("text").GetString()!);
        Assert.Equal(["GET /a", "GET /users/{name}", "GET {other}"], groups.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(2, groups["GET {other}"].GetProperty("calls").GetInt32());
        var users = groups["GET /users/{name}"];
        Assert.Equal((3, 1, 1), (users.GetProperty("calls").GetInt32(), users.GetProperty("http.errors.4xx").GetInt32(), users.GetProperty("http.errors.5xx").GetInt32()));
        Assert.Equal(["404", "500"], users.GetProperty("http.failures").EnumerateArray().Select(failure => failure.GetProperty("name").GetString()));
    }

    [Fact]
    public void A_users_route_is_what_where_compares()
    {
        var run = Playing();
        Assert.Equal(ExitCode.Done, run.Run("report", "http", "--all", "--route", "/users/{name}", "--where", "url.template == \"/users/{name}\"", "-o", "jsonl"));

        var group = Assert.Single(run.Output.Split('\n'), line => line.Contains("\"group\"", StringComparison.Ordinal));
        Assert.Equal(3, JsonDocument.Parse(group).RootElement.GetProperty("calls").GetInt32());
    }

    [Fact]
    public void A_wrong_line_of_the_file_and_a_missing_file_are_said()
    {
        var file = Path.Combine(_folder.FullName, "routes");
        File.WriteAllText(file, "/a\nusers\n");
        var wrong = new CliRun();
        Assert.Equal(ExitCode.Usage, wrong.Run("report", "--all", "--routes-from", file));
        Assert.Contains("routes, line 2: 'users': a route begins with '/'", wrong.Error, StringComparison.Ordinal);

        var missing = new CliRun();
        Assert.Equal(ExitCode.Failure, missing.Run("report", "--all", "--routes-from", file + ".not"));
        Assert.Contains("can't read", missing.Error, StringComparison.Ordinal);
    }

    private static CliRun Playing() => new()
    {
        Source = new FakeSource(static source =>
        {
            foreach (var (path, status) in new[] { ("/users/ann", 200), ("/users/me", 404), ("/users/bob", 500), ("/a", 200), ("/b", 200), ("/c", 200) })
            {
                source.Finish(Some.Get(path, status));
            }

            source.Finish(Some.Query("SELECT 1"));
        })
        { WaitsForStop = false },
    };
}
