// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.Testing;

/// <summary>Writes what ran as a table of plain text, in which captured text does no harm.</summary>
internal static class ResultTable
{
    /// <summary>Lines at most; failures are read by people.</summary>
    public const int MostLines = 60;

    private const int MostCharacters = 400; // of one statement

    /// <summary>The table: equal neighbours are one line.</summary>
    public static string Of(TraceResult result, bool showValues)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"What ran{(result.Name is { } name ? $" in \"{Safe(name)}\"" : "")}: {result.Statements.Count} of {result.Commands.Count} MySQL commands count as statements, {result.Requests.Count} HTTP requests\n");
        if (result.Statements.Count > 0)
        {
            var begin = result.Statements[0].Start;
            text.Append("\n        at       time    rows  statement\n");
            var lines = 0;
            for (var i = 0; i < result.Statements.Count; lines++)
            {
                if (lines == MostLines)
                {
                    text.Append(CultureInfo.InvariantCulture, $"  ... and {result.Statements.Count - i} more\n");
                    break;
                }

                var first = result.Statements[i];
                var next = i + 1;
                while (!showValues && next < result.Statements.Count && result.Statements[next].Digest is { } digest && digest == first.Digest && !result.Statements[next].IsFailed && !first.IsFailed)
                {
                    next++;
                }

                Append(text, first, first.Start - begin, next - i, result.Statements.Skip(i).Take(next - i), showValues);
                i = next;
            }
        }

        if (result.Requests.Count > 0)
        {
            text.Append("\n      time  request\n");
            foreach (var request in result.Requests.Take(MostLines))
            {
                text.Append(CultureInfo.InvariantCulture, $"{Time(request.Duration),10}  {Safe(request.ToString())}\n");
            }

            if (result.Requests.Count > MostLines)
            {
                text.Append(CultureInfo.InvariantCulture, $"  ... and {result.Requests.Count - MostLines} more\n");
            }
        }

        return text.ToString();
    }

    /// <summary>A duration for people.</summary>
    public static string Time(TimeSpan? duration) => duration switch
    {
        null => "-",
        { TotalMilliseconds: < 1 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0} us"),
        { TotalSeconds: < 1 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms"),
        { } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s"),
    };

    /// <summary>Captured text as one line: nothing in it moves a cursor, reorders or hides what stands around it.</summary>
    public static string Safe(string text)
    {
        var safe = new StringBuilder(Math.Min(text.Length, MostCharacters));
        foreach (var rune in text.EnumerateRunes())
        {
            if (safe.Length >= MostCharacters)
            {
                safe.Append(" ...");
                break;
            }

            if (rune.Value is '\t' or '\n' or '\r')
            {
                safe.Append(' ');
            }
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                safe.Append(rune);
            }
        }

        return safe.ToString();
    }

    private static void Append(StringBuilder text, TracedStatement first, TimeSpan at, int count, IEnumerable<TracedStatement> all, bool showValues)
    {
        var time = count == 1 ? first.Duration : new TimeSpan(all.Sum(static x => x.Duration?.Ticks ?? 0));
        var rows = count == 1 ? first.Rows ?? first.AffectedRows : null;
        text.Append(CultureInfo.InvariantCulture, $"{Time(at),10} {(first.IsRunning ? "running" : Time(time)),10} {rows?.ToString(CultureInfo.InvariantCulture) ?? "-",7}  ");
        if (count > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"{count} x  ");
        }

        text.Append(Safe(showValues && first.Text is { } sql ? sql : first.ToString()));
        if (showValues && first.Parameters.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"   ({Safe(string.Join(", ", first.Parameters.Select(static x => x.Value ?? "NULL")))})");
        }

        text.Append(first.ErrorCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"   error {code}") : first.IsAborted ? "   connection closed" : "").Append('\n');
    }
}
