// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>What one trace came to.</summary>
internal sealed record TraceResult(
    IReadOnlyList<TraceRecord> Exchanges, JsonElement? Summary, string Errors, TimeSpan StopTime)
{
    private const string LossPrefix = "loss.";

    /// <summary>Exchanges of one protocol, in the order in which they were written.</summary>
    public IEnumerable<TraceRecord> MySql => Exchanges.Where(x => x.Protocol == "mysql");

    /// <summary>See <see cref="MySql"/>.</summary>
    public IEnumerable<TraceRecord> Http => Exchanges.Where(x => x.Protocol == "http");

    /// <summary>Losses of the summary by reason; empty when nothing was lost.</summary>
    public IReadOnlyDictionary<string, long> Losses { get; } = ReadLosses(Summary);

    /// <summary>Connections in user space's table at the end, as the summary says; null when it does not.</summary>
    public long? OpenConnections =>
        Summary is { } root && root.TryGetProperty("open_connections", out JsonElement open) ? open.GetInt64() : null;

    /// <summary>Nothing that a trace reports as lost.</summary>
    public void AssertNothingLost() =>
        Assert.True(Losses.Count == 0, "Losses: " + string.Join(", ", Losses.Select(x => $"{x.Key} {x.Value}")) + "\n" + Errors);

    private static Dictionary<string, long> ReadLosses(JsonElement? summary) =>
        summary is { } root
            ? root.EnumerateObject().Where(x => x.Name.StartsWith(LossPrefix, StringComparison.Ordinal) && x.Value.GetInt64() != 0)
                .ToDictionary(x => x.Name[LossPrefix.Length..], x => x.Value.GetInt64())
            : [];
}
