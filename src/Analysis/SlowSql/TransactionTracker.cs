// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.SlowSql;

/// <summary>
/// Follows transactions by the status flags of the answers (SERVER_STATUS_IN_TRANS). One counts from the first statement
/// whose answer has the flag to the statement whose answer has it no more; what ends one and begins the next at once is
/// told by its words. Where a command is missing or out of order, nothing is concluded across it. Not thread-safe.
/// </summary>
internal sealed class TransactionTracker
{
    private const ushort InTransactionFlag = 0x0001;
    private const ushort Deadlock = 1213; // ER_LOCK_DEADLOCK: the server has rolled back all of it
    private const int MaxGroups = 64;

    /// <summary>All that were followed.</summary>
    public TransactionFigures Figures { get; } = new();

    /// <summary>How they ended.</summary>
    public TransactionEnds Ends { get; } = new();

    /// <summary>Takes the next command of a connection.</summary>
    public void Take(ConnectionState state, Exchange clientView, MySqlExchange exchange, StatementGroup group)
    {
        if (IsBroken(state, clientView) || exchange.State == ExchangeState.Lost
            || exchange.Completeness.Kind == CompletenessKind.Unmatched)
        {
            Drop(state);
        }

        var offset = clientView.Request.EndOffset;
        state.LastOffset = exchange.Command is MySqlCommand.Connect or MySqlCommand.ChangeUser ? 0 : offset;
        state.LastStart = exchange.Start;
        switch (exchange)
        {
            case { State: ExchangeState.Aborted } or { Command: MySqlCommand.Quit }:
                Close(state);
                return;
            case { State: ExchangeState.OneWay }:
                return;
            case { State: not ExchangeState.Done } or { Duration: null }:
                Drop(state);
                return;
            case { IsError: false, Command: MySqlCommand.Connect or MySqlCommand.ChangeUser or MySqlCommand.ResetConnection }:
                Close(state);
                state.Transaction = TransactionState.None;
                return;
        }

        var end = exchange.Response.Last.Exit;
        if (state.Transaction == TransactionState.Open)
        {
            state.TransactionIdle += Math.Max(0, exchange.Start - state.LastEnd);
        }

        if (exchange.ServerStatus is { } status)
        {
            Follow(state, exchange, group, end, (status & InTransactionFlag) != 0);
            state.Failure = null;
        }
        else if (state.Transaction == TransactionState.Open)
        {
            TakeWithoutFlags(state, exchange, group, end);
        }

        state.LastEnd = end;
    }

    /// <summary>The connection has ended or was reset: what was open is rolled back, when exactly is not known.</summary>
    public void Close(ConnectionState state)
    {
        Ends.WithConnection += state.Transaction == TransactionState.Open ? 1 : 0;
        Ends.NotFollowed += state.Transaction == TransactionState.OpenBefore ? 1 : 0;
        Forget(state);
    }

    /// <summary>The trace has ended.</summary>
    public void Finish(ConnectionState state)
    {
        Ends.Open += state.Transaction == TransactionState.Open ? 1 : 0;
        Ends.NotFollowed += state.Transaction == TransactionState.OpenBefore ? 1 : 0;
        Forget(state);
    }

    private static bool IsStatement(MySqlExchange exchange) => exchange.Command
        is MySqlCommand.Query or MySqlCommand.StatementExecute or MySqlCommand.StatementBulkExecute;

    // The commands of a connection lie behind each other in its stream, where the stream's offsets are known.
    private static bool IsBroken(ConnectionState state, Exchange exchange) =>
        exchange.Start < state.LastStart
        || (state.LastOffset != 0 && exchange.Request.Seen && exchange.Request.EndOffset != 0
            && exchange.Request.StartOffset > state.LastOffset);

    private static void Forget(ConnectionState state)
    {
        state.Transaction = TransactionState.Unknown;
        state.TransactionGroups.Clear();
        state.Failure = null;
    }

    private static void Begin(ConnectionState state, MySqlExchange exchange, StatementGroup group)
    {
        state.Transaction = TransactionState.Open;
        state.TransactionStart = exchange.Start;
        state.TransactionStatements = 0;
        state.TransactionIdle = 0;
        state.TransactionGroups.Clear();
        Count(state, exchange, group);
    }

    private static void Count(ConnectionState state, MySqlExchange exchange, StatementGroup group)
    {
        if (!IsStatement(exchange))
        {
            return;
        }

        state.TransactionStatements++;
        group.InTransactions++;
        if (state.TransactionGroups.Count < MaxGroups && !state.TransactionGroups.Contains(group))
        {
            state.TransactionGroups.Add(group);
        }
    }

