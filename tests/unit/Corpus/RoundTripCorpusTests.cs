// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;
using L7Trace.UnitTests.Captures;
using Xunit;

namespace L7Trace.UnitTests.Corpus;

/// <summary>
/// Every capture of the corpus, whole and with a part of its packets lost, gives the same exchanges when it is read and
/// when the recording is read that was made of it.
/// </summary>
public class RoundTripCorpusTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_capture_comes_back_from_the_recording_that_is_made_of_it()
    {
        var corpus = CorpusTests.Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var problems = new StringBuilder();
        int files = 0, exchanges = 0, incomplete = 0;
        foreach (var line in File.ReadLines(Path.Combine(corpus!, "expected.jsonl")))
        {
            using var row = JsonDocument.Parse(line);
            var file = row.RootElement.GetProperty("file").GetString()!;
            if (RoundTrip.Of(Path.Combine(corpus!, file)) is not { } trip)
            {
                continue; // no capture
            }

            files++;
            exchanges += trip.Shown.Count;
            incomplete += trip.Shown.Count(static x => !x.Contains("\"completeness\":\"complete\"", StringComparison.Ordinal));
            if (trip.Difference is { } difference)
            {
                problems.Append(CultureInfo.InvariantCulture, $"{file}: {difference}\n");
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"round trip: {files} captures, {exchanges} exchanges, {incomplete} of them not complete"));
        Assert.Equal("", problems.ToString());
        Assert.True(exchanges > 1000 && incomplete > 10, "the corpus has too little in it to show anything");
    }
}
