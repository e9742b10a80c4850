// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace L7Trace.IntegrationTests.Support;

/// <summary>One entry of MariaDB's slow log.</summary>
internal sealed record SlowLogEntry(
    uint ConnectionId, long QueryNanoseconds, long RowsSent, long RowsAffected, string Statement);

/// <summary>Reads MariaDB's slow log file (log_slow_verbosity empty).</summary>
internal static partial class SlowLog
{
    public static IReadOnlyList<SlowLogEntry> Read(string path) => Parse(Encoding.UTF8.GetString(File.ReadAllBytes(path)));

    public static IReadOnlyList<SlowLogEntry> Parse(string text)
    {
        MatchCollection heads = Head().Matches(text);
        var entries = new List<SlowLogEntry>(heads.Count);
        for (int i = 0; i < heads.Count; i++)
        {
            Match head = heads[i];
            int begin = head.Index + head.Length;
            int end = i + 1 < heads.Count ? heads[i + 1].Index : text.Length;
            string statement = Time().Replace(text[begin..end], "").TrimEnd('\n').TrimEnd(';');
            entries.Add(new SlowLogEntry(
                (uint)Number(head, "id"),
                (long)(decimal.Parse(head.Groups["time"].ValueSpan, CultureInfo.InvariantCulture) * 1_000_000_000m),
                Number(head, "sent"),
                Number(head, "affected"),
                statement));
        }

        return entries;
    }

    private static long Number(Match head, string group) =>
        long.Parse(head.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^# User@Host: .*\n# Thread_id: (?<id>\d+) .*\n# Query_time: (?<time>[\d.]+)  Lock_time: [\d.]+  Rows_sent: (?<sent>\d+)  Rows_examined: \d+\n# Rows_affected: (?<affected>\d+).*\n(#.*\n)*(use .*;\n)?SET timestamp=\d+;\n",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Head();

    [GeneratedRegex(@"^# Time: .*\n", RegexOptions.Multiline)]
    private static partial Regex Time();
}
