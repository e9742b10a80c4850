// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;
using Grpc.Net.Client;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Messages;
using StatusCode = Grpc.Core.StatusCode;

namespace L7Trace.Export.Otlp.Sending;

/// <summary>OTLP/gRPC (OTLP specification, "OTLP/gRPC"); without TLS by HTTP/2 with prior knowledge.</summary>
internal sealed class GrpcSpanTransport : ISpanTransport
{
    private readonly OtlpSettings _settings;
    private readonly TimeProvider _time;
    private readonly GrpcChannel _channel;
    private readonly TraceService.TraceServiceClient _client;
    private readonly Metadata _metadata = [];

    /// <summary>Makes one; the handler is its own from here on.</summary>
    public GrpcSpanTransport(OtlpSettings settings, HttpMessageHandler handler, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _channel = GrpcChannel.ForAddress(settings.Endpoint, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        _client = new TraceService.TraceServiceClient(_channel);
        foreach (var (name, value) in settings.Headers)
        {
            _metadata.Add(name, value);
        }

        _metadata.Add("user-agent", settings.UserAgent);

        if (settings.Compresses)
        {
            _metadata.Add("grpc-internal-encoding-request", "gzip"); // how Grpc.Net.Client is told; it is not sent
        }
    }

    /// <inheritdoc/>
    public async Task<SendAnswer> SendAsync(ExportTraceServiceRequest request, CancellationToken cancellation)
    {
        try
        {
            using var call = _client.ExportAsync(request, _metadata, _time.GetUtcNow().UtcDateTime + _settings.Timeout, cancellation);
            return SendAnswer.Taken((await call.ResponseAsync.ConfigureAwait(false)).PartialSuccess);
        }
        catch (RpcException exception) when (!cancellation.IsCancellationRequested)
        {
            return AnswerOf(exception);
        }
        catch (RpcException)
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static SendAnswer AnswerOf(RpcException exception)
    {
        var after = RetryInfo.DelayOf(exception.Trailers.GetValueBytes(RetryInfo.Trailer));
        var message = exception.Status.DebugException is { } cause
            ? CollectorHandler.Explain(cause)
            : $"gRPC status {exception.StatusCode}" + (exception.Status.Detail is { Length: > 0 } detail ? ": " + detail : "");
        return exception.StatusCode switch
        {
            StatusCode.Cancelled or StatusCode.DeadlineExceeded or StatusCode.Aborted or StatusCode.OutOfRange or
                StatusCode.Unavailable or StatusCode.DataLoss => SendAnswer.Retry(message, after),
            // Only with a time is it a queue that was full and will not be; else it is a limit.
            StatusCode.ResourceExhausted when after is not null => SendAnswer.Retry(message, after),
            _ => SendAnswer.Refused(message),
        };
    }
}
