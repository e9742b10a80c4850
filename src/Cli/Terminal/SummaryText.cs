// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Cli.Hosting;
using L7Trace.Export;

namespace L7Trace.Cli.Terminal;

/// <summary>What is said on stderr when a trace is over.</summary>
internal static class SummaryText
{
    /// <summary>Says what was lost, where exchanges are not what is wanted.</summary>
    public static void WriteLosses(Notes notes, TraceOutcome outcome)
    {
        foreach (var line in Lines(outcome).Where(IsLoss))
        {
            notes.Error(line);
        }
    }

    /// <summary>Says it. Losses are said to those who want quiet too: a trace that lacks something must not look whole.</summary>
    public static void Write(Notes notes, TraceOutcome outcome)
    {
        if (outcome.LeftOutByWhere > 0)
        {
            notes.Say(string.Create(CultureInfo.InvariantCulture,
                $"--where left out {outcome.LeftOutByWhere:#,0}, {outcome.Undecided:#,0} of them because a field that it needs is not known"));
        }

        foreach (var line in Lines(outcome))
        {
            if (IsLoss(line))
            {
                notes.Error(line);
            }
            else
            {
                notes.Say(line);
            }
        }
    }
    private static string[] Lines(TraceOutcome outcome) =>
        LossText.Of(outcome.Summary).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsLoss(string line) => line.StartsWith("lost:", StringComparison.Ordinal);
}
