// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>What the client itself saw of one exchange; times in ns since the Unix epoch, taken outside its calls.</summary>
internal sealed record HttpJournalEntry(long Number, int Status, long Body, long Begin, long End, int Connection, int Port)
{
    public static HttpJournalEntry Parse(string line)
    {
        long[] x = [.. line.Split(' ').Select(x => long.Parse(x, CultureInfo.InvariantCulture))];
        return new HttpJournalEntry(x[0], (int)x[1], x[2], x[3], x[4], (int)x[5], (int)x[6]);
    }
}
