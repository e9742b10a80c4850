// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>
/// What the trace of one client's conversation must show, by the server's log and by the client's own journal. The
/// liberties that it takes are named here and in <see cref="StatementText"/>.
/// </summary>
internal sealed class ExpectedTrace(Client client, IReadOnlyList<Step> steps)
{
    /// <summary>The same statements in the same order, values included.</summary>
    public static void EqualsLog(IReadOnlyList<GeneralLogEntry> entries, IReadOnlyList<TraceRecord> ours)
    {
        Queue<GeneralLogEntry> log = new(entries.Where(x => x.Command is "Query" or "Prepare" or "Execute"));
        foreach (TraceRecord record in ours)
        {
            // A statement that can't be prepared is not in the log.
            if (record is { Command: "prepare", DatabaseError: not null } && (!log.TryPeek(out var next) || !Same(next, record)))
            {
                continue;
            }

            Assert.True(log.TryDequeue(out GeneralLogEntry? entry), $"the log has ended, and the trace goes on with {record}");
            Assert.True(Same(entry, record), $"log:   {entry}\ntrace: {record}");
        }

        Assert.Empty(log);
    }

    /// <summary>Rows, affected rows and error of each step.</summary>
    public void EqualsJournal(IReadOnlyList<JournalEntry> journal, IReadOnlyList<TraceRecord> ours)
    {
        Assert.Equal(steps.Count, journal.Count);
        Queue<TraceRecord> records = new(ours);
        for (int i = 0; i < steps.Count; i++)
        {
            TraceRecord record = NextOf(steps[i], records);
            string what = $"step {i} {steps[i].Kind} {steps[i].Sql}\njournal: {journal[i]}\ntrace:   {record}";
            Assert.True((record.DatabaseError ?? "0") == journal[i].Error.ToString(System.Globalization.CultureInfo.InvariantCulture), what);
            if (journal[i].Error != 0)
            {
                continue;
            }

            Assert.True((record.Rows ?? 0) == journal[i].Rows, what);
            if (journal[i].Affected is { } affected && record.Affected is { } traced && !steps[i].IsCall && !steps[i].IsSeveral)
            {
                Assert.True(affected == traced, what);
            }
        }
    }

    // What the driver sends beside the steps (SET NAMES, its own questions) is passed over.
    private TraceRecord NextOf(Step step, Queue<TraceRecord> records)
    {
        bool asExecute = step.Kind != "text" && client.HasPrepared;
        while (records.TryDequeue(out TraceRecord? record))
        {
            bool isIt = asExecute
                ? (record.Command == "execute" || (record.Command == "prepare" && record.DatabaseError is not null)) && record.Statement is { } text && IsTextOf(step, text)
                : record.Command == "query" && IsTextOf(step, record.Statement ?? "");
            if (isIt)
            {
                return record;
            }
        }

        Assert.Fail($"the trace has no (further) {step.Kind} {step.Sql}");
        return null!;
    }

    private static bool IsTextOf(Step step, string statement) =>
        step.Kind == "text" ? statement == step.Sql : StatementText.FilledIn(step.Sql).IsMatch(StatementText.Trim(statement)) || statement == step.Sql;

    private static bool Same(GeneralLogEntry entry, TraceRecord record)
    {
        string logged = StatementText.Trim(entry.Argument);
        if (!string.Equals(record.Command, entry.Command, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return entry.Command == "Execute" ? StatementText.FilledIn(record.Statement ?? "").IsMatch(logged) : logged == StatementText.Trim(record.Statement ?? "");
    }
}
