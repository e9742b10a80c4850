// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.HttpTests.Support;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests;

/// <summary>gRPC of grpc-js and of .NET with each other: what both ends' journals say of each call.</summary>
public sealed class GrpcTests
{
    private const int Rounds = 50;
    private const string Never = "numbers.Numbers/Never";
    private const string Cancelled = "numbers.Numbers/Cancel";
    private const string Missing = "numbers.Numbers/Missing";

    private static readonly Dictionary<int, string> s_statuses = new()
    {
        [0] = "OK",
        [1] = "CANCELLED",
        [4] = "DEADLINE_EXCEEDED",
        [5] = "NOT_FOUND",
        [12] = "UNIMPLEMENTED",
        [15] = "DATA_LOSS",
    };

    private static readonly Dictionary<string, Func<Task<string[]>>> s_programs = new()
    {
        ["grpc-js"] = GrpcJsAsync,
        ["Grpc.NET"] = Programs.DotNetAsync,
    };

    public static TheoryData<string, string> Cells() => new MatrixTheoryData<string, string>(s_programs.Keys, s_programs.Keys);

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Calls_of_every_kind_are_what_the_journals_say(string server, string client)
    {
        Requirement.Need("bpf");
        string[] command = await s_programs[server]();
        await using ChildProcess atServer = ChildProcess.Start(command[0], [.. command[1..], "grpc-server"]);
        await atServer.WaitForOutputAsync(x => x.StartsWith("port ", StringComparison.Ordinal));
        string port = atServer.Output.Split('\n')[0]["port ".Length..];
        command = await s_programs[client]();
        await using ChildProcess atClient = ChildProcess.StartGated(
            command[0], [.. command[1..], "grpc-client", "http://127.0.0.1:" + port, Rounds.ToString(CultureInfo.InvariantCulture)]);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(atServer.Id, atClient.Id), "--side", "both", "--port", port]);
        await atClient.WriteLineAsync("go");
        await atClient.WaitForSuccessAsync();
        CallEntry[] said = [.. CallEntry.Parse(atClient.Output)];
        await atServer.WaitForOutputAsync(
            x => x.StartsWith('{') && IsWhole(CallEntry.Parse(x)[0]), said.Count(IsWhole), seconds: 10);
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        CallEntry[] served = [.. CallEntry.Parse(atServer.Output)];

        foreach (string role in (string[])["client", "server"])
        {
            TraceRecord[] ours = [.. trace.Http.Where(x => x.Role == role)];
            Assert.Equal(said.Length, ours.Length);
            TraceAssert.SameMultiset(
                said.Where(IsWhole).Select(x => Line(x.Method, s_statuses[x.Status], x.Sent, x.Received)),
                ours.Where(x => IsWhole(x.RpcMethod!)).Select(Line), role + " against the client's journal");
            TraceAssert.SameMultiset(
                served.Where(IsWhole).Select(x => Line(x.Method, s_statuses[x.Status], x.Received, x.Sent)),
                ours.Where(x => IsWhole(x.RpcMethod!)).Select(Line), role + " against the server's journal");

            // Who ends a call that is given up, and what the other still says, is a race; how much went over is not.
            TraceRecord[] cancelled = [.. ours.Where(x => x.RpcMethod == Cancelled)];
            Assert.All(cancelled, x => Assert.True(x is { ResetBy: "client", ResetError: "CANCEL", ResponseMessages: 1, ResponseMessageBytes: 5 }, x.ToString()));
            TraceAssert.SameMultiset(
                said.Where(x => x.Method == Cancelled).Select(x => $"{x.Sent.Sum()}"), cancelled.Select(x => $"{x.RequestMessageBytes}"), role + ": cancelled");

            // Answered, and reset, before its message comes.
            Assert.Equal(said.Count(x => x.Method == Missing), ours.Count(x => x is { RpcMethod: Missing, RpcStatus: "UNIMPLEMENTED", ResponseMessages: 0 }));
            TraceRecord[] late = [.. ours.Where(x => x.RpcMethod == Never)];
            Assert.Equal(said.Count(x => x.Method == Never), late.Length);
            Assert.All(late, x => Assert.True(x is { ResetBy: "client", ResetError: "CANCEL" } or { RpcStatus: "DEADLINE_EXCEEDED" } or { ResetBy: "server" }, x.ToString()));
            Assert.All(late, x => Assert.InRange(x.RpcTimeout!.Value, 0, 500_000_000));
        }

        Assert.All(said.Where(x => x.Method == Never), x => Assert.Equal(4, x.Status));
        TraceAssert.Note($"{said.Length} calls are equal at both ends");
    }

    private static async Task<string[]> GrpcJsAsync()
    {
        string place = Path.Combine(Repository.Root, "artifacts", "node-programs");
        string node = Programs.Need("node");
        Programs.Need("npm");
        await ChildProcess.RunAsync(
            Path.Combine(Repository.Root, "scripts", "npm-install"), Path.Combine(Repository.Root, "tests/integration/node"), place);
        return ["env", "NODE_PATH=" + Path.Combine(place, "node_modules"), node, Path.Combine(AppContext.BaseDirectory, "programs", "node_grpc.js")];
    }

    private static bool IsWhole(string method) => method is not (Never or Cancelled or Missing);

    private static bool IsWhole(CallEntry x) => IsWhole(x.Method);

    private static string Line(TraceRecord x) => string.Create(
        CultureInfo.InvariantCulture,
        $"{x.RpcMethod} {x.RpcStatus} {x.RequestMessages}/{x.RequestMessageBytes} {x.ResponseMessages}/{x.ResponseMessageBytes} {x.State} {x.Completeness}");

    private static string Line(string method, string status, IReadOnlyList<int> requests, IReadOnlyList<int> responses) => string.Create(
        CultureInfo.InvariantCulture,
        $"{method} {status} {requests.Count}/{requests.Sum()} {responses.Count}/{responses.Sum()} done complete");
}
