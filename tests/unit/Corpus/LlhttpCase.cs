// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace L7Trace.UnitTests.Corpus;

/// <summary>
/// One test of llhttp's own (its test/*.md): bytes, and the log of what its parser made of them, as messages. A span counts
/// when the parser calls it complete; its bytes are taken from the input, by its place and length.
/// </summary>
internal sealed partial class LlhttpCase
{
    private LlhttpCase(string name, string type, bool isAnswerToHead, byte[] input)
    {
        Name = name;
        Type = type;
        IsAnswerToHead = isAnswerToHead;
        Input = input;
    }

    /// <summary>File and headings.</summary>
    public string Name { get; }

    /// <summary>"request" or "response", with what the parser is told to be lenient in.</summary>
    public string Type { get; }

    public bool IsRequest => Type.StartsWith("request", StringComparison.Ordinal);

    /// <summary>The parser is told that the response has no body.</summary>
    public bool IsAnswerToHead { get; }

    public byte[] Input { get; }

    public List<LlhttpMessage> Messages { get; } = [];

    /// <summary>All tests in a folder, in the order of their files.</summary>
    public static IEnumerable<LlhttpCase> ReadAll(string folder) =>
        Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .SelectMany(path => Read(Path.GetRelativePath(folder, path).Replace(".md", "", StringComparison.Ordinal), File.ReadAllText(path)));

    private static IEnumerable<LlhttpCase> Read(string file, string text)
    {
        var starts = Meta().Matches(text);
        for (var i = 0; i < starts.Count; i++)
        {
            var heading = Heading().Matches(text[..starts[i].Index])[^1].Groups[1].Value.Trim();
            var part = text[starts[i].Index..(i + 1 < starts.Count ? starts[i + 1].Index : text.Length)];
            var found = new LlhttpCase(
                $"{file}: {heading}", starts[i].Groups[1].Value, part.Contains("\"skipBody\": true", StringComparison.Ordinal), ToBytes(Block(part, "http")));
            found.ReadLog(Block(part, "log"));
            yield return found;
        }
    }

    private static string Block(string text, string language)
    {
        var start = text.IndexOf($"```{language}\n", StringComparison.Ordinal) + language.Length + 4;
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)];
    }

    // As llhttp's test runner does it: the last line end is not part of the input, one behind a backslash neither; all
    // others are CRLF, and \r, \n, \t, \f and \xNN are what they say.
    private static byte[] ToBytes(string text)
    {
        text = text.EndsWith('\n') ? text[..^1] : text;
        text = text.Replace("\\\n", "", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal)
            .Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal)
            .Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\f", "\f", StringComparison.Ordinal);
        text = HexEscape().Replace(text, static x => ((char)int.Parse(x.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());
        return Encoding.UTF8.GetBytes(text);
    }

    private void ReadLog(string log)
    {
        var spans = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (Match line in LogLine().Matches(log))
        {
            var what = line.Groups["what"].Value;
            if (what == "message begin")
            {
                Messages.Add(new LlhttpMessage());
                spans.Clear();
            }

            if (Messages.Count == 0)
            {
                Messages.Add(new LlhttpMessage()); // refused before it began
            }

            var message = Messages[^1];
            if (SpanName().Match(what) is { Success: true } span)
            {
                var (at, length) = (Number(line, "off"), Number(line, "len"));
                var name = span.Groups[1].Value;
                spans[name] = [.. spans.GetValueOrDefault(name, []), .. Input.AsSpan(at, length)];
                message.Body = spans.GetValueOrDefault("body");
            }
            else if (what.StartsWith("error ", StringComparison.Ordinal) && !what.Contains("Pause on CONNECT/Upgrade", StringComparison.Ordinal))
            {
                message.Error = what["error ".Length..];
            }
            else if (what.StartsWith("headers complete", StringComparison.Ordinal))
            {
                message.HasHead = true;
                message.Status = StatusCode().Match(what) is { Success: true } status
                    ? int.Parse(status.Groups[1].Value, CultureInfo.InvariantCulture) : null;
            }
            else if (what == "message complete")
            {
                message.IsComplete = true;
            }
            else if (what.EndsWith(" complete", StringComparison.Ordinal))
            {
                message.Take(what[..^" complete".Length], spans);
            }
        }
    }

    private static int Number(Match line, string group) => int.Parse(line.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("<!-- meta=\\{\"type\": *\"([a-z-]+)\"")]
    private static partial Regex Meta();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\\x([0-9a-fA-F]{2})")]
    private static partial Regex HexEscape();

    [GeneratedRegex(@"^off=(?<off>\d+)(?: len=(?<len>\d+))? (?<what>.*)$", RegexOptions.Multiline)]
    private static partial Regex LogLine();

    [GeneratedRegex(@"^span\[([a-z_]+)\]")]
    private static partial Regex SpanName();

    [GeneratedRegex(@" status=(\d+)")]
    private static partial Regex StatusCode();
}
