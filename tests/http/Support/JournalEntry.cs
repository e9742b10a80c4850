// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.HttpTests.Support;

/// <summary>What a program says of one request (programs/README.md). What it does not tell is null.</summary>
internal sealed record JournalEntry
{
    /// <summary>How the programs write.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web);

    public int N { get; init; }

    public string? Method { get; init; }

    public string? Uri { get; init; }

    public int? Status { get; init; }

    public long? Sent { get; init; }

    public long? Received { get; init; }

    public string? Number { get; init; }

    public IReadOnlyDictionary<string, string>? Trailers { get; init; }

    public int? Port { get; init; }

    public string? Error { get; init; }

    /// <summary>The entries of a program's output.</summary>
    public static IReadOnlyList<JournalEntry> Parse(string output) =>
    [
        .. output.Split('\n').Where(x => x.StartsWith('{')).Select(x => JsonSerializer.Deserialize<JournalEntry>(x, Options)!),
    ];
}
