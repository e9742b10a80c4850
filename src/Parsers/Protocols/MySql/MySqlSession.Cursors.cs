// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>
/// Cursors: an execution that opens one and the FETCHes that follow are one statement. It goes out when the last row was
/// sent, or when the statement is closed, reset, executed again, or the connection ends. Its duration is the sum of its
/// parts; what the client does between them is its idle time. After lost framing FETCHes may have been missed: then the
/// open ones go out without rows and duration, and later FETCHes stand for themselves.
/// </content>
internal sealed partial class MySqlSession
{
    private static readonly Dictionary<uint, MySqlExchange> s_noCursors = []; // stays so
    private Dictionary<uint, MySqlExchange> _cursors = s_noCursors;

    /// <summary>A proven exchange goes out, or becomes (part of) one that goes on.</summary>
    private void Give(MySqlExchange exchange, int epoch)
    {
        if (exchange.StatementId is { } id && exchange.State == ExchangeState.Done)
        {
            if (exchange.Command == MySqlCommand.StatementFetch && _cursors.TryGetValue(id, out var cursor))
            {
                Add(cursor, exchange);
                if (exchange.IsError || !IsOpen(exchange))
                {
                    EndCursor(id);
                }

                return;
            }

            if (exchange.Command == MySqlCommand.StatementExecute && IsOpen(exchange))
            {
                Open(id, exchange, epoch);
                return;
            }
        }

        _context.Handler.OnExchange(exchange);
    }

    private static bool IsOpen(MySqlExchange exchange) => exchange is { HasCursor: true, IsError: false } &&
        ((MySqlServerStatus)exchange.ServerStatus! & MySqlServerStatus.LastRowSent) == 0;

    private void Open(uint id, MySqlExchange exchange, int epoch)
    {
        if (epoch != _facts.Prepared.Epoch || exchange.Completeness.Kind == CompletenessKind.Resynced || _cursors.Count >= Limits.MaxOutstanding)
        {
            // Its rows can't be followed: how it ends will not be known.
            GiveUp(exchange, ExchangeState.Lost);
            return;
        }

        exchange.State = ExchangeState.Running;
        exchange.IdleSince = exchange.Response.Last.Exit;
        _cursors = _cursors == s_noCursors ? [] : _cursors;
        _cursors[id] = exchange;
    }

    private static void Add(MySqlExchange cursor, MySqlExchange fetch)
    {
        cursor.IdleTime += Math.Max(0, fetch.Start - cursor.Response.Last.Exit);
        cursor.IdleSince = fetch.Response.Last.Exit;
        cursor.Response = cursor.Response with { Last = fetch.Response.Last, EndOffset = fetch.Response.EndOffset };
        cursor.Fetches++;
        var rows = (cursor.ReturnedRows ?? cursor.ReturnedRowsAtLeast ?? 0) + (fetch.ReturnedRows ?? fetch.ReturnedRowsAtLeast ?? 0);
        cursor.ReturnedRows += fetch.ReturnedRows;
        cursor.ReturnedRowsAtLeast = cursor.ReturnedRows is null ? rows : null;
        cursor.ResponseBytes += fetch.ResponseBytes;
        cursor.UncompressedResponseBytes += fetch.UncompressedResponseBytes;
        cursor.Warnings = fetch.Warnings ?? cursor.Warnings;
        cursor.ServerStatus = (ushort?)((cursor.ServerStatus & (ushort)MySqlServerStatus.OfResult) | fetch.ServerStatus) ?? cursor.ServerStatus;
        cursor.ErrorCode = fetch.ErrorCode;
        cursor.SqlState = fetch.SqlState;
        cursor.ErrorMessage = fetch.ErrorMessage;
        var missing = cursor.Completeness.MissingBytes + fetch.Completeness.MissingBytes;
        if (fetch.Completeness.Kind != CompletenessKind.Complete)
        {
            cursor.Completeness = new Completeness(fetch.Completeness.Kind, missing);
        }
    }

    /// <summary>Nothing more will be fetched from this statement.</summary>
    private void EndCursor(uint? id, ExchangeState state = ExchangeState.Done)
    {
        if (id is { } known && _cursors.Remove(known, out var cursor))
        {
            cursor.IdleSince = null;
            if (state == ExchangeState.Done)
            {
                cursor.State = state;
                _context.Handler.OnExchange(cursor);
            }
            else
            {
                GiveUp(cursor, state);
            }
        }
    }

    private void EndCursors(ExchangeState state)
    {
        while (_cursors.Count > 0)
        {
            foreach (var id in _cursors.Keys)
            {
                EndCursor(id, state);
                break;
            }
        }
    }

    private void GiveUp(MySqlExchange cursor, ExchangeState state)
    {
        cursor.State = state;
        cursor.ReturnedRows = null;
        _context.Handler.OnExchange(cursor);
    }

    /// <summary>True when the command is a FETCH of a statement that is shown as a whole.</summary>
    private bool BelongsToCursor(PendingCommand command) =>
        command is { Command: MySqlCommand.StatementFetch, StatementId: { } id } && _cursors.ContainsKey(id);

    /// <summary>The open ones as they stand now; one from which rows are being fetched is not idle.</summary>
    private void VisitCursors(Action<Exchange> visitor)
    {
        foreach (var (id, cursor) in _cursors)
        {
            var copy = cursor.Copy();
            if (RunningFetch(id) is { } fetch)
            {
                var start = _context.Connection.Role == EndpointRole.Server ? fetch.Request.First.Exit : fetch.Request.First.Enter;
                copy.IdleSince = null;
                copy.IdleTime += Math.Max(0, start - copy.Response.Last.Exit);
            }

            copy.ReturnedRows = null; // so far: not a count
            visitor(copy);
        }
    }

    private PendingCommand? RunningFetch(uint id)
    {
        if (_current is { Command: MySqlCommand.StatementFetch } current && current.StatementId == id)
        {
            return current;
        }

        foreach (var command in _pending)
        {
            if (command.Command == MySqlCommand.StatementFetch && command.StatementId == id)
            {
                return command;
            }
        }

        return null;
    }
}
