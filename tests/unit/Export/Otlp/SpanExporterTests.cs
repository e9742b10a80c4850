// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Sending;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Cli;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>Queue, batches, retries and counts, with a collector that follows a script and a clock that is moved by hand.</summary>
public sealed class SpanExporterTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private static readonly TracedProcess s_process = new() { ProcessId = 100, ExecutableName = "app" };

    private readonly FakeTime _time = new();
    private readonly List<string> _told = [];

    private OtlpSettings _settings = OtlpEnvironmentTests.Read(null, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=2");

    [Fact]
    public void A_batch_goes_when_it_is_full_and_the_rest_when_its_time_has_come_or_the_end()
    {
        var transport = new FakeTransport();
        using var exporter = Exporter(transport);

        Offer(exporter, 3);
        WaitUntil(() => transport.Requests.Count == 1);
        Assert.Equal(2, transport.Spans.Count());

        WaitUntil(() => _time.Waits.Contains(_settings.ScheduleDelay));
        _time.Pass(_settings.ScheduleDelay);
        WaitUntil(() => transport.Requests.Count == 2);

        Offer(exporter, 1);
        var counts = exporter.End(_patience);
        Assert.Equal([2, 1, 1], transport.Requests.Select(static request => FakeTransport.SpansOf(request).Count()));
        Assert.Equal(new SpanCounts { Sent = 4 }, counts);
        Assert.Empty(_told);
    }

    [Fact]
    public void A_busy_collector_is_asked_again_later_and_later_and_the_same_spans_are_sent()
    {
        var transport = new FakeTransport(SendAnswer.Retry("busy"), SendAnswer.Retry("busy"), SendAnswer.Retry("busy"), default);
        using var exporter = Exporter(transport);
        Offer(exporter, 2);

        foreach (var (tries, least, most) in ((int, double, double)[])[(1, 0.5, 1.5), (2, 1, 3), (3, 2, 6)])
        {
            WaitUntil(() => transport.Requests.Count == tries && _time.Waits.Count == 1);
            var wait = Assert.Single(_time.Waits);
            Assert.InRange(wait.TotalSeconds, least, most);
            _time.Pass(wait);
        }

        Assert.Equal(new SpanCounts { Sent = 2, Problem = "busy" }, exporter.End(_patience));
        Assert.Equal(4, transport.Requests.Count);
        Assert.All(transport.Requests, request => Assert.Equal(transport.Requests[0], request));
        Assert.Equal(
            ["the collector at http://localhost:4318/v1/traces does not take spans (they are sent again): busy", "the collector takes spans again"],
            _told);
    }

    [Fact]
    public void It_is_never_asked_sooner_than_it_wants()
    {
        var transport = new FakeTransport(SendAnswer.Retry("busy", TimeSpan.FromSeconds(9)), default);
        using var exporter = Exporter(transport);
        Offer(exporter, 2);

        WaitUntil(() => transport.Requests.Count == 1 && _time.Waits.Count == 1);
        Assert.Equal(TimeSpan.FromSeconds(9), Assert.Single(_time.Waits));
        _time.Pass(TimeSpan.FromSeconds(9));

        Assert.Equal(2, exporter.End(_patience).Sent);
    }

    [Fact]
    public void One_that_wants_more_time_than_a_batch_has_is_left_alone_for_so_long()
    {
        var transport = new FakeTransport(SendAnswer.Retry("later", TimeSpan.FromMinutes(10)), default);
        using var exporter = Exporter(transport);
        Offer(exporter, 4);

        WaitUntil(() => _time.Waits.Contains(TimeSpan.FromMinutes(10)));
        Assert.Equal(2, exporter.Counts.Failed);
        Assert.Single(transport.Requests);
        _time.Pass(TimeSpan.FromMinutes(10));

        var counts = exporter.End(_patience);
        Assert.Equal((2, 2), (counts.Sent, counts.Failed));
    }

    [Fact]
    public void A_batch_is_given_up_when_its_time_is_over_and_the_next_is_tried()
    {
        var transport = new FakeTransport(SendAnswer.Retry("no route"));
        using var exporter = Exporter(transport);
        Offer(exporter, 4);

        var passed = TimeSpan.Zero;
        while (exporter.Counts.Failed < 4)
        {
            WaitUntil(() => _time.Waits.Count == 1 || exporter.Counts.Failed == 4);
            if (_time.Waits is [var wait])
            {
                passed += wait;
                _time.Pass(wait);
            }
        }

        Assert.InRange(passed, TimeSpan.Zero, 2 * (_settings.ExportTimeout + _settings.ScheduleDelay));
        Assert.InRange(transport.Requests.Count, 4, 20);
        Assert.Equal(new SpanCounts { Failed = 4, Problem = "no route" }, exporter.End(_patience));
        Assert.Single(_told);
    }

    [Fact]
    public void What_is_refused_is_not_sent_again()
    {
        var transport = new FakeTransport(SendAnswer.Refused("HTTP status 400"), default);
        using var exporter = Exporter(transport);
        Offer(exporter, 4);

        Assert.Equal(new SpanCounts { Sent = 2, Failed = 2, Problem = "HTTP status 400" }, exporter.End(_patience));
        Assert.Equal(2, transport.Requests.Count);
    }

    [Fact]
    public void Spans_that_the_collector_rejects_are_counted_and_not_sent_again()
    {
        var transport = new FakeTransport(new SendAnswer(SendResult.Taken, "too old", Rejected: 1));
        using var exporter = Exporter(transport);
        Offer(exporter, 2);

        Assert.Equal(new SpanCounts { Sent = 1, Rejected = 1, Problem = "too old" }, exporter.End(_patience));
        Assert.Equal("the collector at http://localhost:4318/v1/traces does not take spans: it rejects spans: too old", Assert.Single(_told));
    }

    [Fact]
    public void A_collector_that_hangs_costs_spans_and_holds_up_neither_the_capture_nor_the_end()
    {
        _settings = _settings with { QueueSize = 10 };
        var transport = new FakeTransport { Hangs = true };
        using var exporter = Exporter(transport);
        Offer(exporter, 2);
        WaitUntil(() => transport.Requests.Count == 1);

        Offer(exporter, 1000);
        Assert.Equal(990, exporter.Counts.QueueFull);

        var counts = exporter.End(TimeSpan.FromMilliseconds(10));
        Assert.Equal(new SpanCounts { QueueFull = 990, Unsent = 12 }, counts);
    }

    [Fact]
    public void A_source_that_can_wait_does_so_while_the_collector_works()
    {
        _settings = _settings with { QueueSize = 2 };
        using var exporter = Exporter(new FakeTransport(), waits: true);
        Offer(exporter, 500);

        Assert.Equal(new SpanCounts { Sent = 500 }, exporter.End(_patience));
    }

    [Fact]
    public void A_source_that_can_wait_does_not_wait_for_a_collector_that_is_gone()
    {
        _settings = _settings with { QueueSize = 2, ExportTimeout = TimeSpan.FromMilliseconds(1) };
        using var exporter = Exporter(new FakeTransport(SendAnswer.Retry("gone")), waits: true);
        Offer(exporter, 500);

        var counts = exporter.End(_patience);
        Assert.Equal((0, 500), (counts.Sent, counts.Lost));
    }

    [Fact]
    public void What_lacks_a_beginning_an_end_a_side_or_a_safe_match_is_left_out_and_counted()
    {
        var transport = new FakeTransport();
        using var exporter = Exporter(transport);
        var unmatched = Some.Query("SELECT 1");
        unmatched.Completeness = new Completeness(CompletenessKind.Unmatched);
        foreach (var exchange in new Exchange[]
        {
            unmatched, Some.Query("SELECT 1", state: ExchangeState.Lost), Some.Query("SELECT 1", duration: null, state: ExchangeState.Done),
            Some.Query("SELECT 1", connection: Some.Connection(EndpointRole.Unknown)),
            // These are no calls with an answer, now or ever.
            Some.Query("SELECT 1", duration: null), Some.Query("SELECT 1", duration: null, state: ExchangeState.OneWay),
        })
        {
            exporter.Offer(exchange, withOtherEnd: true, static _ => s_process);
        }

        Assert.Equal(new SpanCounts { LeftOut = 4 }, exporter.End(_patience));
        Assert.Empty(transport.Requests);
    }

    [Fact]
    public void Spans_of_unsampled_traces_are_not_sent()
    {
        _settings = OtlpEnvironmentTests.Read(null, "OTEL_TRACES_SAMPLER=always_off");
        var transport = new FakeTransport();
        using var exporter = Exporter(transport);
        Offer(exporter, 3);

        Assert.Equal(new SpanCounts { NotSampled = 3 }, exporter.End(_patience));
        Assert.Empty(transport.Requests);
    }

    [Fact]
    public void What_is_learnt_of_the_peer_while_an_exchange_waits_is_in_its_span()
    {
        var transport = new FakeTransport();
        using var exporter = Exporter(transport);
        var exchange = Some.Query("SELECT 1");
        var address = exchange.Connection.Remote;
        (exchange.Connection.Remote, exchange.Connection.PeerProof) = (null, PeerProof.Unknown);
        exporter.Offer(exchange, withOtherEnd: true, static _ => s_process);
        (exchange.Connection.Remote, exchange.Connection.PeerProof) = (address, PeerProof.CiphertextMatch);
        exporter.End(_patience);

        Assert.Equal("127.0.0.1", transport.Spans.Single().Attributes.Single(static x => x.Key == "server.address").Value.StringValue);
    }

    [Fact]
    public void Spans_that_are_large_go_in_several_requests_that_a_collector_takes()
    {
        _settings = OtlpEnvironmentTests.Read(null, "");
        var transport = new FakeTransport();
        using var exporter = Exporter(transport);
        for (var i = 0; i < 100; i++)
        {
            exporter.Offer(Some.Query("SELECT " + string.Join(", ", Enumerable.Repeat("column_name", 5000))), withOtherEnd: true, static _ => s_process);
        }

        Assert.Equal(new SpanCounts { Sent = 100 }, exporter.End(_patience));
        Assert.InRange(transport.Requests.Count, 3, 10);
        Assert.All(transport.Requests, static request => Assert.InRange(request.CalculateSize(), 1, SpanSender.MaxRequest + 200_000));
        Assert.Equal(100, transport.Spans.Select(static span => span.SpanId).Distinct().Count());
    }

    [Fact]
    public void A_collector_that_wants_to_be_left_alone_for_a_year_is_asked_after_an_hour()
    {
        var transport = new FakeTransport(SendAnswer.Retry("later", TimeSpan.FromDays(365)), default);
        using var exporter = Exporter(transport);
        Offer(exporter, 4);
        WaitUntil(() => _time.Waits.Contains(TimeSpan.FromHours(1)));
        _time.Pass(TimeSpan.FromHours(1));

        Assert.Equal(2, exporter.End(_patience).Sent);
    }

    [Fact]
    public void Its_end_can_be_asked_for_twice_and_frees_the_transport()
    {
        var transport = new FakeTransport();
        var exporter = Exporter(transport);
        Offer(exporter, 1);
        Assert.Equal(1, exporter.End(_patience).Sent);
        Assert.Equal(1, exporter.End(_patience).Sent);
        exporter.Dispose();

        Assert.True(transport.WasDisposed);
    }

    private static void Offer(SpanExporter exporter, int count)
    {
        for (var i = 0; i < count; i++)
        {
            exporter.Offer(Some.Query("SELECT 1"), withOtherEnd: true, static _ => s_process);
        }
    }

    // A condition that another thread brings about; the time is only how long a failure takes.
    private static void WaitUntil(Func<bool> condition)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(begin) < _patience, "it did not come to that");
            Thread.Sleep(1);
        }
    }

    private SpanExporter Exporter(FakeTransport transport, bool waits = false) =>
        new(_settings, Redaction.Default, [], waits, _told.Add, transport, _time);
}
