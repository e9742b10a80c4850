// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace L7Trace.IntegrationTests.Support;

/// <summary>One end of a connection in a recording, and the bytes that its calls moved.</summary>
internal sealed partial record RecordedEnd(string Local, string Remote, string? Inode, long Out, long In)
{
    /// <summary>
    /// The ends of a recording whose payloads have no text like that of a comment (docs/recording.md has the lines).
    /// </summary>
    public static IReadOnlyList<RecordedEnd> Read(string file)
    {
        var connections = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        var moved = new Dictionary<(string, string), long>();
        foreach (Match line in Line().Matches(Encoding.Latin1.GetString(File.ReadAllBytes(file))))
        {
            Dictionary<string, string> fields = line.Groups["fields"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(x => x.Split('=', 2)).ToDictionary(x => x[0], x => x[^1], StringComparer.Ordinal);
            if (line.Groups["what"].Value == "connection")
            {
                connections[fields["id"]] = fields;
                continue;
            }

            (string, string) key = (fields["id"], fields["dir"]);
            moved[key] = moved.GetValueOrDefault(key) + long.Parse(fields.GetValueOrDefault("bytes", "0"), CultureInfo.InvariantCulture);
        }

        return
        [
            .. connections.Select(x => new RecordedEnd(
                x.Value.GetValueOrDefault("local", ""), x.Value.GetValueOrDefault("remote", ""), x.Value.GetValueOrDefault("inode"),
                moved.GetValueOrDefault((x.Key, "out")), moved.GetValueOrDefault((x.Key, "in")))),
        ];
    }

    [GeneratedRegex("l7trace (?<what>connection|call) (?<fields>[!-~ ]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
