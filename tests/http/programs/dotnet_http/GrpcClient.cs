// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;
using Grpc.Net.Client;

namespace L7Trace.HttpTests.DotNetHttp;

/// <summary>Grpc.Net.Client: rounds of ten calls of each kind, all at once.</summary>
internal static class NumbersClient
{
    private const int Round = 10;

    public static async Task RunAsync(string url, int count, string[] ca)
    {
        using SocketsHttpHandler handler = Client.Handler(ca);
        using GrpcChannel channel = GrpcChannel.ForAddress(url, new GrpcChannelOptions { HttpHandler = handler });
        await channel.ConnectAsync();
        CallInvoker invoker = channel.CreateCallInvoker();
        for (int begin = 0; begin < count; begin += Round)
        {
            IEnumerable<Task<CallEntry>> calls = Enumerable.Range(begin, Round).SelectMany(n => (Task<CallEntry>[])
            [
                UnaryAsync(invoker, Calls.Unary, n), UploadAsync(invoker, n), DownloadAsync(invoker, Calls.Download, n), ChatAsync(invoker, n),
                UnaryAsync(invoker, Calls.Fail, n), DownloadAsync(invoker, Calls.FailLate, n), CancelAsync(invoker, n),
                UnaryAsync(invoker, Calls.Missing, n), .. n % Round == 0 ? [UnaryAsync(invoker, Calls.Late, n)] : (Task<CallEntry>[])[],
            ]);
            foreach (CallEntry entry in await Task.WhenAll(calls))
            {
                Calls.Say(entry);
            }
        }
    }

    private static CallOptions Options(Method<byte[], byte[]> method) =>
        new(deadline: DateTime.UtcNow.AddMilliseconds(method == Calls.Late ? Calls.Never : 60_000));

    private static async Task<CallEntry> OneAsync(Method<byte[], byte[]> method, Func<CallEntry, Task> call)
    {
        var entry = new CallEntry(method);
        try
        {
            await call(entry);
        }
        catch (RpcException failure)
        {
            entry.Status = (int)failure.StatusCode;
        }

        return entry;
    }

    private static Task<CallEntry> UnaryAsync(CallInvoker invoker, Method<byte[], byte[]> method, int n) => OneAsync(method, async entry =>
    {
        byte[] answer = await invoker.AsyncUnaryCall(method, null, Options(method), entry.Send(n));
        entry.Received.Add(answer.Length);
    });

    private static Task<CallEntry> UploadAsync(CallInvoker invoker, int n) => OneAsync(Calls.Upload, async entry =>
    {
        using AsyncClientStreamingCall<byte[], byte[]> call = invoker.AsyncClientStreamingCall(Calls.Upload, null, Options(Calls.Upload));
        for (int i = 0; i < n % 5; i++)
        {
            await call.RequestStream.WriteAsync(entry.Send((i * 1000) + n));
        }

        await call.RequestStream.CompleteAsync();
        byte[] answer = await call;
        entry.Received.Add(answer.Length);
    });

    private static Task<CallEntry> DownloadAsync(CallInvoker invoker, Method<byte[], byte[]> method, int n) => OneAsync(method, async entry =>
    {
        using AsyncServerStreamingCall<byte[]> call = invoker.AsyncServerStreamingCall(method, null, Options(method), entry.Send(n));
        await foreach (byte[] message in call.ResponseStream.ReadAllAsync())
        {
            entry.Received.Add(message.Length);
        }
    });

    private static Task<CallEntry> ChatAsync(CallInvoker invoker, int n) => OneAsync(Calls.Chat, async entry =>
    {
        using AsyncDuplexStreamingCall<byte[], byte[]> call = invoker.AsyncDuplexStreamingCall(Calls.Chat, null, Options(Calls.Chat));
        for (int i = 0; i < n % 5; i++)
        {
            await call.RequestStream.WriteAsync(entry.Send((i * 1000) + n));
            await call.ResponseStream.MoveNext(CancellationToken.None);
            entry.Received.Add(call.ResponseStream.Current.Length);
        }

        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.MoveNext(CancellationToken.None);
    });

    private static Task<CallEntry> CancelAsync(CallInvoker invoker, int n) => OneAsync(Calls.Cancel, async entry =>
    {
        using var source = new CancellationTokenSource();
        using AsyncServerStreamingCall<byte[]> call = invoker.AsyncServerStreamingCall(
            Calls.Cancel, null, Options(Calls.Cancel).WithCancellationToken(source.Token), entry.Send(n));
        await call.ResponseStream.MoveNext(CancellationToken.None);
        entry.Received.Add(call.ResponseStream.Current.Length);
        await source.CancelAsync();
        await call.ResponseStream.MoveNext(CancellationToken.None);
    });
}
