// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using L7Trace.Cli;
using L7Trace.Export;
using L7Trace.Export.Fields;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class WhereTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Only_what_the_expression_holds_of_is_shown_and_the_rest_is_counted()
    {
        var run = Trace("watch", "--all", "-o", "plain", "--where", "db.response.status_code != 0 && db.query.text ~ orders");

        Assert.Contains("FROM orders", Assert.Single(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("--where left out 3, 2 of them because a field that it needs is not known", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_expressions_and_the_other_filters_must_all_hold()
    {
        Assert.Contains("GET", Trace("watch", "--all", "-o", "plain", "--where", "protocol == http", "--where", "duration < 1s").Output, StringComparison.Ordinal);
        Assert.Empty(Trace("watch", "--all", "-o", "plain", "--where", "protocol == http", "--where", "duration > 1s").Output);
        Assert.Empty(Trace("watch", "--all", "-o", "plain", "--where", "protocol == http", "--protocol", "mysql").Output);
    }

    [Fact]
    public void A_running_statement_is_shown_when_it_has_run_long_enough_for_the_expression()
    {
        var running = Some.Query("SELECT SLEEP(9)", duration: null);
        var run = new CliRun
        {
            Source = new FakeSource(source =>
            {
                source.InFlight.Add(running);
                source.TickAt(200_000_000);
                source.TickAt(900_000_000);
                source.TickAt(1_500_000_000);
            })
            { WaitsForStop = false },
        };

        Assert.Equal(ExitCode.Done, run.Run("slow", "--all", "-o", "jsonl", "--min-latency", "100ms", "--where", "duration > 1s"));
        var line = Assert.Single(run.Output.Split('\n'), line => line.Contains("\"running\",", StringComparison.Ordinal));
        Assert.Contains("SLEEP", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_is_a_usage_error_with_a_caret()
    {
        var run = new CliRun();

        Assert.Equal(ExitCode.Usage, run.Run("watch", "--all", "--where", "tls && duration > 50"));
        Assert.Contains("--where: a duration needs a unit", run.Error, StringComparison.Ordinal);
        Assert.Contains("\n    tls && duration > 50\n                      ^", run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
    }

    [Fact]
    public void What_is_there_only_with_secrets_can_not_be_asked_for_without()
    {
        var run = new CliRun();

        Assert.Equal(ExitCode.Usage, run.Run("watch", "--all", "--where", "mysql.error_message ~ x"));
        Assert.Contains("mysql.error_message is not known without --show-secrets", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new CliRun().Run("watch", "--all", "--show-secrets", "--where", "mysql.error_message ~ x"));
    }

    [Theory]
    [InlineData("fields")]
    [InlineData("watch", "--where", "help")]
    [InlineData("export", "--where", "help")]
    public void The_fields_are_listed(params string[] arguments)
    {
        var run = new CliRun();

        Assert.Equal(ExitCode.Done, run.Run(arguments));
        Assert.All(ExchangeFields.All, field => Assert.Contains("\n" + (field.ShortName ?? field.Name) + " ", "\n" + run.Help, StringComparison.Ordinal));
        Assert.Empty(run.Error);
    }

    [Fact]
    public void A_recorded_session_is_filtered_as_its_lines_say()
    {
        var lines = Repository.Read("fixtures/shop/session.jsonl");
        File.WriteAllText(_path, lines);
        var expected = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .Count(json => json.GetProperty("type").GetString() == "exchange" && json.TryGetProperty("server.duration_ns", out var server)
                && server.GetInt64() > 1_000_000 && json.TryGetProperty("db.query.text", out var text)
                && text.GetString()!.Contains("order", StringComparison.Ordinal));
        Assert.NotEqual(0, expected);
        var run = new CliRun();

        Assert.Equal(ExitCode.Done, run.Run("report", "-r", _path, "-o", "jsonl", "--where", "server.duration > 1ms && db.query.text ~ order"));
        var summary = JsonDocument.Parse(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
        Assert.Equal(expected, summary.GetProperty("exchanges").GetInt32());
    }

    [Fact]
    public void Every_field_of_a_recorded_session_comes_back_as_it_was_written()
    {
        var context = new FieldContext(Redaction.Default);
        var buffer = new char[ExchangeField.BufferSize];
        foreach (var line in Repository.Read("fixtures/shop/session.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var json = JsonDocument.Parse(line).RootElement;
            if (JsonLinesReader.Read(Encoding.UTF8.GetBytes(line))?.Exchange is not { } exchange)
            {
                continue;
            }

            foreach (var property in json.EnumerateObject().Where(property => property.Name != "url.template"))
            {
                Assert.True(
                    ExchangeFields.Find(property.Name)!.TryText(context, exchange, buffer, out var text),
                    $"src/Export/Json/JsonLinesReader.cs does not bring back {property.Name}: {line}");
                var written = property.Value.ValueKind switch
                {
                    JsonValueKind.True => "true",
                    JsonValueKind.False => "false",
                    _ => property.Value.ToString(),
                };
                Assert.Equal((property.Name, written), (property.Name, text.ToString()));
            }
        }
    }

    private static CliRun Trace(params string[] arguments)
    {
        var run = new CliRun
        {
            Source = new FakeSource(source =>
            {
                source.Finish(Some.Query("SELECT 1 FROM orders"));
                source.Finish(Some.Query("SELECT 2 FROM orders", error: 1146));
                source.Finish(Some.Query("SELECT 3 FROM users", error: 1146));
                source.Finish(Some.Get("/orders"));
            })
            { WaitsForStop = false },
        };
        Assert.Equal(ExitCode.Done, run.Run(arguments));
        return run;
    }
}
