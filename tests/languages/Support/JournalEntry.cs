// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.LanguageTests.Support;

/// <summary>What a driver says of one step.</summary>
/// <param name="Rows">Rows of all result sets.</param>
/// <param name="Affected">Affected rows; null where there were rows or an error, or the driver does not say.</param>
/// <param name="Error">Error number, 0 for none.</param>
/// <param name="SqlState">Of the error; null for none, or when the driver does not tell it.</param>
internal sealed record JournalEntry(long Rows, long? Affected, int Error, string? SqlState)
{
    public static IReadOnlyList<JournalEntry> Parse(string output)
    {
        var entries = new List<JournalEntry>();
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split('\t');
            Assert.True(fields.Length == 5 && Number(fields[0]) == entries.Count, "not a line of a journal: " + line);
            entries.Add(new JournalEntry(Number(fields[1]), fields[2] == "-" ? null : Number(fields[2]), (int)Number(fields[3]), fields[4] == "-" ? null : fields[4]));
        }

        return entries;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
