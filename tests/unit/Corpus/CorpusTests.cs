// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Corpus;

/// <summary>
/// Every capture of the public corpus, against what tshark 4.4 read from it. Each difference stands in
/// tests/corpus/differences.tsv with who is right and why; one without an entry fails, and an entry without its
/// difference. L7TRACE_CORPUS is the corpus' folder.
/// </summary>
public class CorpusTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_capture_says_what_tshark_says_or_the_list_says_why_not()
    {
        var corpus = Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var known = Differences(out var notYet);
        var problems = new StringBuilder();
        long packets = 0;
        int files = 0, statements = 0, requests = 0, statuses = 0, answers = 0, warned = 0, http2 = 0, tls = 0;
        foreach (var line in File.ReadLines(Path.Combine(corpus!, "expected.jsonl")))
        {
            using var row = JsonDocument.Parse(line);
            var file = row.RootElement.GetProperty("file").GetString()!;
            var capture = CorpusCapture.Read(Path.Combine(corpus!, file));
            files++;
            packets += capture.Packets;
            statements += capture.Found["mysql"].Count;
            requests += capture.Found["request"].Count;
            statuses += capture.Found["status"].Count;
            warned += capture.Warned;
            tls += capture.Tls;
            http2 += capture.Found["http2"].Count;
            Assert.Equal(0ul, capture.Faults);
            var all = CorpusCapture.Expected(row.RootElement);
            if (ExpectedAnswers.Of(Path.Combine(corpus!, file)) is { } own)
            {
                all.Add("answer", own);
                answers += own.Count;
            }

            foreach (var (kind, expected) in all)
            {
                var difference = Difference(expected, capture.Found[kind]);
                var key = $"{file}\t{kind}";
                if (difference != known.GetValueOrDefault(key, ""))
                {
                    problems.Append(CultureInfo.InvariantCulture, $"{key}\t{difference}\n");
                }

                known.Remove(key);
            }

            var read = capture.Refused ?? string.Join("; ", capture.Damage.Select(static damage => damage.Damage.Reason));
            if (read != known.GetValueOrDefault(file + "\tread", ""))
            {
                problems.Append(CultureInfo.InvariantCulture, $"{file}\tread\t{read}\n");
            }

            known.Remove(file + "\tread");
        }

        foreach (var left in known.Keys)
        {
            problems.Append(CultureInfo.InvariantCulture, $"{left}\tan entry without a difference\n");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"corpus: {files} captures, {packets} packets, {statements} statements, {requests} requests, " +
            $"{statuses} statuses, {http2} HTTP/2 requests, {answers} answers of MySQL with counts or errors, {warned} exchanges with warnings"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"not yet: [tls] {tls} TLS connections; {notYet} entries of the list"));
        if (Environment.GetEnvironmentVariable("L7TRACE_CORPUS_WRITE") is { Length: > 0 } path)
        {
            File.WriteAllText(path, problems.ToString());
        }

        Assert.Equal("", problems.ToString());
    }

    // How many of tshark's are missing, how many are more, and which: the first of each.
    private static string Difference(List<string> expected, List<string> found)
    {
        var missing = Without(expected, found);
        var more = Without(found, expected);
        return missing.Count + more.Count == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"-{missing.Count} +{more.Count} -[{First(missing)}] +[{First(more)}]");
    }

    private static string First(List<string> texts) =>
        texts.Count == 0 ? "" : texts[0].Length <= 60 ? texts[0] : texts[0][..60] + "...";

    private static List<string> Without(List<string> all, List<string> others)
    {
        var counts = others.GroupBy(static text => text).ToDictionary(static group => group.Key, static group => group.Count());
        var rest = new List<string>();
        foreach (var text in all)
        {
            if (counts.GetValueOrDefault(text) is var count and > 0)
            {
                counts[text] = count - 1;
            }
            else
            {
                rest.Add(text);
            }
        }

        rest.Sort(StringComparer.Ordinal);
        return rest;
    }

    // file, kind, difference, who is right, why
    private static Dictionary<string, string> Differences(out int notYet)
    {
        notYet = 0;
        var known = new Dictionary<string, string>();
        foreach (var line in Repository.Read("tests/corpus/differences.tsv").Split('\n'))
        {
            if (line.Length == 0 || line.StartsWith('#'))
            {
                continue;
            }

            var fields = line.Split('\t');
            Assert.True(fields.Length == 5 && fields[4].Length > 10, $"an entry without who is right and why: {line}");
            Assert.Contains(fields[3], (string[])["l7trace", "tshark", "both", "not yet", "open"]);
            notYet += fields[3] == "not yet" ? 1 : 0;
            known.Add($"{fields[0]}\t{fields[1]}", fields[2]);
        }

        return known;
    }

    /// <summary>The corpus' folder; null when it is not there.</summary>
    internal static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("L7TRACE_CORPUS") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? named : throw new DirectoryNotFoundException($"L7TRACE_CORPUS: {named}");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var beside = Path.Combine(folder.FullName, "shared", "corpus");
            if (File.Exists(Path.Combine(beside, "expected.jsonl")))
            {
                return beside;
            }
        }

        return null;
    }
}
