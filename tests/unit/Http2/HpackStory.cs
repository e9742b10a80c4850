// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.UnitTests.Corpus;
using Xunit;

namespace L7Trace.UnitTests.Http2;

/// <summary>The header blocks of one connection, each with the fields that were encoded (http2jp/hpack-test-case).</summary>
internal sealed record HpackStory(string Name, List<(byte[] Block, List<KeyValuePair<string, string>> Fields)> Blocks)
{
    /// <summary>All stories of the corpus; the test is skipped when it is not there.</summary>
    public static IReadOnlyList<HpackStory> All()
    {
        var corpus = CorpusTests.Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        return [.. Directory.GetFiles(Path.Combine(corpus!, "hpack-test-case"), "story_*.json", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(Read).Where(story => story.Blocks.Count > 0)];
    }

    private static HpackStory Read(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var blocks = new List<(byte[], List<KeyValuePair<string, string>>)>();
        foreach (var @case in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            if (@case.TryGetProperty("wire", out var wire))
            {
                blocks.Add((Convert.FromHexString(wire.GetString()!), [.. @case.GetProperty("headers").EnumerateArray()
                    .SelectMany(h => h.EnumerateObject()).Select(p => KeyValuePair.Create(p.Name, p.Value.GetString()!))]));
            }
        }

        return new HpackStory(Path.GetFileName(Path.GetDirectoryName(path)) + "/" + Path.GetFileName(path), blocks);
    }
}
