// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Cli;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Spans;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Export.Json;
using L7Trace.UnitTests.Export.Otlp;
using Xunit;

namespace L7Trace.UnitTests.Cli.Spans;

/// <summary><c>--otlp</c> on the verbs.</summary>
public sealed class SpanVerbTests
{
    private const string Nowhere = "http://127.0.0.1:1"; // nothing listens there

    [Theory]
    [InlineData("watch -o plain")]
    [InlineData("watch -o none")]
    [InlineData("report -o jsonl")]
    [InlineData("report mysql -o plain")]
    [InlineData("slow --min-latency 1ms -o plain")]
    public void What_is_shown_is_also_sent(string verb)
    {
        using var collector = new LoopbackCollector();
        var run = Run(static source =>
        {
            source.Finish(Some.Query("SELECT a FROM t WHERE b = 7"));
            source.Finish(Some.Query("SELECT c FROM u", error: 1146));
        });

        Assert.Equal(ExitCode.Done, run.Run([.. verb.Split(' '), "--pid", "1", "--otlp=" + collector.Address]));

        Assert.Equal(["SELECT t", "SELECT u"], collector.Spans.Select(static span => span.Name).Order(StringComparer.Ordinal));
        Assert.Contains($"spans go to {collector.Address}/v1/traces (http/protobuf)", run.Error, StringComparison.Ordinal);
        Assert.Contains("2 spans sent", run.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was lost", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_filters_leave_out_and_what_still_runs_is_not_sent()
    {
        using var collector = new LoopbackCollector();
        var run = Run(static source =>
        {
            source.Finish(Some.Query("SELECT a FROM t"));
            source.Finish(Some.Get("/x"));
            source.InFlight.Add(Some.Query("SELECT c FROM u", duration: null));
        });
        Assert.Equal(ExitCode.Done, run.Run("watch", "--pid", "1", "--protocol", "mysql", "--otlp", collector.Address));

        Assert.Equal("SELECT t", Assert.Single(collector.Spans).Name);
    }

    [Fact]
    public void The_address_may_come_from_a_variable()
    {
        using var collector = new LoopbackCollector();
        var run = Run(static source => source.Finish(Some.Query("SELECT a FROM t"))).With("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address);
        Assert.Equal(ExitCode.Done, run.Run("watch", "--pid", "1", "--otlp"));

        Assert.Single(collector.Spans);
    }

    [Fact]
    public void Headers_are_kept_for_the_parents_that_stand_in_them()
    {
        var run = Run(static _ => { });
        Assert.Equal(ExitCode.Done, run.Run("watch", "--pid", "1", "--otlp=" + Nowhere));
        Assert.True(run.Settings!.Limits.KeepHeaders);

        run = Run(static _ => { });
        run.Run("watch", "--pid", "1");
        Assert.False(run.Settings!.Limits.KeepHeaders);
    }

    [Fact]
    public void The_summary_says_what_became_of_them()
    {
        using var collector = new LoopbackCollector();
        var run = Run(static source => source.Finish(Some.Query("SELECT a FROM t")));
        Assert.Equal(ExitCode.Done, run.Run("watch", "--pid", "1", "-o", "jsonl", "--otlp=" + collector.Address));

        var summary = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        JsonSchemaTests.AssertValid(summary);
        var fields = JsonDocument.Parse(summary).RootElement;
        Assert.Equal(
            (1, 0, 0, 0, 0, 0, 0),
            (Number("sent"), Number("rejected"), Number("queue_full"), Number("failed"), Number("unsent"), Number("not_sampled"), Number("left_out")));
        int Number(string name) => fields.GetProperty("spans." + name).GetInt32();
    }

    [Theory]
    [InlineData("-v")]
    [InlineData("-q")]
    public void A_collector_that_is_not_there_is_said_also_to_those_who_want_quiet_and_is_no_failure(string option)
    {
        var run = Run(static source => source.Finish(Some.Query("SELECT a FROM t"))).With("OTEL_BSP_EXPORT_TIMEOUT", "1");
        Assert.Equal(ExitCode.Done, run.Run("watch", "--pid", "1", option, "--otlp=" + Nowhere));

        Assert.Contains($"l7trace: the collector at {Nowhere}/v1/traces does not take spans", run.Error, StringComparison.Ordinal);
        Assert.Contains("l7trace: lost: 1 span not taken by the collector: Connection refused", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing was lost", run.Error, StringComparison.Ordinal);
        Assert.Contains("SELECT a FROM t", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_goes_to_the_collector_itself_is_nobodys_exchange_also_where_the_collector_is_traced()
    {
        using var collector = new LoopbackCollector();
        CliRun? run = null;
        run = Run(source =>
        {
            source.Finish(Post(run!.Settings!.Otlp!.UserAgent));
            source.Finish(Post("mine " + run.Settings.Otlp.UserAgent + " grpc-dotnet/2"));
            source.Finish(Post("l7trace/0.1.0 (0123456789abcdef)")); // another run's
        });
        Assert.Equal(ExitCode.Done, run.Run("watch", "--pid", "1", "-o", "jsonl", "--otlp=" + collector.Address));

        Assert.Single(collector.Spans);
        Assert.Equal(2, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length); // with the summary
        Assert.Contains("\"exchanges\":1,", run.Output, StringComparison.Ordinal);

        static HttpExchange Post(string agent) => SpanTestCase.Timed(new HttpExchange(Protocol.Http1)
        {
            Connection = Some.Connection(EndpointRole.Server),
            Method = "POST",
            Path = "/v1/traces",
            UserAgent = agent,
            StatusCode = 200,
        });
    }

    [Fact]
    public void OTEL_SDK_DISABLED_sends_nothing()
    {
        using var collector = new LoopbackCollector();
        var run = Run(static source => source.Finish(Some.Query("SELECT a FROM t"))).With("OTEL_SDK_DISABLED", "true");
        Assert.Equal(ExitCode.Done, run.Run("watch", "--pid", "1", "--otlp=" + collector.Address));

        Assert.Empty(collector.Requests);
        Assert.Contains("no spans are sent: OTEL_SDK_DISABLED is true", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--otlp=nonsense", "--otlp: 'nonsense' is no URL")]
    [InlineData("--otlp", "OTEL_EXPORTER_OTLP_PROTOCOL: 'smoke' is no protocol")]
    public void What_can_not_be_meant_is_a_wrong_command_line(string option, string message)
    {
        var run = Run(static _ => { }).With(option == "--otlp" ? "OTEL_EXPORTER_OTLP_PROTOCOL" : "X", "smoke");

        Assert.Equal(ExitCode.Usage, run.Run("watch", "--pid", "1", option));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
    }

    [Fact]
    public void Variables_that_make_no_sense_are_none_of_our_business_without_the_option() =>
        Assert.Equal(ExitCode.Done, Run(static _ => { }).With("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke").Run("watch", "--pid", "1"));

    [Fact]
    public void The_output_gets_all_that_it_would_get_without_spans()
    {
        // What has a default in the interface would be lost here in silence.
        var map = typeof(SpanSink).GetInterfaceMap(typeof(ITraceSink));

        Assert.All(map.TargetMethods, static method => Assert.Equal(typeof(SpanSink), method.DeclaringType));
    }

    [Fact]
    public void JSON_lines_have_no_headers_and_make_no_spans()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{\"v\":1,\"type\":\"loss\"}\n");
            var run = new CliRun();

            Assert.Equal(ExitCode.Usage, run.Run("report", "-r", file, "--otlp"));
            Assert.Contains("--otlp is for captures and recordings", run.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static CliRun Run(Action<FakeSource> script) => new() { Source = new FakeSource(script) { WaitsForStop = false } };
}
