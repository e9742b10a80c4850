// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using L7Trace.Cli;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary>What the pages say one can type can be typed.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages() =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(Path.GetFileName).Select(static name => "docs/" + name!).Append("README.md")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_line_of_a_page_is_understood(string page)
    {
        var application = new Application(CliEnvironment.Real());
        foreach (var line in CommandLines(Repository.Read(page)))
        {
            var errors = application.Parse(Words(line)).Errors;
            Assert.True(errors.Count == 0, $"{page}: {line}\n{string.Join('\n', errors.Select(static error => error.Message))}");
        }
    }

    [Fact]
    public void Pages_have_command_lines() => Assert.True(Pages().Sum(static page => CommandLines(Repository.Read(page.Data)).Count()) > 40);

    [Fact]
    public void Snippets_of_the_testing_guide_are_those_that_are_run()
    {
        var snippets = Snippet().Matches(Repository.Read("tests/containers/GuideTests.cs")).Select(static match => Lines(match.Groups[2].Value)).ToHashSet();
        var blocks = CSharp().Matches(Repository.Read("docs/testing.md")).Concat(CSharp().Matches(Repository.Read("src/Testing/README.md"))).Concat(CSharp().Matches(Repository.Read("README.md"))).Select(static match => Lines(match.Groups[1].Value)).ToList();
        Assert.True(blocks.Count >= 6);
        Assert.All(blocks, block => Assert.Contains(block, snippets));
    }

    [Theory]
    [InlineData("sudo l7trace watch --pid 1", "watch|--pid|1")]
    [InlineData("docker run --rm --pid=host l7trace watch --name mysqld", "watch|--name|mysqld")]
    [InlineData("l7trace report -r a.pcap   # why", "report|-r|a.pcap")]
    [InlineData("l7trace slow --where 'a > 5 && b'", "slow|--where|a > 5 && b")]
    [InlineData("ssh host tcpdump -w - | l7trace watch -r -", "watch|-r|-")]
    public void Words_are_split_as_a_shell_does(string line, string words) => Assert.Equal(words, string.Join('|', Words(Assert.Single(CommandLines($"```sh\n{line}\n```")))));

    // The lines of code blocks that run l7trace, without a prompt, what stands in front of it, and comments.
    private static IEnumerable<string> CommandLines(string page) =>
        from block in Block().Matches(page)
        where block.Groups[1].Value is "" or "sh" or "bash" or "console"
        from line in block.Groups[2].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        let match = Invocation().Match(line)
        where match.Success && !line.StartsWith("l7trace:", StringComparison.Ordinal)
        select match.Groups[1].Value.Trim();

    private static List<string> Words(string line)
    {
        var words = new List<string>();
        foreach (Match match in Word().Matches(line))
        {
            if (match.Value is "|" or ">" or ">>" or "2>" or "&&" or ";" or "&" || match.Value.StartsWith('#'))
            {
                break;
            }

            words.Add(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Success ? match.Groups[2].Value : match.Value);
        }

        return words;
    }

    private static string Lines(string code)
    {
        var lines = code.Split('\n').Where(static line => line.Trim().Length > 0).ToList();
        var indent = lines.Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line[indent..].TrimEnd()));
    }

    [GeneratedRegex("^```(\\w*)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"// begin (\w+)\n(.*?)\n *// end \1", RegexOptions.Singleline)]
    private static partial Regex Snippet();

    [GeneratedRegex(@"^(?:\$ )?(?:.*\| *|docker run .* )?(?:sudo )?(?:\./)?(?:bin/)?l7trace +((?!-- )[a-z-].*)$")]
    private static partial Regex Invocation();

    [GeneratedRegex("'([^']*)'|\"([^\"]*)\"|[^ ]+")]
    private static partial Regex Word();
}
