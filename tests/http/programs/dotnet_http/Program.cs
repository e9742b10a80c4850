// SPDX-License-Identifier: Apache-2.0
using L7Trace.HttpTests.DotNetHttp;

// Kestrel and HttpClient, and gRPC and WebSocket over both (see ../README.md).
switch (args)
{
    case ["server", var version, .. var files]:
        await Server.RunAsync(version, files);
        return 0;
    case ["client", var version, var url, var steps, .. var ca]:
        await Client.RunAsync(version, url, steps, ca);
        return 0;
    case ["grpc-server", .. var files]:
        await NumbersService.RunAsync(files);
        return 0;
    case ["grpc-client", var url, var count, .. var ca]:
        await NumbersClient.RunAsync(url, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture), ca);
        return 0;
    case ["ws-server"]:
        await Sockets.ServeAsync();
        return 0;
    case ["ws-client", var url, var count]:
        await Sockets.TalkAsync(url, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet_http server VERSION [CERT KEY] | grpc-server [CERT KEY] | client VERSION URL STEPS [CA] | grpc-client URL COUNT [CA] | ws-server | ws-client URL COUNT");
        return 2;
}
