// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.HttpTests.DotNetHttp;

/// <summary>A line of the journal.</summary>
internal sealed class Entry
{
    public required int N { get; init; }

    public required string Method { get; init; }

    public required string Uri { get; init; }

    public int? Status { get; set; }

    public long Sent { get; set; }

    public long Received { get; set; }

    public string? Number { get; set; }

    public Dictionary<string, string>? Trailers { get; set; }

    public int Port { get; init; }

    public string? Error { get; set; }
}

/// <summary>A line of the steps.</summary>
internal sealed record Step(
    int N, int Group, string Method, string Path, long? Body, bool Chunked, bool Trailers, bool Expect, bool Close, bool Abort);

/// <summary>JSON lines.</summary>
internal static class Journal
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);
    private static readonly Lock s_lock = new();

    public static void Say<T>(T entry)
    {
        var line = JsonSerializer.Serialize(entry, s_options);
        lock (s_lock)
        {
            Console.WriteLine(line);
        }
    }

    public static IEnumerable<Step> Steps(string path) =>
        File.ReadLines(path).Select(x => JsonSerializer.Deserialize<Step>(x, s_options)!);
}
