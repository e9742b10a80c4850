// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Reports;

/// <summary>
/// Counts exchanges per statement digest and per route. Memory is bounded: once there are as many groups as allowed,
/// what has none goes to the MISC row of its kind, so that totals stay true. Not thread-safe.
/// </summary>
public sealed class Aggregator : IExchangeHandler
{
    /// <summary>Text of the row of all that had no room of its own.</summary>
    public const string OverflowText = "MISC";

    private readonly Dictionary<(GroupKind Kind, string Scope, string Text), ReportGroup> _groups = [];
    private readonly Dictionary<GroupKind, ReportGroup> _overflow = [];
    private readonly ExchangeLabel _label;
    private readonly int _maxGroups;

    /// <summary>Makes an empty one.</summary>
    /// <param name="label">Names the groups.</param>
    /// <param name="maxGroups">Groups at most, of all kinds together, without the MISC rows.</param>
    public Aggregator(ExchangeLabel label, int maxGroups = 5000)
    {
        ArgumentNullException.ThrowIfNull(label);
        _label = label;
        _maxGroups = maxGroups;
    }

    /// <summary>Exchanges of protocols that have no groups.</summary>
    public long Ungrouped { get; private set; }

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (_label.Of(exchange) is { } key)
        {
            Find(key).Add(exchange);
        }
        else
        {
            Ungrouped++;
        }
    }

    /// <summary>The figures so far.</summary>
    /// <param name="now">Nanoseconds since the Unix epoch.</param>
    /// <param name="inFlight">Exchanges that still run, as the engine lists them.</param>
    public Report Build(long now, IEnumerable<Exchange>? inFlight = null) => new(
        Sorted(GroupKind.Statement),
        Sorted(GroupKind.Route),
        Sorted(GroupKind.WebSocket),
        [.. (inFlight ?? []).OrderBy(static exchange => exchange.Start)],
        now);

    private ReportGroup Find((GroupKind Kind, string Scope, string Text) key)
    {
        if (_groups.TryGetValue(key, out var group))
        {
            return group;
        }

        if (_groups.Count < _maxGroups)
        {
            group = new ReportGroup(key.Kind, key.Scope, key.Text);
            _groups.Add(key, group);
            return group;
        }

        if (!_overflow.TryGetValue(key.Kind, out group))
        {
            group = new ReportGroup(key.Kind, "", OverflowText, isOverflow: true);
            _overflow.Add(key.Kind, group);
        }

        return group;
    }

    private List<ReportGroup> Sorted(GroupKind kind)
    {
        var groups = _groups.Values.Where(group => group.Kind == kind)
            .OrderByDescending(static group => group.Latency.Sum)
            .ThenByDescending(static group => group.Calls)
            .ThenBy(static group => group.Text, StringComparer.Ordinal)
            .ToList();
        if (_overflow.TryGetValue(kind, out var rest))
        {
            groups.Add(rest);
        }

        return groups;
    }
}
