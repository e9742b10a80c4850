// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>A receiver of spans that has nothing of ours in it: OpenTelemetry's own package for JavaScript reads the messages.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const string Program = "otlp_receiver.js";

    private readonly ChildProcess _process;

    private OtlpReceiver(ChildProcess process, string address, int port) => (_process, Address, Port) = (process, address, port);

    public string Address { get; }

    public int Port { get; }

    /// <summary>Requests that it took, as they came.</summary>
    public IReadOnlyList<JsonElement> Requests =>
        [.. Lines().Where(x => x.TryGetProperty("resourceSpans", out _))];

    /// <summary>When it refused a request, milliseconds since the Unix epoch.</summary>
    public long? RefusedAt => Lines().Where(x => x.TryGetProperty("refusedAt", out _)).Select(x => (long?)x.GetProperty("refusedAt").GetInt64()).FirstOrDefault();

    /// <summary>Spans of all requests.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. Requests.SelectMany(OtlpSpan.Of)];

    /// <summary>Starts one; see the program for what it may be told to do.</summary>
    public static async Task<OtlpReceiver> StartAsync(string protocol = "http", string how = "take", params string[] more)
    {
        (ChildProcess process, int port) = await NodePrograms.StartServerAsync(Program, [protocol, how, .. more]);
        string scheme = protocol == "https" ? "https" : "http";
        return new OtlpReceiver(process, string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}"), port);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private IEnumerable<JsonElement> Lines() => _process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(x => x.StartsWith('{')).Select(x => JsonDocument.Parse(x).RootElement);
}
