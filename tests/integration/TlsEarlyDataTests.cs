// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// Early data of TLS 1.3, which a client sends before the handshake is done and a server may refuse: then its request was never made, and
/// the answer is that to what the client has written after it. The client is OpenSSL's own.
/// </summary>
public sealed class TlsEarlyDataTests
{
    private const string Sessions =
        """
        request() { printf 'GET /%s HTTP/1.1\r\nHost: a\r\nConnection: %s\r\n\r\n' "$1" "$2"; }
        cd "$1"; request early keep-alive > early
        request first close | openssl s_client -connect "127.0.0.1:$2" -tls1_3 -sess_out session -ign_eof
        request again close | openssl s_client -connect "127.0.0.1:$3" -tls1_3 -sess_in session -early_data early -ign_eof
        """;

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task Early_data_that_the_server_takes_is_a_request_like_others(string side)
    {
        (IReadOnlyList<TlsNginxEntry> journal, TraceResult trace, string said) = await TraceAsync(side, isTaken: true);
        Assert.Contains("Early data was accepted", said, StringComparison.Ordinal);
        Assert.Equal(["/first", "/early", "/again"], journal.Select(static x => x.Uri));
        Assert.Equal(journal.Select(Line), trace.Http.Select(Line));
        Assert.All(trace.Http, static x => Assert.Equal((200, "complete", "nested_call"), (x.Status, x.Completeness, x.PeerProof)));
    }

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task Early_data_that_the_server_refuses_gets_no_answer_that_is_anothers(string side)
    {
        (IReadOnlyList<TlsNginxEntry> journal, TraceResult trace, string said) = await TraceAsync(side, isTaken: false);
        Assert.Contains("Early data was rejected", said, StringComparison.Ordinal);
        Assert.Equal(["/first", "/again"], journal.Select(static x => x.Uri));
        Assert.Equal(journal.Select(Line), trace.Http.Where(static x => x.Status is not null).Select(Line));
        Assert.All(trace.Http.Where(static x => x.Status is not null), static x => Assert.Equal(("complete", "nested_call"), (x.Completeness, x.PeerProof)));

        // The client has sent it; nobody has read it.
        Assert.Equal(side == "client" ? ["/early"] : [], trace.Http.Where(static x => x.Status is null).Select(static x => x.Uri!));
    }

    private static async Task<(IReadOnlyList<TlsNginxEntry> Journal, TraceResult Trace, string Said)> TraceAsync(string side, bool isTaken)
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(2, "TLSv1.3", earlyData: true);
        using var folder = new TemporaryFolder();
        int port = server.Ports[isTaken ? 0 : 1];
        await using ChildProcess client = ChildProcess.StartGated(
            "sh", "-c", Sessions, "sh", folder.Path, Text(server.Ports[0]), Text(port));
        await using ChildProcess other = ChildProcess.Start("sleep", "600"); // else the trace ends with the client
        int[] traced = side == "client" ? [client.Id, other.Id] : [.. server.Workers()];
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(traced));
        await client.WriteLineAsync("go");
        await client.WaitAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        return (await server.StopAsync(), trace, client.Output);
    }

    private static string Line(TlsNginxEntry x) => $"{x.Port} {x.Client} {x.Uri}";

    private static string Line(TraceRecord x) => $"{x.ServerPort} {x.ClientPort} {x.Uri}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
