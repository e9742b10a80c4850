// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// Fifty TLS connections at once whose ciphertext goes through memory, each with its number in every request: whatever happens,
/// no exchange is on another connection than the server's log says, and without loss nearly all have a proven peer.
/// </summary>
public sealed class TlsMixUpTests
{
    private const int Ports = 7;
    private const int Connections = 50;
    private const int Requests = 40;

    public static TheoryData<string, string> All => new MatrixTheoryData<string, string>(
        ["asyncio", "node", "dotnet"], ["from the start", "in the middle", "with a full ring"]);

    [Theory]
    [MemberData(nameof(All))]
    public async Task No_exchange_is_on_a_wrong_connection(string client, string when)
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(Ports);
        await using Client numbers = Client.Prepare(client, server.Ports, Connections, Requests);
        bool isFull = when == "with a full ring";
        Tracer? tracer = null;
        try
        {
            if (when == "in the middle")
            {
                await numbers.OpenAsync();
                tracer = await WatchAsync(numbers, isFull);
            }
            else
            {
                tracer = await WatchAsync(numbers, isFull);
                await numbers.OpenAsync();
            }

            await numbers.RunAsync();
            TraceResult trace = await tracer.StopAsync();
            HashSet<string> log = [.. (await server.StopAsync()).Select(x => Line(x.Port, x.Client, x.Uri))];
            TraceRecord[] ours = [.. trace.Http.Where(x => x.Role == "client" && x.Method is not null)];
            Assert.Equal([], ours.Where(x => x.PeerProof != "unknown").Select(Line).Where(x => !log.Contains(x)));
            Assert.Equal([], ours.Where(x => x.IsComplete && x.Status != 200).Select(x => x.ToString()));
            if (!isFull)
            {
                trace.AssertNothingLost();
                int first = when == "in the middle" ? 1 : 0;
                Assert.Equal(
                    log.Where(x => int.Parse(x[(x.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture) >= first).Order(),
                    ours.Where(x => x.IsComplete).Select(x => x.PeerProof == "unknown" ? log.Single(y => y.EndsWith(" " + x.Uri, StringComparison.Ordinal)) : Line(x)).Order());
                int proven = ours.Count(x => x.PeerProof == "ciphertext_match");
                TraceAssert.Note($"{ours.Length} exchanges, {proven} with a proven peer");
                Assert.True(proven >= 0.99 * ours.Length, $"only {proven} of {ours.Length} have a proven peer");
            }
        }
        finally
        {
            if (tracer is not null)
            {
                await tracer.DisposeAsync();
            }
        }
    }

    private static Task<Tracer> WatchAsync(Client client, bool isFull) => Tracer.WatchAsync(
        Capture.Tracepoints,
        [.. Tracer.Pids(client.ProcessId), "--tls-only", .. isFull ? new[] { Tracer.RingSize, "64k" } : []]);

    private static string Line(TraceRecord x) => Line(x.ServerPort ?? 0, x.ClientPort ?? 0, x.Uri!);

    private static string Line(int server, int client, string uri) =>
        string.Create(CultureInfo.InvariantCulture, $"{server} {client} {uri}");

    /// <summary>One of the clients.</summary>
    private sealed class Client : IAsyncDisposable
    {
        private readonly ChildProcess? _process;
        private readonly SslStreamNumbers? _own;

        private Client(ChildProcess? process, SslStreamNumbers? own) => (_process, _own) = (process, own);

        public int ProcessId => _process?.Id ?? Environment.ProcessId;

        public static Client Prepare(string name, IReadOnlyList<int> ports, int connections, int requests)
        {
            if (name == "dotnet")
            {
                return new Client(null, new SslStreamNumbers(ports, connections, requests));
            }

            string[] arguments =
                [string.Join(',', ports), connections.ToString(CultureInfo.InvariantCulture), requests.ToString(CultureInfo.InvariantCulture)];
            if (name == "node")
            {
                Requirement.Need("npm");
                return new Client(ChildProcess.StartGated("node", [Path.Combine(Repository.Root, "tests", "integration", "node", "tls_numbers.js"), .. arguments]), null);
            }

            return new Client(ChildProcess.StartGated("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "programs", "tls_numbers.py"), .. arguments]), null);
        }

        public async Task OpenAsync()
        {
            if (_own is not null)
            {
                await _own.OpenAsync();
                return;
            }

            await _process!.WriteLineAsync("open");
            await _process.WaitForOutputAsync(line => line == "ready");
        }

        public async Task RunAsync()
        {
            if (_own is not null)
            {
                await _own.RunAsync();
                return;
            }

            await _process!.WriteLineAsync("go");
            await _process.WaitForSuccessAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _own?.Dispose();
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }
        }
    }
}
