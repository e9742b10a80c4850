// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using L7Trace.Analysis.Sql;

namespace L7Trace.Testing;

/// <content>The assertions.</content>
public sealed partial class TraceResult
{
    /// <summary>How often one statement may run when nothing is said: more looks like a loop.</summary>
    public const int DefaultMaxRepeats = 4;

    /// <summary>
    /// No statement (by digest) ran more than <paramref name="maxRepeats"/> times: a query for each row of another one's result
    /// is the usual cause.
    /// </summary>
    public TraceResult ShouldHaveNoNPlusOne(int maxRepeats = DefaultMaxRepeats)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRepeats, 1);
        RequireTexts();
        IGrouping<string, TracedStatement>[] repeated =
            [.. Statements.GroupBy(static x => x.Digest!, StringComparer.Ordinal).Where(x => x.Count() > maxRepeats).OrderByDescending(static x => x.Count())];
        if (repeated.Length == 0)
        {
            return this;
        }

        var text = new StringBuilder($"Expected no statement to run more than {Times(maxRepeats)}, but:\n");
        foreach (var group in repeated)
        {
            var distinct = group.Select(static x => (x.Text, string.Join('\0', x.Parameters))).Distinct().Count();
            var values = distinct == 1 ? "the same values each time: once would do" : string.Create(CultureInfo.InvariantCulture, $"{distinct} different values");
            text.Append(CultureInfo.InvariantCulture, $"\n  {group.Count(),5} x  {ResultTable.Safe(group.Key)}\n           {values}, {ResultTable.Time(Total(group))} in all\n");
            if (distinct > 1 && Before(group.First()) is { } source)
            {
                text.Append(CultureInfo.InvariantCulture, $"           perhaps a loop over the rows of: {ResultTable.Safe(source.Digest!)}\n");
            }
        }

        throw Failure(text.ToString());
    }

    /// <summary>At most <paramref name="count"/> statements ran.</summary>
    public TraceResult ShouldHaveAtMost(int count)
    {
        RequireAll();
        return Statements.Count <= count ? this : throw Failure($"Expected at most {Count(count)}, but {Statements.Count} ran.\n");
    }

    /// <summary>Exactly <paramref name="count"/> statements ran.</summary>
    public TraceResult ShouldHaveExactly(int count)
    {
        RequireAll();
        return Statements.Count == count ? this : throw Failure($"Expected {Count(count)}, but {Statements.Count} ran.\n");
    }

    /// <summary>No statement took longer. One that still runs, or whose end was not seen, is inconclusive unless it took too long already.</summary>
    public TraceResult ShouldHaveNoneSlowerThan(TimeSpan limit)
    {
        if (Statements.Where(x => x.Duration > limit).OrderByDescending(static x => x.Duration).ToArray() is { Length: > 0 } slow)
        {
            throw Failure($"Expected no statement to take longer than {ResultTable.Time(limit)}, but:\n\n{Lines(slow, static x => ResultTable.Time(x.Duration!.Value))}");
        }

        RequireAll();
        return Statements.FirstOrDefault(static x => x.Duration is null) is { } unknown
            ? throw Inconclusive([$"{unknown}: {(unknown.IsRunning ? "it still ran when the scope ended" : unknown.IsAborted ? "its connection ended first" : "its duration is not known")}"])
            : this;
    }

    /// <summary>
    /// No command failed, by an error or by the end of its connection: statements, and logins, prepares, COMMIT and DDL too, which
    /// don't count elsewhere.
    /// </summary>
    public TraceResult ShouldHaveNoFailures()
    {
        if (Commands.Where(x => x.IsFailed && !_options.Ignored.Any(ignores => ignores(x))).ToArray() is { Length: > 0 } failed)
        {
            throw Failure($"Expected no statement to fail, but:\n\n{Lines(failed, Error)}");
        }

        RequireAll();
        return this;

        string Error(TracedStatement x) => x.ErrorCode is { } code
            ? string.Create(CultureInfo.InvariantCulture, $"error {code}{(_options.ShowValues && x.ErrorMessage is { } message ? ": " + ResultTable.Safe(message) : "")}")
            : "the connection ended before the answer";
    }

    /// <summary>No UPDATE or DELETE without a WHERE of its own.</summary>
    public TraceResult ShouldHaveNoWriteWithoutWhere()
    {
        if (Statements.Where(static x => x.WritesWithoutWhere == true).ToArray() is { Length: > 0 } unguarded)
        {
            throw Failure($"Expected no UPDATE or DELETE without WHERE, but:\n\n{Lines(unguarded, static x => x.AffectedRows is { } rows ? Rows(rows) : "")}");
        }

        RequireTexts();
        return Statements.Where(static x => x.WritesWithoutWhere is null).ToArray() is { Length: > 0 } cut
            ? throw Inconclusive(cut.Select(static x => $"{x}: it is too long to see whether a WHERE came"))
            : this;
    }

    /// <summary>
    /// These statements ran, and no others, in this order. They are compared by digest: values, blanks and the case of keywords
    /// don't count.
    /// </summary>
    public TraceResult ShouldRunExactly(params IReadOnlyList<string> statements)
    {
        ArgumentNullException.ThrowIfNull(statements);
        RequireTexts();
        if (Statements.Zip(statements).FirstOrDefault(static x => x.First.IsDigestCut && IsSame(x.Second, x.First.Digest!) && x.First.Text != x.Second).First is { } cut)
        {
            throw Inconclusive([$"{cut}: it is longer than a digest is, and what stands behind that was not compared"]);
        }

        var same = statements.Count == Statements.Count && statements.Zip(Statements).All(static x => IsSame(x.First, x.Second.Digest!));
        if (same)
        {
            return this;
        }

        var text = new StringBuilder("Expected exactly these statements in this order:\n\n");
        for (var i = 0; i < Math.Max(statements.Count, Statements.Count); i++)
        {
            var expected = i < statements.Count ? StatementDigest.Of(statements[i]).ToString() : "(nothing)";
            var actual = i < Statements.Count ? Statements[i].Digest! : "(nothing)";
            var equal = i < statements.Count && i < Statements.Count && IsSame(statements[i], actual);
            text.Append(CultureInfo.InvariantCulture, $"  {(equal ? ' ' : '!')} {i + 1,3}  {ResultTable.Safe(expected)}\n");
            if (!equal)
            {
                text.Append(CultureInfo.InvariantCulture, $"      ran  {ResultTable.Safe(actual)}\n");
            }
        }

        throw Failure(text.ToString());
    }

    /// <summary>A statement whose digest matches this regular expression ran; set-up counts too.</summary>
    public TraceResult ShouldRun(string pattern)
    {
        var expression = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        if (Commands.Any(x => x.Digest is { } digest && expression.IsMatch(digest)))
        {
            return this;
        }

        RequireWholeTexts();
        throw Failure($"Expected a statement that matches {pattern}.\n");
    }

    /// <summary>No statement whose digest matches this regular expression ran; set-up counts too.</summary>
    public TraceResult ShouldNotRun(string pattern)
    {
        var expression = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        if (Commands.Where(x => x.Digest is { } digest && expression.IsMatch(digest)).ToArray() is { Length: > 0 } found)
        {
            throw Failure($"Expected no statement that matches {pattern}, but:\n\n{Lines(found, static _ => "")}");
        }

        RequireWholeTexts();
        return this;
    }

    /// <summary>No HTTP request failed: no status from 500 on, no gRPC status but OK, none without a response.</summary>
    public TraceResult ShouldHaveNoFailedRequests()
    {
        if (Requests.Where(static x => x.IsFailed).ToArray() is { Length: > 0 } failed)
        {
            throw Failure($"Expected no request to fail, but:\n\n{string.Concat(failed.Select(static x => $"  {ResultTable.Safe(x.ToString())}\n"))}");
        }

        RequireAll();
        return this;
    }

    private static bool IsSame(string statement, string digest) =>
        StatementDigest.Of(statement).ToString() == digest || StatementDigest.Of(statement, dialect: SqlDialect.MariaDb).ToString() == digest;

    private static TimeSpan Total(IEnumerable<TracedStatement> statements) => new(statements.Sum(static x => x.Duration?.Ticks ?? 0));

    private static string Times(int count) => count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count} times");

    private static string Count(int count) => count == 1 ? "1 statement" : string.Create(CultureInfo.InvariantCulture, $"{count} statements");

    private static string Rows(long rows) => rows == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{rows} rows");

    private static string Lines(IEnumerable<TracedStatement> statements, Func<TracedStatement, string> fact) =>
        string.Concat(statements.Take(ResultTable.MostLines).Select(x => $"  {ResultTable.Safe(x.ToString())}{(fact(x) is { Length: > 0 } more ? "   " + more : "")}\n"));

    // The last SELECT of several rows, or of as many as are not known, before the loop began.
    private TracedStatement? Before(TracedStatement first) =>
        Statements.TakeWhile(x => !ReferenceEquals(x, first)).LastOrDefault(static x => x is { Kind: StatementKind.Select, Rows: null or > 1, Digest: not null });

    private L7TraceAssertionException Failure(string what) => new($"{what}\n{this}");

    private void RequireAll()
    {
        if (!IsConclusive)
        {
            throw Inconclusive(Doubts);
        }
    }

    private void RequireTexts()
    {
        RequireAll();
        if (Statements.Where(static x => x.Digest is null).ToArray() is { Length: > 0 } unknown)
        {
            throw Inconclusive(unknown.Select(static x => $"{x}: it was prepared before the trace began"));
        }
    }

    // An expression may match behind the end of a digest.
    private void RequireWholeTexts()
    {
        RequireTexts();
        if (Commands.Where(static x => x.IsDigestCut).ToArray() is { Length: > 0 } cut)
        {
            throw Inconclusive(cut.Select(static x => $"{x}: it is longer than a digest is, and what stands behind that was not searched"));
        }
    }

    private L7TraceInconclusiveException Inconclusive(IEnumerable<string> doubts) =>
        new($"Inconclusive: not everything that ran was seen.\n\n{string.Concat(doubts.Take(ResultTable.MostLines).Select(static x => $"  {ResultTable.Safe(x)}\n"))}\n{this}");
}
