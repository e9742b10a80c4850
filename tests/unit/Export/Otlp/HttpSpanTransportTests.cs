// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using System.Net;
using Google.Protobuf;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Export.Otlp.Sending;
using L7Trace.UnitTests.Cli;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>OTLP/HTTP: what is sent, and what each answer means.</summary>
public sealed class HttpSpanTransportTests
{
    private static readonly ExportTraceServiceRequest s_request = SpanTestCase.RequestOf(Some.Query("SELECT 1"));

    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_request_is_the_message_with_its_headers()
    {
        var handler = new Handler(static () => new HttpResponseMessage(HttpStatusCode.OK));
        Assert.Equal(default, await SendAsync(handler, "OTEL_EXPORTER_OTLP_HEADERS=api-key=s%20e,user-agent=mine"));

        Assert.Equal(("POST http://localhost:4318/v1/traces", "application/x-protobuf", null), (handler.Line, handler.Type, handler.Encoding));
        Assert.Equal("s e", handler.Headers["api-key"]);
        Assert.Matches("^mine l7trace/0\\.1\\.0 \\([0-9a-f]{16}\\)$", handler.Headers["User-Agent"]);
        Assert.Equal(s_request, ExportTraceServiceRequest.Parser.ParseFrom(handler.Body));
    }

    [Fact]
    public async Task It_is_compressed_when_that_is_asked_for()
    {
        var handler = new Handler(static () => new HttpResponseMessage(HttpStatusCode.OK));
        await SendAsync(handler, "OTEL_EXPORTER_OTLP_COMPRESSION=gzip");

        Assert.Equal("gzip", handler.Encoding);
        using var body = new GZipStream(new MemoryStream(handler.Body), CompressionMode.Decompress);
        Assert.Equal(s_request, ExportTraceServiceRequest.Parser.ParseFrom(body));
    }

    [Theory]
    [InlineData(200, SendResult.Taken)]
    [InlineData(202, SendResult.Taken)]
    [InlineData(301, SendResult.Refused)]
    [InlineData(400, SendResult.Refused)]
    [InlineData(401, SendResult.Refused)]
    [InlineData(404, SendResult.Refused)]
    [InlineData(408, SendResult.Refused)]
    [InlineData(413, SendResult.Refused)]
    [InlineData(429, SendResult.Retry)]
    [InlineData(500, SendResult.Refused)]
    [InlineData(502, SendResult.Retry)]
    [InlineData(503, SendResult.Retry)]
    [InlineData(504, SendResult.Retry)]
    internal async Task A_status_means(int status, SendResult result)
    {
        var answer = await SendAsync(new Handler(() => new HttpResponseMessage((HttpStatusCode)status)));

        Assert.Equal(result, answer.Result);
        Assert.Equal(result != SendResult.Taken, answer.Message?.StartsWith($"HTTP status {status}", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("Mon, 23 Nov 2026 00:00:30 GMT", 30)]
    [InlineData("Mon, 23 Nov 2026 00:00:00 GMT", null)]
    [InlineData("soon", null)]
    public async Task RetryAfter_is_seconds_or_a_date(string value, int? seconds)
    {
        var answer = await SendAsync(new Handler(() =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            response.Headers.TryAddWithoutValidation("Retry-After", value);
            return response;
        }));

        Assert.Equal(seconds, (int?)answer.After?.TotalSeconds);
    }

    [Fact]
    public async Task Partial_success_is_read()
    {
        var answer = await SendAsync(new Handler(static () => Protobuf(new ExportTraceServiceResponse
        {
            PartialSuccess = new ExportTracePartialSuccess { RejectedSpans = 3, ErrorMessage = "too old" },
        }.ToByteArray())));

        Assert.Equal(new SendAnswer(SendResult.Taken, "too old", 3), answer);
        Assert.Equal(default, await SendAsync(new Handler(static () => Protobuf([]))));
        Assert.Equal(default, await SendAsync(new Handler(static () => Protobuf([0xFF])))); // it said 200
    }

    [Fact]
    public async Task A_connection_that_fails_is_tried_again() =>
        Assert.Equal(SendAnswer.Retry("Connection refused"), await SendAsync(new Handler(static () =>
            throw new HttpRequestException("Connection refused (localhost:4318)", new IOException("Connection refused.")))));

    [Fact]
    public async Task No_answer_in_time_is_tried_again()
    {
        var handler = new Handler(static () => null);
        using var transport = Transport(handler, "OTEL_EXPORTER_OTLP_TIMEOUT=1500");
        var sending = transport.SendAsync(s_request, TestContext.Current.CancellationToken);
        await handler.Begun;
        _time.Pass(TimeSpan.FromMilliseconds(1500));

        Assert.Equal(SendAnswer.Retry("no answer within 1.5 s"), await sending);
    }

    [Fact]
    public async Task The_callers_own_wish_to_stop_is_no_answer()
    {
        using var stop = new CancellationTokenSource();
        var handler = new Handler(static () => null);
        using var transport = Transport(handler, "");
        var sending = transport.SendAsync(s_request, stop.Token);
        await handler.Begun;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public void Files_that_hold_no_certificate_are_refused()
    {
        foreach (var name in (string[])["CERTIFICATE", "CLIENT_CERTIFICATE"])
        {
            Assert.Throws<OtlpConfigurationException>(() => CollectorHandler.Create(OtlpEnvironmentTests.Read(null, $"OTEL_EXPORTER_OTLP_{name}=/etc/hostname")));
        }
    }

    private static HttpResponseMessage Protobuf(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/x-protobuf");
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private async Task<SendAnswer> SendAsync(Handler handler, string variables = "")
    {
        using var transport = Transport(handler, variables);
        return await transport.SendAsync(s_request, TestContext.Current.CancellationToken);
    }

    private HttpSpanTransport Transport(Handler handler, string variables) => new(OtlpEnvironmentTests.Read(null, variables), handler, _time);

    /// <summary>Remembers a request; null for an answer is none.</summary>
    private sealed class Handler(Func<HttpResponseMessage?> answer) : HttpMessageHandler
    {
        private readonly TaskCompletionSource _begun = new();

        public Task Begun => _begun.Task;

        public string? Line { get; private set; }

        public string? Type { get; private set; }

        public string? Encoding { get; private set; }

        public byte[] Body { get; private set; } = [];

        public Dictionary<string, string> Headers { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Line = $"{request.Method} {request.RequestUri}";
            Type = request.Content!.Headers.ContentType?.ToString();
            Encoding = request.Content.Headers.ContentEncoding.SingleOrDefault();
            Body = await request.Content.ReadAsByteArrayAsync(cancellationToken);
            foreach (var (name, values) in request.Headers)
            {
                Headers[name] = string.Join(' ', values);
            }

            _begun.SetResult();
            if (answer() is { } response)
            {
                return response;
            }

            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        }
    }
}
