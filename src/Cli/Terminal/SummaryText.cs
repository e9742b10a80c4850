// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Cli.Hosting;
using L7Trace.Export;

namespace L7Trace.Cli.Terminal;

/// <summary>What is said on stderr when a trace is over.</summary>
internal static class SummaryText
{
    /// <summary>Says it. Losses are said to those who want quiet too: a trace that lacks something must not look whole.</summary>
    public static void Write(Notes notes, TraceOutcome outcome)
    {
        if (outcome.LeftOutByWhere > 0)
        {
            notes.Say(string.Create(CultureInfo.InvariantCulture,
                $"--where left out {outcome.LeftOutByWhere:#,0}, {outcome.Undecided:#,0} of them because a field that it needs is not known"));
        }

        foreach (var line in LossText.Of(outcome.Summary).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("lost:", StringComparison.Ordinal))
            {
                notes.Error(line);
            }
            else
            {
                notes.Say(line);
            }
        }
    }
}
