// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>nghttp's own statistics of each stream (its number, status and path) are what is traced of it and of nghttpd.</summary>
public sealed class NghttpTests
{
    private static readonly int[] s_sizes = [0, 1, 1000, 16384, 70000, 1000000];

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Streams_of_nghttp_and_nghttpd_are_what_nghttp_says(Capture capture)
    {
        Requirement.Need("bpf", "nghttp");
        using var folder = new TemporaryFolder();
        foreach (int size in s_sizes)
        {
            await File.WriteAllBytesAsync(folder.File(Name(size)), new byte[size]);
        }

        int port = Network.FreePort();
        await using ChildProcess server = ChildProcess.Start(
            "nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", folder.Path, "--trailer", "x-end: yes", Text(port));
        string origin = $"http://127.0.0.1:{Text(port)}/";
        await using ChildProcess client = ChildProcess.StartGated(
            "nghttp", ["-ns", "-m", "5", .. s_sizes.Select(size => origin + Name(size)), origin + "none"]);
        await using Tracer tracer = await Tracer.WatchAsync(capture, [.. Tracer.Pids(server.Id, client.Id), "--side", "both", "--port", Text(port)]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        string[] truth = [.. client.Output.Split('\n').Select(Stream).OfType<string>().Order(StringComparer.Ordinal)];
        Assert.Equal((s_sizes.Length + 1) * 5, truth.Length);
        foreach (string role in (string[])["client", "server"])
        {
            TraceRecord[] ours = [.. trace.Http.Where(x => x.Role == role)];
            Assert.All(ours, x => Assert.True(x is { Version: "2", Completeness: "complete", State: "done" }, x.ToString()));
            Assert.Equal(truth, ours.Select(x => $"{x.StreamId} {x.Status} {x.Path}").Order(StringComparer.Ordinal));
            Assert.All(ours.Where(x => x.Status == 200), x => Assert.Equal(x.Path, "/" + Name((int)x.ResponseBody!.Value)));
        }
    }

    /// <summary>" 13    +16.12ms       +286us  15.84ms  200 1000 /f1000" in the form of <see cref="TraceRecord"/>'s facts.</summary>
    private static string? Stream(string line)
    {
        string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 7 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out _) && parts[6].StartsWith('/')
            ? $"{parts[0]} {parts[4]} {parts[6]}"
            : null;
    }

    private static string Name(int size) => "f" + Text(size);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
