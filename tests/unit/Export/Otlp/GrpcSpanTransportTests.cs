// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Export.Otlp.Sending;
using L7Trace.UnitTests.Cli;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>OTLP/gRPC: which status means what ("Failures" of the OTLP specification).</summary>
public sealed class GrpcSpanTransportTests
{
    // google.rpc.Status with a RetryInfo of 5 s.
    private const string FiveSeconds = "CA4aMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIBQ";

    private static readonly ExportTraceServiceRequest s_request = SpanTestCase.RequestOf(Some.Query("SELECT 1"));

    [Theory]
    [InlineData(1, null, SendResult.Retry)]
    [InlineData(2, null, SendResult.Refused)]
    [InlineData(3, null, SendResult.Refused)]
    [InlineData(4, null, SendResult.Retry)]
    [InlineData(5, null, SendResult.Refused)]
    [InlineData(6, null, SendResult.Refused)]
    [InlineData(7, null, SendResult.Refused)]
    [InlineData(8, null, SendResult.Refused)]
    [InlineData(8, FiveSeconds, SendResult.Retry)]
    [InlineData(9, null, SendResult.Refused)]
    [InlineData(10, null, SendResult.Retry)]
    [InlineData(11, null, SendResult.Retry)]
    [InlineData(12, null, SendResult.Refused)]
    [InlineData(13, null, SendResult.Refused)]
    [InlineData(14, null, SendResult.Retry)]
    [InlineData(14, FiveSeconds, SendResult.Retry)]
    [InlineData(15, null, SendResult.Retry)]
    [InlineData(16, null, SendResult.Refused)]
    internal async Task A_status_means(int status, string? details, SendResult result)
    {
        using var transport = new GrpcSpanTransport(
            OtlpEnvironmentTests.Read(null, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), new Handler(status, details), TimeProvider.System);
        var answer = await transport.SendAsync(s_request, TestContext.Current.CancellationToken);

        Assert.Equal(result, answer.Result);
        Assert.EndsWith(": so it is", answer.Message, StringComparison.Ordinal);
        Assert.Equal(details is null || result != SendResult.Retry ? null : TimeSpan.FromSeconds(5), answer.After);
    }

    [Fact]
    public async Task A_connection_that_fails_is_tried_again()
    {
        using var transport = new GrpcSpanTransport(
            OtlpEnvironmentTests.Read(null, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), new Handler(null, null), TimeProvider.System);

        Assert.Equal(SendAnswer.Retry("Connection refused"), await transport.SendAsync(s_request, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_callers_own_wish_to_stop_is_no_answer()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        using var transport = new GrpcSpanTransport(
            OtlpEnvironmentTests.Read(null, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), new Handler(14, null), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transport.SendAsync(s_request, stop.Token));
    }

    /// <summary>Answers with a status in the headers ("Trailers-Only"); null for no answer at all.</summary>
    private sealed class Handler(int? status, string? details) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("http://localhost:4317/opentelemetry.proto.collector.trace.v1.TraceService/Export", request.RequestUri?.ToString());
            if (status is not { } code)
            {
                throw new HttpRequestException("Connection refused (localhost:4317)", new IOException("Connection refused"));
            }

            var response = new HttpResponseMessage(HttpStatusCode.OK) { Version = HttpVersion.Version20, RequestMessage = request, Content = new ByteArrayContent([]) };
            response.Content.Headers.ContentType = new("application/grpc");
            response.Headers.Add("grpc-status", code.ToString(CultureInfo.InvariantCulture));
            response.Headers.Add("grpc-message", "so it is");
            if (details is not null)
            {
                response.Headers.Add(RetryInfo.Trailer, details);
            }

            return Task.FromResult(response);
        }
    }
}
