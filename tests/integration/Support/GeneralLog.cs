// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// Reads the general log file of MariaDB or MySQL. An entry begins with a time or, in MariaDB's, two tabs, the connection id and a command; a
/// statement with newlines stands there raw, so what does not begin like an entry belongs to the one before.
/// </summary>
internal static partial class GeneralLog
{
    public static IReadOnlyList<GeneralLogEntry> Read(string path)
    {
        // One character for each byte, so that bytes of any kind come through. Three lines of preamble, again at each start
        // of the log.
        string text = Preamble().Replace(Encoding.Latin1.GetString(File.ReadAllBytes(path)), "");
        MatchCollection heads = Head().Matches(text);
        var entries = new List<GeneralLogEntry>(heads.Count);
        for (int i = 0; i < heads.Count; i++)
        {
            int begin = heads[i].Index + heads[i].Length;
            int end = i + 1 < heads.Count ? heads[i + 1].Index : text.Length;
            entries.Add(new GeneralLogEntry(
                uint.Parse(heads[i].Groups["id"].ValueSpan, CultureInfo.InvariantCulture),
                heads[i].Groups["command"].Value,
                Encoding.Latin1.GetBytes(text[begin..end].TrimEnd('\n'))));
        }

        return entries;
    }

    [GeneratedRegex(@"^.*Version: .*started with:\n.*\nTime.*Argument\n", RegexOptions.Multiline)]
    private static partial Regex Preamble();

    [GeneratedRegex(
        @"^(\d{6} [ \d]\d:\d\d:\d\d\t|\t\t|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)\t) *(?<id>\d+) (?<command>Connect|Query|Prepare|Execute|Reset stmt|Close stmt|Long Data|Fetch|Quit|Init DB|Field List|Ping|Statistics|Change user|Set option|Reset [Cc]onnection|Kill|Processlist|Refresh|Shutdown|Bulk_execute)\t",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Head();
}
