// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.Checks;

/// <summary>
/// Takes the exchanges of a run and says which rules they kept. What is missing is never taken for good: a rule that was not
/// broken passes only when everything was seen. Memory is bounded as in reports. Not thread-safe.
/// </summary>
public sealed class TrafficCheck : IExchangeHandler
{
    private const int MaxGroups = 5000;
    private const int MaxErrors = 1000;
    private const int MaxDoubts = 20;

    private readonly CheckRules _rules;
    private readonly DigestCache _digests;
    private readonly ExchangeLabel _label;
    private readonly Func<string, bool> _ignores;
    private readonly Func<long, string> _time;
    private readonly Dictionary<string, ExponentialHistogram> _times = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StatementShape> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _errors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _unguarded = new(StringComparer.Ordinal);
    private readonly HashSet<string> _doubts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _timeDoubts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _whereDoubts = new(StringComparer.Ordinal);
    private readonly RepeatCounter _repeats;
    private bool _groupsFull;
    private bool _sawAny;

    /// <summary>Makes one.</summary>
    /// <param name="rules">What must hold.</param>
    /// <param name="digests">Makes digests.</param>
    /// <param name="label">Names statements and routes.</param>
    /// <param name="ignores">True for the digest of a statement, or the name of a route, that does not count.</param>
    /// <param name="time">Writes nanoseconds for people.</param>
    public TrafficCheck(CheckRules rules, DigestCache digests, ExchangeLabel label, Func<string, bool> ignores, Func<long, string> time)
    {
        ArgumentNullException.ThrowIfNull(rules);
        (_rules, _digests, _label, _ignores, _time) = (rules, digests, label, ignores, time);
        _repeats = new RepeatCounter(rules.MaxRepeats ?? int.MaxValue);
    }

    /// <summary>Statements that count.</summary>
    public long Statements { get; private set; }

