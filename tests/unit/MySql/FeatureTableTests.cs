// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>The tables of docs/protocols name a test for everything that it says we do; the tests are there.</summary>
public sealed partial class FeatureTableTests
{
    [Theory]
    [InlineData("mysql", 40)]
    [InlineData("http1", 17)]
    [InlineData("http2", 20)]
    [InlineData("websocket", 18)]
    public void Every_row_that_we_claim_names_a_test_that_is_there(string protocol, int count)
    {
        var tests = TestNames();
        var rows = Repository.Read($"docs/protocols/{protocol}.md").Split("## Feature by feature")[1].Split('\n')
            .Where(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|')[1..3]).ToList();

        Assert.Equal(count, rows.Count);
        foreach (var (feature, cell) in rows.Select(row => (row[0].Trim(), row[1].Trim())))
        {
            Assert.True(cell.StartsWith('Y') || cell.StartsWith('P') || cell.StartsWith('N'), $"{feature}: {cell}");
            var named = Name().Matches(cell).Select(match => match.Groups["name"].Value).ToList();
            Assert.True(named.Count > 0 || cell.StartsWith('N'), $"{feature}: no test is named");
            Assert.All(named, name => Assert.True(tests.Contains(name), $"{feature}: there is no test {name}"));
        }
    }

    [Fact]
    public void The_reading_of_the_sources_finds_this_test_and_no_helper()
    {
        var tests = TestNames();

        Assert.Contains(nameof(The_reading_of_the_sources_finds_this_test_and_no_helper), tests);
        Assert.DoesNotContain(nameof(TestNames), tests);
        Assert.DoesNotContain(nameof(NumberedTalk.Lose), tests);
    }

    // A method behind a line that says [Fact] or [Theory], with other attributes between.
    private static HashSet<string> TestNames() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(path => Test().Matches(File.ReadAllText(path))).Select(match => match.Groups["name"].Value),
    ];

    [GeneratedRegex(@"^ +\[(?:Fact|Theory)\b.*\n(?: +\[.*\n)* +public (?:async Task|void) (?<name>\w+)\(", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Test();

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]*_\\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
