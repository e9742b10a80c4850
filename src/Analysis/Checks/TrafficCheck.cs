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
    private readonly ExchangeLabel _label;
    private readonly Func<string, bool> _ignores;
    private readonly Func<long, string> _time;
    private readonly Dictionary<string, ExponentialHistogram> _times = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StatementShape> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _errors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _unguarded = new(StringComparer.Ordinal);
    private readonly HashSet<string> _doubts = new(StringComparer.Ordinal);
    private readonly RepeatCounter _repeats;
    private bool _groupsFull;

    /// <summary>Makes one.</summary>
    /// <param name="rules">What must hold.</param>
    /// <param name="label">Names statements and routes.</param>
    /// <param name="ignores">True for the digest of a statement, or the name of a route, that does not count.</param>
    /// <param name="time">Writes nanoseconds for people.</param>
    public TrafficCheck(CheckRules rules, ExchangeLabel label, Func<string, bool> ignores, Func<long, string> time)
    {
        ArgumentNullException.ThrowIfNull(rules);
        (_rules, _label, _ignores, _time) = (rules, label, ignores, time);
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
        string[] doubts = [.. losses, .. _doubts.Take(MaxDoubts), .. _groupsFull ? ["there were more different statements than are kept apart"] : Array.Empty<string>()];
        string[] running = [.. inFlight.Select(_label.Of).OfType<(GroupKind, string, string Text)>().Select(static x => $"still running at the end: {x.Text}").Take(MaxDoubts)];
        var results = new List<CheckResult>();
        Add(_rules.MaxP95 is { } p95 ? $"--max-p95 {_time(p95)}" : null, [.. _times.Where(x => x.Value.Percentile(0.95) > _rules.MaxP95).OrderByDescending(static x => x.Value.Percentile(0.95))
            .Select(x => $"p95 {_time(x.Value.Percentile(0.95))} of {Count(x.Value.Count, "call")}: {x.Key}")], running);
        Add(_rules.MaxTime is { } longest ? $"--max-time {_time(longest)}" : null, [.. _times.Where(x => x.Value.Max > _rules.MaxTime).OrderByDescending(static x => x.Value.Max).Select(x => $"{_time(x.Value.Max)}: {x.Key}")], running);
        Add(_rules.MaxStatements is { } most ? string.Create(CultureInfo.InvariantCulture, $"--max-statements {most}") : null, Statements > _rules.MaxStatements ? [$"{Count(Statements, "statement")} ran"] : [], []);
        Add(_rules.MaxRepeats is { } repeats ? string.Create(CultureInfo.InvariantCulture, $"--no-n-plus-one {repeats}") : null, [.. _repeats.TooOften.Select(static x => string.Create(CultureInfo.InvariantCulture, $"{x.Count} times in a row: {x.Digest}"))], []);
        Add(_rules.NoErrors ? "--no-errors" : null, Counted(_errors), running);
        Add(_rules.NoWriteWithoutWhere ? "--no-write-without-where" : null, Counted(_unguarded), []);
        return results;

        void Add(string? rule, IReadOnlyList<string> broken, IReadOnlyList<string> more)
        {
            if (rule is not null)
            {
                results.Add(broken.Count > 0 ? new CheckResult(rule, CheckOutcome.Failed, broken)
                    : doubts.Length + more.Count > 0 ? new CheckResult(rule, CheckOutcome.Inconclusive, [.. doubts, .. more])
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
        if (exchange.Command is MySqlCommand.Connect or MySqlCommand.ResetConnection or MySqlCommand.ChangeUser or MySqlCommand.Quit)
        {
            _repeats.EndUnit(connection);
        }

        Doubt(exchange, exchange.Command == MySqlCommand.Unknown || exchange.StatementTextMissing > 0);
        if (!StatementAggregator.IsStatement(exchange) || _label.Of(exchange) is not { } label || _ignores(label.Text))
        {
            return;
        }

        var digest = label.Text;
        if (exchange.StatementText is null)
        {
            _doubts.Add(digest);
        }

        var shape = ShapeOf(digest);
        if (shape.Noise != SetupNoise.None)
        {
            return;
        }

        Statements++;
        _repeats.Add(connection, digest, exchange.Start, exchange.Start + (exchange.Duration ?? 0));
        Record(digest, exchange.Duration);
        if (exchange.IsError || exchange.State == ExchangeState.Aborted)
        {
            Count(_errors, exchange.ErrorCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"error {code}: {digest}") : $"the connection ended before the answer: {digest}");
        }

        if (shape.WritesWithoutWhere != false && shape.Kind is StatementKind.Update or StatementKind.Delete)
        {
            if (shape.WritesWithoutWhere is null)
            {
                _doubts.Add($"too long to see whether a WHERE came: {digest}");
            }
            else
            {
                Count(_unguarded, digest);
            }
        }
    }

    private void Take(HttpExchange exchange)
    {
        Doubt(exchange, false);
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
        if (_doubts.Count >= MaxDoubts || (!isUnknown && exchange.Completeness.Kind is CompletenessKind.Complete or CompletenessKind.Truncated && exchange.State != ExchangeState.Lost))
        {
            return;
        }

        _doubts.Add($"seen in part: {(_label.Of(exchange) is { } label ? label.Text : "an exchange")}");
    }

    private StatementShape ShapeOf(string digest)
    {
        if (!_shapes.TryGetValue(digest, out var shape))
        {
            shape = StatementShape.Of(digest);
            if (_shapes.Count < MaxGroups)
            {
                _shapes[digest] = shape;
            }
        }

        return shape;
    }

    private void Record(string digest, long? duration)
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

        if (duration is { } time)
        {
            times.Record(time);
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
