// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace L7Trace.HttpTests.DotNetHttp;

/// <summary>The calls: messages are bytes of any kind.</summary>
internal static class Calls
{
    public const int Never = 500; // milliseconds

    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create(static x => x, static x => x);
    private static readonly Lock s_lock = new();

    public static Method<byte[], byte[]> Unary { get; } = Make(MethodType.Unary, nameof(Unary));

    public static Method<byte[], byte[]> Upload { get; } = Make(MethodType.ClientStreaming, nameof(Upload));

    public static Method<byte[], byte[]> Download { get; } = Make(MethodType.ServerStreaming, nameof(Download));

    public static Method<byte[], byte[]> Chat { get; } = Make(MethodType.DuplexStreaming, nameof(Chat));

    public static Method<byte[], byte[]> Fail { get; } = Make(MethodType.Unary, nameof(Fail));

    public static Method<byte[], byte[]> FailLate { get; } = Make(MethodType.ServerStreaming, nameof(FailLate));

    public static Method<byte[], byte[]> Cancel { get; } = Make(MethodType.ServerStreaming, nameof(Cancel));

    public static Method<byte[], byte[]> Late { get; } = Make(MethodType.Unary, nameof(Never));

    public static Method<byte[], byte[]> Missing { get; } = Make(MethodType.Unary, nameof(Missing));

    public static void Say(CallEntry entry)
    {
        var line = JsonSerializer.Serialize(entry, JsonSerializerOptions.Web);
        lock (s_lock)
        {
            Console.WriteLine(line);
        }
    }

    private static Method<byte[], byte[]> Make(MethodType type, string name) => new(type, "numbers.Numbers", name, s_bytes, s_bytes);
}

/// <summary>A line of the journal of calls: sizes of the messages.</summary>
internal sealed class CallEntry(Method<byte[], byte[]> method)
{
    public string Method => $"{method.ServiceName}/{method.Name}";

    public List<int> Sent { get; } = [];

    public List<int> Received { get; } = [];

    public int? Status { get; set; } = 0;

    /// <summary>A message of that size, noted.</summary>
    public byte[] Send(int size)
    {
        Sent.Add(size);
        return new byte[size];
    }
}

/// <summary>What the server does.</summary>
internal sealed class NumbersService
{
    public static async Task RunAsync(string[] files)
    {
        await using WebApplication server = Server.Listen("2", files, static x =>
        {
            x.AddGrpc();
            x.AddSingleton<IServiceMethodProvider<NumbersService>, Provider>();
        });
        server.MapGrpcService<NumbersService>();
        await Server.StartAsync(server);
    }

    private static CallEntry Begin(Method<byte[], byte[]> method, byte[]? request = null)
    {
        var entry = new CallEntry(method);
        entry.Received.AddRange(request is null ? [] : [request.Length]);
        return entry;
    }

    private static RpcException Failed(CallEntry entry, StatusCode code, string text)
    {
        entry.Status = (int)code;
        Calls.Say(entry);
        return new RpcException(new Status(code, text));
    }

    private static Task<byte[]> Unary(byte[] request)
    {
        CallEntry entry = Begin(Calls.Unary, request);
        byte[] answer = entry.Send(request.Length * 2);
        Calls.Say(entry);
        return Task.FromResult(answer);
    }

    private static async Task<byte[]> Upload(IAsyncStreamReader<byte[]> requests)
    {
        CallEntry entry = Begin(Calls.Upload);
        await foreach (byte[] message in requests.ReadAllAsync())
        {
            entry.Received.Add(message.Length);
        }

        byte[] answer = entry.Send(entry.Received.Sum());
        Calls.Say(entry);
        return answer;
    }

    private static async Task Download(byte[] request, IServerStreamWriter<byte[]> answers)
    {
        CallEntry entry = Begin(Calls.Download, request);
        for (int i = 0; i < request.Length % 7; i++)
        {
            await answers.WriteAsync(entry.Send(request.Length + (i * 100)));
        }

        Calls.Say(entry);
    }

    private static async Task Chat(IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> answers)
    {
        CallEntry entry = Begin(Calls.Chat);
        await foreach (byte[] message in requests.ReadAllAsync())
        {
            entry.Received.Add(message.Length);
            await answers.WriteAsync(entry.Send(message.Length + 1));
        }

        Calls.Say(entry);
    }

    private static async Task FailLate(byte[] request, IServerStreamWriter<byte[]> answers)
    {
        CallEntry entry = Begin(Calls.FailLate, request);
        await answers.WriteAsync(entry.Send(3));
        throw Failed(entry, StatusCode.DataLoss, "gone");
    }

    private static async Task Cancel(byte[] request, IServerStreamWriter<byte[]> answers, ServerCallContext context)
    {
        CallEntry entry = Begin(Calls.Cancel, request);
        await answers.WriteAsync(entry.Send(5));
        await GoneAsync(context);
        throw Failed(entry, StatusCode.Cancelled, "");
    }

    private static async Task<byte[]> Late(byte[] request, ServerCallContext context)
    {
        CallEntry entry = Begin(Calls.Late, request);
        await GoneAsync(context);
        throw Failed(entry, StatusCode.DeadlineExceeded, "");
    }

    private static async Task GoneAsync(ServerCallContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            // as it was waited for
        }
    }

    private sealed class Provider : IServiceMethodProvider<NumbersService>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<NumbersService> context)
        {
            context.AddUnaryMethod(Calls.Unary, [], static (_, request, _) => Unary(request));
            context.AddClientStreamingMethod(Calls.Upload, [], static (_, requests, _) => Upload(requests));
            context.AddServerStreamingMethod(Calls.Download, [], static (_, request, answers, _) => Download(request, answers));
            context.AddDuplexStreamingMethod(Calls.Chat, [], static (_, requests, answers, _) => Chat(requests, answers));
            context.AddUnaryMethod(Calls.Fail, [], static (_, request, _) =>
                throw Failed(Begin(Calls.Fail, request), StatusCode.NotFound, "there is no such thing, 100 % sure: ä"));
            context.AddServerStreamingMethod(Calls.FailLate, [], static (_, request, answers, _) => FailLate(request, answers));
            context.AddServerStreamingMethod(Calls.Cancel, [], static (_, request, answers, call) => Cancel(request, answers, call));
            context.AddUnaryMethod(Calls.Late, [], static (_, request, call) => Late(request, call));
        }
    }
}
