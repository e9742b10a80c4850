// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>
/// What the trace of one client's conversation must show, by the server's log and by the client's own journal. The
/// liberties that it takes are named here, in <see cref="BoundValue"/> and in <see cref="StatementText"/>.
/// </summary>
internal sealed class ExpectedTrace(Client client, IReadOnlyList<Step> steps)
{
    /// <summary>Values that were compared with the steps and with the log.</summary>
    public int ComparedValues { get; private set; }

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

            Assert.True(log.TryDequeue(out GeneralLogEntry? entry), $"the log has ended, and the trace goes on with {Cut(record)}");
            if (entry.Command == "Prepare" && record.Command == "execute" && IsSameText(entry, record))
            {
                // MySQL prepares a statement again, by itself, when values of other types come.
                Assert.True(log.TryDequeue(out entry), "the log has ended behind a Prepare");
            }

            Assert.True(Same(entry, record), $"log:   {Cut(entry)}\ntrace: {Cut(record)}");
        }

        Assert.Empty(log);
    }

    /// <summary>Values, rows, affected rows, error and the transaction's state of each step.</summary>
    public void EqualsJournal(IReadOnlyList<JournalEntry> journal, IReadOnlyList<TraceRecord> ours)
    {
        Assert.Equal(steps.Count, journal.Count);
        Queue<TraceRecord> records = new(ours);
        var transaction = new TransactionState();
        for (int i = 0; i < steps.Count; i++)
        {
            (Step step, JournalEntry said) = (steps[i], journal[i]);
            TraceRecord record = NextOf(step, records);
            string what = $"step {i} {step.Kind} {step.Sql}\njournal: {said}\ntrace:   {Cut(record)}";
            EqualsValues(step, record, what);
            Assert.True(step.IsLong == (record.MissingText is not null || record.CutParameters is not null), "what is cut: " + what);
            Assert.True((record.DatabaseError ?? "0") == said.Error.ToString(CultureInfo.InvariantCulture), "error: " + what);
            Assert.True(said.SqlState is null || said.SqlState == record.SqlState, "SQLSTATE: " + what);
            if (said.Error != 0)
            {
                continue;
            }

            transaction.After(step.Sql);
            Assert.True((record.InTransaction, record.Autocommit) == (transaction.IsOpen, transaction.Autocommit), "transaction: " + what);
            Assert.True((record.Rows ?? 0) == said.Rows, "rows: " + what);
            if (said.Affected is { } affected && record.Affected is { } traced && !step.IsCall && !step.IsSeveral)
            {
                Assert.True(affected == traced, "affected rows: " + what);
            }
        }
    }

    // Bound values of an execution, literals of a text that a driver has filled in.
    private void EqualsValues(Step step, TraceRecord record, string what)
    {
        if (step.Parameters.Count == 0 || record.Command == "prepare")
        {
            return;
        }

        if (record.MissingText is not null)
        {
            return; // compared with the log, byte by byte
        }

        bool isBound = record.Command == "execute";
        IReadOnlyList<string?> shown = isBound ? record.Parameters() : StatementText.Values(step.Sql, record.Statement!)!;
        Assert.True(step.Parameters.Count == shown.Count, $"{shown.Count} values: {what}");
        for (int i = 0; i < shown.Count; i++)
        {
            var value = new BoundValue(step.Parameters[i]);
            bool same = step.IsLong ? value.BeginsWith(shown[i], record.MissingOfParameters) : isBound ? value.IsShownAs(shown[i]) : value.IsWrittenAs(shown[i]);
            Assert.True(same, $"value {i} is {step.Parameters[i]} and shown as {shown[i] ?? "NULL"}: {what}");
            ComparedValues++;
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
                : record.Command == "query" && (record.MissingText is null ? IsTextOf(step, record.Statement ?? "") : step.IsLong);
            if (isIt)
            {
                return record;
            }
        }

        Assert.Fail($"the trace has no (further) {step.Kind} {step.Sql}");
        return null!;
    }

    private bool IsTextOf(Step step, string statement) =>
        step.Kind == "text" ? statement == (client.IsCommandLine ? StatementText.Trim(step.Sql) : step.Sql) : StatementText.FilledIn(step.Sql).IsMatch(StatementText.Trim(statement)) || statement == step.Sql;

    private static bool Same(GeneralLogEntry entry, TraceRecord record)
    {
        string statement = record.Statement ?? "";
        if (!string.Equals(record.Command, entry.Command, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        if (entry.Command == "Execute")
        {
            return StatementText.Values(statement, entry.Bytes) is { } logged && SameValues(logged, record);
        }

        return record.MissingText is { } missing
            ? IsBeginning(statement, missing, entry)
            : IsSameText(entry, record);
    }

    private static bool IsSameText(GeneralLogEntry entry, TraceRecord record) =>
        StatementText.Trim(entry.Argument) == StatementText.Trim(record.Statement ?? "");

    // The text that is shown, and the bytes that are not, make up the whole. A character that is no UTF-8 is one byte here.
    private static bool IsBeginning(string statement, long missing, GeneralLogEntry entry)
    {
        int bytes = entry.Bytes.Length - (int)missing;
        return bytes > 0 && Encoding.UTF8.GetString(entry.Bytes, 0, bytes) == statement;
    }

    // What the trace shows of a value, in the log's spelling.
    private static bool SameValues(IReadOnlyList<string?> logged, TraceRecord record)
    {
        string?[] shown = record.Parameters();
        return logged.Count == shown.Length
            && shown.Zip(logged).All(x => LoggedValue.Same(x.Second, x.First, record.CutParameters is not null));
    }

    private static string Cut(object text) => text.ToString() is { Length: > 1500 } all ? all[..1500] + "..." : text.ToString()!;
}
