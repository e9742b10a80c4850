// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.HttpTests.Support;

/// <summary>One entry of `export --to har`: what the JSON lines have not, headers and trailers.</summary>
internal sealed record HarEntry(
    string Uri, IReadOnlyDictionary<string, string> RequestHeaders, IReadOnlyDictionary<string, string> RequestTrailers,
    IReadOnlyDictionary<string, string> ResponseHeaders, IReadOnlyDictionary<string, string> ResponseTrailers)
{
    public static IReadOnlyList<HarEntry> Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.GetProperty("log").GetProperty("entries").EnumerateArray().Select(x => Read(x.GetProperty("request"), x.GetProperty("response")))];
    }

    private static HarEntry Read(JsonElement request, JsonElement response) => new(
        new Uri(request.GetProperty("url").GetString()!).PathAndQuery,
        Fields(request, "headers"), Fields(request, "_trailers"), Fields(response, "headers"), Fields(response, "_trailers"));

    private static Dictionary<string, string> Fields(JsonElement message, string name) => message.TryGetProperty(name, out JsonElement fields)
        ? fields.EnumerateArray().GroupBy(x => x.GetProperty("name").GetString()!.ToLowerInvariant())
            .ToDictionary(x => x.Key, x => string.Join(", ", x.Select(y => y.GetProperty("value").GetString())))
        : [];
}
