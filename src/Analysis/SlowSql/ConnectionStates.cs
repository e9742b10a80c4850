// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.SlowSql;

/// <summary>
/// Remembers each connection from command to command, for transactions and for statements that are never closed. Bounded:
/// beyond the limits connections share one state that concludes nothing. Not thread-safe.
/// </summary>
internal sealed class ConnectionStates(StatementTotals totals, bool follows)
{
    private const int MaxConnections = 100_000;
    private const int MaxPrepared = 2_000_000;
    private const long LongAgo = 60_000_000_000;

    private readonly Dictionary<ConnectionId, ConnectionState> _states = [];
    private readonly TransactionTracker _transactions = new();
    private int _prepared;
    private long _latest;

    /// <summary>The state of a connection; one of its own each time when there is no room.</summary>
    public ConnectionState Find(ConnectionId id)
    {
        if (_states.TryGetValue(id, out var state))
        {
            return state;
        }

        state = new ConnectionState();
        if (_states.Count >= MaxConnections)
        {
            RemoveOld();
        }

        if (_states.Count < MaxConnections)
        {
            _states.Add(id, state);
        }
        else
        {
            totals.ConnectionsNotFollowed++;
        }

        return state;
    }

    /// <summary>Takes the next command of a connection.</summary>
    public void Take(ConnectionState state, Exchange clientView, MySqlExchange exchange, StatementGroup group)
    {
        _latest = Math.Max(_latest, exchange.Start);
        if (!follows)
        {
            return;
        }

        _transactions.Take(state, clientView, exchange, group);
        switch (exchange)
        {
            case { Command: MySqlCommand.StatementPrepare, State: ExchangeState.Done, IsError: false, StatementId: { } id }
                when _prepared < MaxPrepared:
                _prepared += (state.Prepared ??= []).Add(id) ? 1 : 0;
                break;
            case { Command: MySqlCommand.StatementClose, StatementId: { } id } when state.Prepared is { } prepared:
                _prepared -= prepared.Remove(id) ? 1 : 0;
                break;
            case { State: ExchangeState.Aborted } or { Command: MySqlCommand.Quit }:
                Leave(state);
                _states.Remove(clientView.Connection.Id);
                break;
            case { Command: MySqlCommand.Connect or MySqlCommand.ChangeUser or MySqlCommand.ResetConnection, IsError: false }:
                Leave(state);
                break;
        }
    }

    /// <summary>The trace has ended.</summary>
    public void Finish()
    {
        foreach (var state in _states.Values)
        {
            totals.OpenStatements += state.Prepared?.Count ?? 0;
            _transactions.Finish(state);
        }

        _states.Clear();
        totals.Transactions = _transactions.Figures;
        totals.TransactionEnds = _transactions.Ends;
    }

    // Connections that ended without a word (no COM_QUIT) stay behind.
    private void RemoveOld()
    {
        foreach (var (id, state) in _states)
        {
            if (state.LastStart < _latest - LongAgo)
            {
                totals.ConnectionsNotFollowed += state.Prepared is { Count: > 0 } || state.Transaction == TransactionState.Open ? 1 : 0;
                _prepared -= state.Prepared?.Count ?? 0;
                _transactions.Finish(state);
                _states.Remove(id);
            }
        }
    }

    private void Leave(ConnectionState state)
    {
        totals.NeverClosed += state.Prepared?.Count ?? 0;
        _prepared -= state.Prepared?.Count ?? 0;
        state.Prepared = null;
    }
}