    private void Drop(ConnectionState state)
    {
        Ends.NotFollowed += state.Transaction is TransactionState.Open or TransactionState.OpenBefore ? 1 : 0;
        Forget(state);
    }

    private void End(ConnectionState state, long end, long idle, long statements)
    {
        var duration = end - state.TransactionStart;
        Figures.Add(duration, statements, idle);
        foreach (var group in state.TransactionGroups)
        {
            group.Transactions.Add(duration, statements, idle);
        }

        state.TransactionGroups.Clear();
        state.Transaction = TransactionState.None;
    }

    private void Follow(
        ConnectionState state, MySqlExchange exchange, StatementGroup group, long end, bool inTransaction)
    {
        switch (state.Transaction)
        {
            case TransactionState.None when inTransaction:
                Begin(state, exchange, group);
                return;
            case TransactionState.Unknown:
                state.Transaction = inTransaction ? TransactionState.OpenBefore : TransactionState.None;
                return;
            case TransactionState.OpenBefore:
                LeaveOneBegunBefore(state, exchange, group, end, inTransaction);
                return;
            case TransactionState.Open when inTransaction:
                GoOn(state, exchange, group, end);
                return;
            case TransactionState.Open:
                Leave(state, exchange, group, end);
                return;
        }
    }

    private void LeaveOneBegunBefore(
        ConnectionState state, MySqlExchange exchange, StatementGroup group, long end, bool inTransaction)
    {
        var word = inTransaction ? TransactionWords.Of(exchange.StatementText) : TransactionWord.None;
        if (!inTransaction)
        {
            Ends.NotFollowed++;
            state.Transaction = TransactionState.None;
        }
        else if (word == TransactionWord.Begin)
        {
            Ends.NotFollowed++;
            Begin(state, exchange, group);
        }
        else if (word is TransactionWord.CommitAndChain or TransactionWord.RollbackAndChain)
        {
            Ends.NotFollowed++;
            BeginBehind(state, end);
        }
    }

    private void GoOn(ConnectionState state, MySqlExchange exchange, StatementGroup group, long end)
    {
        switch (TransactionWords.Of(exchange.StatementText))
        {
            case TransactionWord.Begin:
                Ends.Implicit++;
                End(state, end, state.TransactionIdle, state.TransactionStatements);
                Begin(state, exchange, group);
                break;
            case TransactionWord.CommitAndChain:
                Ends.Committed++;
                Count(state, exchange, group);
                End(state, end, state.TransactionIdle, state.TransactionStatements);
                BeginBehind(state, end);
                break;
            case TransactionWord.RollbackAndChain:
                Ends.RolledBack++;
                Count(state, exchange, group);
                End(state, end, state.TransactionIdle, state.TransactionStatements);
                BeginBehind(state, end);
                break;
            default:
                Count(state, exchange, group);
                break;
        }
    }

    private static void BeginBehind(ConnectionState state, long end)
    {
        state.Transaction = TransactionState.Open;
        state.TransactionStart = end;
        state.TransactionStatements = 0;
        state.TransactionIdle = 0;
    }

    private void Leave(ConnectionState state, MySqlExchange exchange, StatementGroup group, long end)
    {
        switch (TransactionWords.Of(exchange.StatementText))
        {
            case TransactionWord.Commit:
                Ends.Committed++;
                break;
            case TransactionWord.Rollback:
                Ends.RolledBack++;
                break;
            case var _ when state.Failure is { } failure:
                // Nothing here says that it ends: the server did that where a statement failed.
                Ends.RolledBack++;
                End(state, failure.End, failure.Idle, failure.Statements);
                return;
            default:
                Ends.Implicit++;
                break;
        }

        Count(state, exchange, group);
        End(state, end, state.TransactionIdle, state.TransactionStatements);
    }

    // Errors, and answers of commands that are no statements.
    private void TakeWithoutFlags(ConnectionState state, MySqlExchange exchange, StatementGroup group, long end)
    {
        Count(state, exchange, group);
        if (exchange.ErrorCode == Deadlock)
        {
            Ends.RolledBack++;
            End(state, end, state.TransactionIdle, state.TransactionStatements);
        }
        else if (exchange.IsError)
        {
            state.Failure ??= (end, state.TransactionIdle, state.TransactionStatements);
        }
    }
}
