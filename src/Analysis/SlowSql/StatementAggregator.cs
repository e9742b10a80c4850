// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.SlowSql;

/// <summary>
/// Counts MySQL exchanges for <see cref="StatementReport"/>. Memory is bounded: groups, names in a group, connections and
/// intervals of time all have a limit, and what is beyond it is counted together. Nothing is allocated for an exchange
/// whose group and connection are known. Not thread-safe.
/// </summary>
public sealed class StatementAggregator : IExchangeHandler
{
    private const long TrafficWidth = 100_000_000;
    private const int TrafficIntervals = 120;
    private const string Unknown = "(unknown)";

    private readonly Dictionary<(string Schema, string Text), StatementGroup> _groups = [];
    private readonly ConnectionStates _connections;
    private readonly TimeSeries<TrafficInterval> _traffic = new(TrafficWidth, TrafficIntervals);
    private readonly StatementTotals _totals = new();
    private readonly NameTable _names = new();
    private readonly ExchangeLabel _label;
    private readonly StatementGrouping _grouping;
    private readonly int _maxGroups;
    private readonly Func<uint, string?>? _containerOf;
    private StatementGroup? _overflow;

    /// <summary>Makes an empty one.</summary>
    /// <param name="label">Names statements.</param>
    /// <param name="grouping">What a group has in common.</param>
    /// <param name="followsConnections">
    /// True when all exchanges of a connection come here, so that its transactions can be followed.
    /// </param>
    /// <param name="maxGroups">Groups at most, without the one for the rest.</param>
    /// <param name="containerOf">Names the container of a process on this host; null where none can be named.</param>
    public StatementAggregator(
        ExchangeLabel label, StatementGrouping grouping = StatementGrouping.Digest, bool followsConnections = true,
        int maxGroups = 5000, Func<uint, string?>? containerOf = null)
    {
        ArgumentNullException.ThrowIfNull(label);
        _label = label;
        _grouping = grouping;
        _maxGroups = maxGroups;
        _containerOf = containerOf;
        _connections = new ConnectionStates(_totals, followsConnections);
    }

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange is not MySqlExchange mysql || _label.Of(exchange) is not { } label)
        {
            return;
        }

        var clientView = exchange.OtherEnd is { Connection.Role: EndpointRole.Client } other ? other : exchange;
        var state = _connections.Find(clientView.Connection.Id);
        var user = NameOf(mysql.User, state.User, out var newUser);
        var schema = NameOf(mysql.Schema, state.Schema, out var newSchema);
        var client = ClientOf(exchange, state);
        if (newUser)
        {
            state.User = (mysql.User, user);
        }

        if (newSchema)
        {
            state.Schema = (mysql.Schema, schema);
        }

        var group = _grouping switch
        {
            StatementGrouping.User => Find("", user),
            StatementGrouping.Client => Find("", client),
            StatementGrouping.Schema => Find("", schema),
            _ => Find(label.Scope, label.Text),
        };
        group.Add(mysql, user, schema, client, _grouping == StatementGrouping.Digest ? null : _names[label.Text]);
        _traffic.At(exchange.Start).Add(IsStatement(mysql), mysql.IsError, mysql.Duration);
        Count(mysql);
        _connections.Take(state, clientView, mysql, group);
    }

    /// <summary>The report so far; the aggregator is done with after that.</summary>
    /// <param name="start">Begin of the time that is reported on, nanoseconds since the Unix epoch.</param>
    /// <param name="end">Its end.</param>
    /// <param name="order">By what groups are ranked.</param>
    /// <param name="limit">Groups that are shown.</param>
    /// <param name="inFlight">Exchanges that still run; those of other protocols are left out.</param>
    public StatementReport Build(
        long start, long end, StatementOrder order = StatementOrder.Total, StatementLimit limit = default,
        IEnumerable<Exchange>? inFlight = null)
    {
        _connections.Finish();
        var sorted = _groups.Values.OrderByDescending(group => order.KeyOf(group))
            .ThenByDescending(static group => group.Time.Sum)
            .ThenByDescending(static group => group.Calls)
            .ThenBy(static group => group.Text, StringComparer.Ordinal)
            .ThenBy(static group => group.Schema, StringComparer.Ordinal)
            .ToList();
        var all = new StatementGroup(_grouping, "", "", isMisc: true);
        foreach (var group in sorted)
        {
            all.Merge(group);
        }

        (start, end) = all.Calls == 0 ? (start, end) : (Math.Min(start, all.FirstSeen), Math.Max(end, all.LastSeen));
        var shown = limit.Apply(sorted, order);
        StatementGroup? misc = null;
        if (_overflow is { } overflow)
        {
            all.Merge(overflow);
            misc = Rest();
            misc.Merge(overflow);
        }

        foreach (var group in sorted.Skip(shown))
        {
            (misc ??= Rest()).Merge(group);
        }

        return new StatementReport(
            start, end, _grouping, order, all, _totals, sorted[..shown], misc, _traffic,
            [.. (inFlight ?? []).Where(static exchange => exchange is MySqlExchange).OrderBy(static exchange => exchange.Start)]);

        StatementGroup Rest() => new(_grouping, "", "MISC", isMisc: true);
    }

    internal static bool IsStatement(MySqlExchange exchange) => exchange.Command
        is MySqlCommand.Query or MySqlCommand.StatementExecute or MySqlCommand.StatementBulkExecute;

    private void Count(MySqlExchange exchange)
    {
        _totals.Statements += IsStatement(exchange) ? 1 : 0;
        switch (exchange.Command)
        {
            case MySqlCommand.Connect when exchange.State == ExchangeState.Aborted:
                _totals.AbortedLogins++;
                break;
            case MySqlCommand.Connect when exchange.IsError:
                _totals.FailedLogins++;
                break;
            case MySqlCommand.Connect when exchange.State == ExchangeState.Done:
                _totals.Logins++;
                break;
            case MySqlCommand.StatementPrepare when exchange is { State: ExchangeState.Done, IsError: false }:
                _totals.Prepares++;
                break;
            case MySqlCommand.StatementExecute or MySqlCommand.StatementBulkExecute:
                _totals.Executes++;
                break;
            case MySqlCommand.StatementClose:
                _totals.Closes++;
                break;
        }

        if (exchange.ServerVersion is { } version && !ReferenceEquals(version, _totals.ServerVersion))
        {
            _totals.SeveralVersions |= _totals.ServerVersion is { } known && known != version;
            _totals.ServerVersion = version;
        }
    }

    private StatementGroup Find(string schema, string text)
    {
        if (_groups.TryGetValue((schema, text), out var group))
        {
            return group;
        }

        if (_groups.Count < _maxGroups)
        {
            group = new StatementGroup(_grouping, schema, text);
            _groups.Add((schema, text), group);
            return group;
        }

        return _overflow ??= new StatementGroup(_grouping, "", "MISC", isMisc: true) { HasOverflow = true };
    }

    private string NameOf(string? seen, (string? Seen, string Name) last, out bool isNew)
    {
        isNew = last.Name.Length == 0 || !ReferenceEquals(seen, last.Seen);
        return !isNew ? last.Name : _names[seen is { Length: > 0 } ? seen : Unknown];
    }

    private string ClientOf(Exchange exchange, ConnectionState state)
    {
        var (program, process) = ClientName.ProgramOf(exchange);
        if (state.Client.Name.Length > 0 && (program is null || ReferenceEquals(program, state.Client.Program)))
        {
            return state.Client.Name;
        }

        var container = process == 0 ? null : _containerOf?.Invoke(process);
        state.Client = (program, _names[ClientName.Of(exchange, program, container)]);
        return state.Client.Name;
    }
}