    /// <summary>HTTP requests that count.</summary>
    public long Requests { get; private set; }

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        switch (exchange)
        {
            case MySqlExchange mysql:
                Take(mysql);
                break;
            case HttpExchange http:
                Take(http);
                break;
        }
    }

    /// <summary>What became of the rules that were asked for.</summary>
    /// <param name="losses">What was lost, one line each; with any of it nothing passes.</param>
    /// <param name="inFlight">Exchanges that still ran at the end.</param>
    public IReadOnlyList<CheckResult> Results(IReadOnlyList<string> losses, IReadOnlyList<Exchange> inFlight)
    {
        ArgumentNullException.ThrowIfNull(losses);
        ArgumentNullException.ThrowIfNull(inFlight);
        string[] doubts = [.. losses, .. _doubts, .. _groupsFull ? ["there were more different statements than are kept apart"] : Array.Empty<string>()];
        string[] running = [.. inFlight.Select(_label.Of).OfType<(GroupKind, string, string Text)>().Select(static x => $"still running at the end: {x.Text}").Take(MaxDoubts)];
        var results = new List<CheckResult>();
        string[] times = [.. running, .. _timeDoubts];
        string[] nothing = _sawAny ? [] : ["nothing was seen: is the traffic in scope, and its TLS library read? (l7trace ps)"];
        Add(_rules.MaxP95 is { } p95 ? $"--max-p95 {_time(p95)}" : null, [.. _times.Where(x => x.Value.Percentile(0.95) > _rules.MaxP95).OrderByDescending(static x => x.Value.Percentile(0.95))
            .Select(x => $"p95 {_time(x.Value.Percentile(0.95))} of {Count(x.Value.Count, "call")}: {x.Key}")], times, nothing);
        Add(_rules.MaxTime is { } longest ? $"--max-time {_time(longest)}" : null, [.. _times.Where(x => x.Value.Max > _rules.MaxTime).OrderByDescending(static x => x.Value.Max).Select(x => $"{_time(x.Value.Max)}: {x.Key}")], times, nothing);
        Add(_rules.MaxStatements is { } most ? string.Create(CultureInfo.InvariantCulture, $"--max-statements {most}") : null, Statements > _rules.MaxStatements ? [$"{Count(Statements, "statement")} ran"] : [], [], []);
        Add(_rules.MaxRepeats is { } repeats ? string.Create(CultureInfo.InvariantCulture, $"--no-n-plus-one {repeats}") : null, [.. _repeats.TooOften.Select(static x => string.Create(CultureInfo.InvariantCulture, $"{x.Count} times in a row: {x.Digest}"))], [.. _repeats.TooOftenAcrossResets.Select(static x => string.Create(CultureInfo.InvariantCulture, $"{x.Count} times with a reset of the connection in between: {x.Digest}")), .. _repeats.HasForgotten ? ["there were more connections or statements at a time than are kept apart"] : Array.Empty<string>()], nothing);
        Add(_rules.NoErrors ? "--no-errors" : null, Counted(_errors), running, nothing);
        Add(_rules.NoWriteWithoutWhere ? "--no-write-without-where" : null, Counted(_unguarded), [.. _whereDoubts], nothing);
        return results;

        void Add(string? rule, IReadOnlyList<string> broken, IReadOnlyList<string> more, IReadOnlyList<string> unseen)
        {
            if (rule is not null)
            {
                results.Add(broken.Count > 0 ? new CheckResult(rule, CheckOutcome.Failed, broken)
                    : doubts.Length + more.Count + unseen.Count > 0 ? new CheckResult(rule, CheckOutcome.Inconclusive, [.. unseen, .. doubts, .. more])
                    : new CheckResult(rule, CheckOutcome.Passed, []));
            }
        }
    }

    private static string[] Counted(Dictionary<string, int> found) =>
        [.. found.OrderByDescending(static x => x.Value).ThenBy(static x => x.Key, StringComparer.Ordinal).Select(static x => x.Value == 1 ? x.Key : string.Create(CultureInfo.InvariantCulture, $"{x.Value} x {x.Key}"))];

    private static string Count(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private void Take(MySqlExchange exchange)
    {
        var connection = (exchange.OtherEnd is { Connection.Role: EndpointRole.Client } other ? other : exchange).Connection.Id;
        switch (exchange.Command)
        {
            case MySqlCommand.Connect or MySqlCommand.Quit:
                _repeats.EndUnit(connection);
                break;
            case MySqlCommand.ResetConnection or MySqlCommand.ChangeUser:
                _repeats.Reset(connection);
                break;
        }

        Doubt(exchange, exchange.Command == MySqlCommand.Unknown || exchange.StatementTextMissing > 0);
        var isStatement = StatementAggregator.IsStatement(exchange);
        _sawAny |= isStatement;
        if (_label.Of(exchange) is not { } label || _ignores(label.Text))
        {
            return;
        }

        CountError(exchange, label.Text);
        if (!isStatement)
        {
            return;
        }

        var digest = label.Text;
        if (exchange.StatementText is null)
        {
            AddDoubt(_doubts, digest);
        }

        var shape = ShapeOf(exchange);
        if (shape.WritesWithoutWhere == true)
        {
            Count(_unguarded, digest);
        }
        else if (shape.WritesWithoutWhere is null && exchange.StatementText is not null)
        {
            AddDoubt(_whereDoubts, $"not read so far that each UPDATE and DELETE in it is known: {digest}");
        }

        if (shape.Noise != SetupNoise.None)
        {
            return;
        }

        Statements++;
        _repeats.Add(connection, digest, exchange.Start, exchange.End ?? LastSeen(exchange));
        Record(digest, exchange);
    }

    // Of set-up too, and of what is no statement: a COMMIT that fails, a COM_STMT_PREPARE, a login. A login whose client sends nothing
    // is a look whether the port is open; what flows without end (COM_BINLOG_DUMP) ends with its connection.
    private void CountError(MySqlExchange exchange, string what)
    {
        if (exchange.IsError)
        {
            Count(_errors, exchange.ErrorCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"error {code}: {what}") : $"error: {what}");
        }
        else if (exchange.State == ExchangeState.Aborted && !exchange.IsStream && (exchange.Command != MySqlCommand.Connect || exchange.Request.Seen))
        {
            Count(_errors, $"the connection ended before the answer: {what}");
        }
    }

    private void Take(HttpExchange exchange)
    {
        Doubt(exchange, false);
        _sawAny = true;
        if (_label.Of(exchange) is not { } label || _ignores(label.Text))
        {
            return;
        }

        Requests++;
        if (exchange.State == ExchangeState.Aborted)
        {
            Count(_errors, $"no response: {label.Text}");
        }
        else if (exchange.StatusCode >= 500)
        {
            Count(_errors, string.Create(CultureInfo.InvariantCulture, $"status {exchange.StatusCode}: {label.Text}"));
        }
        else if (exchange.Grpc is { StatusCode: { } status and not 0 })
        {
            Count(_errors, string.Create(CultureInfo.InvariantCulture, $"gRPC status {status}: {label.Text}"));
        }
    }

    private void Doubt(Exchange exchange, bool isUnknown)
    {
        if (isUnknown || exchange.Completeness.Kind is not (CompletenessKind.Complete or CompletenessKind.Truncated) || exchange.State == ExchangeState.Lost)
        {
            AddDoubt(_doubts, $"seen in part: {(_label.Of(exchange) is { } label ? label.Text : "an exchange")}");
        }
    }

    // The digest may end before the statement does: then the statement itself is read, as others may begin with the same digest.
    private StatementShape ShapeOf(MySqlExchange exchange)
    {
        if (exchange.StatementText is not { } text || _digests.Of(exchange) is not { } digest)
        {
            return StatementShape.Of((string?)null);
        }

        if (!digest.IsPrefix && _shapes.TryGetValue(digest.Text, out var shape))
        {
            return shape;
        }

        shape = StatementShape.OfStatement(text, exchange.StatementTextMissing > 0, DigestCache.BackslashesAreLiteral(exchange), DigestCache.DialectOf(exchange));
        if (!digest.IsPrefix && shape.WritesWithoutWhere is not null && _shapes.Count < MaxGroups)
        {
            _shapes[digest.Text] = shape;
        }

        return shape;
    }

    // One without an answer took at least as long as it was seen: enough to break a rule, not to keep one.
    private void Record(string digest, MySqlExchange exchange)
    {
        if (!_times.TryGetValue(digest, out var times))
        {
            if (_times.Count >= MaxGroups)
            {
                _groupsFull = true;
                return;
            }

            _times[digest] = times = new ExponentialHistogram();
        }

        if (exchange.Duration is { } time)
        {
            times.Record(time);
            return;
        }

        times.Record(Math.Max(0, LastSeen(exchange) - exchange.Start - exchange.IdleTime));
        AddDoubt(_timeDoubts, $"its time is not known, as its end was not seen: {digest}");
    }

    private static long LastSeen(Exchange exchange) => Math.Max(
        exchange.Start, Math.Max(exchange.Request.Seen ? exchange.Request.Last.Exit : 0, exchange.Response.Seen ? exchange.Response.Last.Exit : 0));

    private static void AddDoubt(HashSet<string> doubts, string what)
    {
        if (doubts.Count < MaxDoubts)
        {
            doubts.Add(what);
        }
    }

    private static void Count(Dictionary<string, int> counts, string what)
    {
        if (counts.Count < MaxErrors || counts.ContainsKey(what))
        {
            counts[what] = counts.GetValueOrDefault(what) + 1;
        }
    }
}
