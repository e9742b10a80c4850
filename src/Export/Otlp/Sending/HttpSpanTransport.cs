// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Messages;

namespace L7Trace.Export.Otlp.Sending;

/// <summary>OTLP/HTTP with binary protobuf (OTLP specification, "OTLP/HTTP").</summary>
internal sealed class HttpSpanTransport : ISpanTransport
{
    private const string Protobuf = "application/x-protobuf";
    private const int MaxAnswer = 64 * 1024;

    private readonly OtlpSettings _settings;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    /// <summary>Makes one; the handler is its own from here on.</summary>
    public HttpSpanTransport(OtlpSettings settings, HttpMessageHandler handler, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
        foreach (var (name, value) in settings.Headers)
        {
            _client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        _client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", settings.UserAgent); // behind the user's, if there is one
    }

    /// <inheritdoc/>
    public async Task<SendAnswer> SendAsync(ExportTraceServiceRequest request, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_settings.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            using var content = ContentOf(request);
            using var response = await _client.PostAsync(_settings.Endpoint, content, both.Token).ConfigureAwait(false);
            return await AnswerOfAsync(response, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return SendAnswer.Retry(string.Create(CultureInfo.InvariantCulture, $"no answer within {_settings.Timeout.TotalSeconds:0.###} s"));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException && !cancellation.IsCancellationRequested)
        {
            return SendAnswer.Retry(CollectorHandler.Explain(exception));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private ByteArrayContent ContentOf(ExportTraceServiceRequest request)
    {
        var bytes = request.ToByteArray();
        if (_settings.Compresses)
        {
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            {
                gzip.Write(bytes);
            }

            bytes = compressed.ToArray();
        }

        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(Protobuf);
        if (_settings.Compresses)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        return content;
    }

    private async Task<SendAnswer> AnswerOfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = string.Create(CultureInfo.InvariantCulture, $"HTTP status {(int)response.StatusCode}");
        switch (response.StatusCode)
        {
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                break;
            case HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout:
                return SendAnswer.Retry(status, RetryAfterOf(response));
            case HttpStatusCode.NotFound:
                return SendAnswer.Refused($"{status} for {_settings.Endpoint.AbsolutePath}");
            default:
                return SendAnswer.Refused(status);
        }

        if (response.Content.Headers.ContentType?.MediaType != Protobuf)
        {
            return default;
        }

        var body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        try
        {
            return SendAnswer.Taken(ExportTraceServiceResponse.Parser.ParseFrom(body).PartialSuccess);
        }
        catch (InvalidProtocolBufferException)
        {
            return default; // it said 200: to send it again would be to send it twice
        }
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date - _time.GetUtcNow() is var delta && delta > TimeSpan.Zero => delta,
        _ => null,
    };
}
