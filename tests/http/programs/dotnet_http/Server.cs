// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace L7Trace.HttpTests.DotNetHttp;

/// <summary>Kestrel.</summary>
internal static class Server
{
    private const int Piece = 1000;
    private const int LargePiece = 65_536;

    public static async Task RunAsync(string version, string[] files)
    {
        await using WebApplication server = Listen(version, files, static _ => { });
        server.Run(HandleAsync);
        await StartAsync(server);
    }

    /// <summary>A server on a free port, not started.</summary>
    public static WebApplication Listen(string version, string[] files, Action<IServiceCollection> services)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        services(builder.Services);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(x => x.Listen(System.Net.IPAddress.Loopback, 0, y =>
        {
            y.Protocols = version == "2" ? HttpProtocols.Http2 : HttpProtocols.Http1;
            if (files is [var certificate, var key])
            {
                y.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key));
            }
        }));
        return builder.Build();
    }

    /// <summary>Starts it, says its port, and runs until it is ended.</summary>
    public static async Task StartAsync(WebApplication server)
    {
        await server.StartAsync();
        Console.WriteLine($"port {new Uri(server.Urls.Single()).Port}");
        await server.WaitForShutdownAsync();
    }

    private static async Task HandleAsync(HttpContext context)
    {
        (HttpRequest request, HttpResponse response) = (context.Request, context.Response);
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        string n = request.Query["n"].ToString();
        string[] parts = [.. request.Path.Value!.Split('/'), ""];
        var entry = new Entry
        {
            N = int.Parse(n, CultureInfo.InvariantCulture),
            Method = request.Method,
            Uri = target,
            Number = request.Headers["X-Number"] is [{ } number] ? number : null,
            Port = context.Connection.RemotePort,
        };
        response.Headers["X-Number"] = n;
        try
        {
            if (parts[1] is not ("early" or "slow"))
            {
                await ReadAsync(request, entry);
            }

            await AnswerAsync(context, entry, parts[1], parts[2], n);
            await response.CompleteAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            entry.Error = "aborted";
        }

        Journal.Say(entry);
    }

    private static async Task ReadAsync(HttpRequest request, Entry entry)
    {
        for (bool isOver = false; !isOver;)
        {
            System.IO.Pipelines.ReadResult read = await request.BodyReader.ReadAsync();
            entry.Received += read.Buffer.Length;
            request.BodyReader.AdvanceTo(read.Buffer.End);
            isOver = read.IsCompleted;
        }

        if (request.SupportsTrailers() && request.CheckTrailersAvailable())
        {
            IHeaderDictionary trailers = request.HttpContext.Features.GetRequiredFeature<IHttpRequestTrailersFeature>().Trailers;
            entry.Trailers = trailers.ToDictionary(x => x.Key, x => x.Value.ToString());
        }
    }

    private static async Task AnswerAsync(HttpContext context, Entry entry, string what, string argument, string n)
    {
        HttpResponse response = context.Response;
        _ = int.TryParse(argument, CultureInfo.InvariantCulture, out int value);
        switch (what)
        {
            case "body":
                response.ContentLength = value;
                entry.Status = response.StatusCode;
                for (int left = value; left > 0; left -= LargePiece)
                {
                    await WriteAsync(context, entry, Math.Min(left, LargePiece));
                }

                break;
            case "chunked":
                entry.Status = response.StatusCode;
                if (response.SupportsTrailers())
                {
                    response.AppendTrailer("X-Sum", n); // over HTTP/2 alone
                }

                for (int left = value; left > 0; left -= Piece)
                {
                    await WriteAsync(context, entry, Math.Min(left, Piece));
                }

                break;
            case "status" when value is 204 or 304:
                entry.Status = response.StatusCode = value;
                break;
            case "status":
                await TextAsync(context, entry, value, $"status {argument}");
                break;
            case "upload":
                await TextAsync(context, entry, 200, $"{entry.Received} bytes");
                break;
            case "early":
                await TextAsync(context, entry, 413, "too much");
                break;
            case "slow":
                await WriteAsync(context, entry, 100);
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            default:
                await TextAsync(context, entry, 404, "nothing here");
                break;
        }
    }

    private static async Task TextAsync(HttpContext context, Entry entry, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentLength = text.Length;
        await WriteAsync(context, entry, text.Length);
    }

    private static async Task WriteAsync(HttpContext context, Entry entry, int count)
    {
        entry.Status = context.Response.StatusCode;
        if (context.Request.Method == "HEAD")
        {
            return;
        }

        await context.Response.Body.WriteAsync(new byte[count]);
        await context.Response.Body.FlushAsync();
        entry.Sent += count;
    }
}
