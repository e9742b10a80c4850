// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace L7Trace.UnitTests.Fixtures;

/// <summary>
/// fixtures/PROTOCOL/CASE, recorded from real servers (fixtures/README.md). L7TRACE_FIXTURES_WRITE=1 writes the expected
/// exchanges anew (make fixtures-expected); the truth beside them is the server's and the client's, and is never written here.
/// </summary>
public sealed class FixtureTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_recorded_session_gives_the_exchanges_that_took_place()
    {
        var problems = new StringBuilder();
        int sessions = 0, exchanges = 0;
        var cases = Directory.GetDirectories(Folder())
            .SelectMany(Directory.GetDirectories).Where(static x => File.Exists(Path.Combine(x, "truth.jsonl")))
            .Order(StringComparer.Ordinal).ToList();
        foreach (var folder in cases)
        {
            var name = $"{Path.GetFileName(Path.GetDirectoryName(folder))}/{Path.GetFileName(folder)}";
            foreach (var path in Directory.GetFiles(folder, "session.*").Order(StringComparer.Ordinal))
            {
                var found = FixtureSession.Read(path);
                sessions++;
                exchanges += found.Count;
                var file = Path.Combine(folder, "expected.jsonl");
                if (Environment.GetEnvironmentVariable("L7TRACE_FIXTURES_WRITE") is "1" && path == Directory.GetFiles(folder, "session.*").Min(StringComparer.Ordinal))
                {
                    File.WriteAllLines(file, found.Select(FixtureSession.Text));
                }

                foreach (var difference in Differences(Lines(file), found)
                    .Concat(FixtureTruth.Contradictions(Lines(Path.Combine(folder, "truth.jsonl")), found)))
                {
                    problems.Append(CultureInfo.InvariantCulture, $"{name}/{Path.GetFileName(path)}: {difference}\n");
                }
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fixtures: {cases.Count} cases, {sessions} sessions, {exchanges} exchanges"));
        Assert.True(problems.Length == 0, $"\n{problems}");
        Assert.True(cases.Count >= 20 && exchanges > 300, "fixtures are missing");
    }

    [Fact]
    public void A_swapped_answer_a_missing_exchange_and_a_wrong_field_are_told()
    {
        var truth = Objects("""{"connection":"c1","db.query.text":"A","db.response.returned_rows":1}""", """{"connection":"c1","db.query.text":"B","db.response.returned_rows":2}""");
        var right = Objects("""{"connection":"c1","db.query.text":"A","db.response.returned_rows":1,"x":0}""", """{"connection":"c1","db.query.text":"B","db.response.returned_rows":2}""");
        var swapped = Objects("""{"connection":"c1","db.query.text":"A","db.response.returned_rows":2}""", """{"connection":"c1","db.query.text":"B","db.response.returned_rows":1}""");
        Assert.Empty(FixtureTruth.Contradictions(truth, right));
        Assert.Equal(2, FixtureTruth.Contradictions(truth, swapped).Count());
        Assert.NotEmpty(FixtureTruth.Contradictions(truth, right[..1]));
        var partial = Objects("""{"partial":true}""").Concat(truth).ToList();
        Assert.Empty(FixtureTruth.Contradictions(partial, right[1..]));
        Assert.Empty(FixtureTruth.Contradictions(partial, Objects("""{"connection":"c1","db.query.text":"B"}""")));
        Assert.NotEmpty(FixtureTruth.Contradictions(partial, swapped[1..]));
        Assert.NotEmpty(FixtureTruth.Contradictions(partial, [right[1], right[0]]));
        Assert.Equal("exchange 1 (A): db.response.returned_rows: expected 1, found 2", Differences(truth, swapped).First());
        Assert.Contains("2 exchanges expected, 1 found", Differences(truth, truth[..1]).First(), StringComparison.Ordinal);
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("no repository here");
        }

        return Path.Combine(folder.FullName, "fixtures");
    }

    private static List<JsonObject> Lines(string path) => File.Exists(path) ? Objects(File.ReadAllLines(path)) : [];

    private static List<JsonObject> Objects(params IEnumerable<string> lines) =>
        [.. lines.Select(static line => JsonNode.Parse(line)!.AsObject())];

    // Which exchange, which field, what was expected, what was found.
    private static IEnumerable<string> Differences(List<JsonObject> expected, List<JsonObject> found)
    {
        if (expected.Count != found.Count)
        {
            var texts = found.Select(FixtureSession.Text).ToHashSet();
            var missing = expected.Select(FixtureSession.Text).FirstOrDefault(x => !texts.Contains(x));
            var others = expected.Select(FixtureSession.Text).ToHashSet();
            var more = found.Select(FixtureSession.Text).FirstOrDefault(x => !others.Contains(x));
            yield return string.Create(CultureInfo.InvariantCulture, $"{expected.Count} exchanges expected, {found.Count} found\n  - {missing}\n  + {more}");
            yield break;
        }

        for (var i = 0; i < expected.Count; i++)
        {
            foreach (var field in expected[i].Select(static x => x.Key).Union(found[i].Select(static x => x.Key)))
            {
                if (!JsonNode.DeepEquals(expected[i][field], found[i][field]))
                {
                    yield return string.Create(CultureInfo.InvariantCulture,
                        $"exchange {i + 1} ({Title(expected[i])}): {field}: expected {Value(expected[i], field)}, found {Value(found[i], field)}");
                }
            }
        }
    }

    private static string Title(JsonObject line) =>
        (line["db.query.text"] ?? line["url.path"] ?? line["mysql.command"])?.GetValue<string>() is { } text
            ? text.Length > 60 ? text[..60] + "..." : text
            : "?";

    private static string Value(JsonObject line, string field) => line[field]?.ToJsonString() ?? "nothing";
}
