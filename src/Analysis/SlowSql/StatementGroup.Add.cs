// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.SlowSql;

/// <content>Taking up calls and other groups.</content>
public sealed partial class StatementGroup
{
    // SERVER_STATUS_flags_enum
    private const ushort NoGoodIndexFlag = 0x0010;
    private const ushort NoIndexFlag = 0x0020;
    private const ushort WasSlowFlag = 0x0800;

    /// <summary>Counts a call.</summary>
    internal void Add(MySqlExchange exchange, string user, string schema, string client, string? statement)
    {
        Calls++;
        Aborted += exchange.State == ExchangeState.Aborted ? 1 : 0;
        Incomplete += exchange.Completeness.Kind == CompletenessKind.Complete ? 0 : 1;
        var start = exchange.Start;
        FirstSeen = Calls == 1 ? start : Math.Min(FirstSeen, start);
        LastSeen = Math.Max(LastSeen, start);
        if (exchange.ErrorCode is { } code)
        {
            Errors++;
            ErrorCodes.Add(code, exchange.SqlState);
        }

        var time = AddTime(exchange);
        Load.At(start).Add(time);
        AddAnswer(exchange);
        Users.Add(user);
        Schemas.Add(schema);
        Clients.Add(client);
        if (statement is not null)
        {
            Statements.Add(statement);
        }
    }

    /// <summary>Puts another group into this one, for the row of the rest and for the figures of all.</summary>
    internal void Merge(StatementGroup other)
    {
        FirstSeen = Calls == 0 ? other.FirstSeen : Math.Min(FirstSeen, other.FirstSeen);
        LastSeen = Math.Max(LastSeen, other.LastSeen);
        Groups = Calls == 0 ? other.Groups : Groups + other.Groups;
        HasOverflow |= other.HasOverflow;
        Calls += other.Calls;
        Errors += other.Errors;
        Aborted += other.Aborted;
        Incomplete += other.Incomplete;
        WithoutTime += other.WithoutTime;
        InTransactions += other.InTransactions;
        Time.Merge(other.Time);
        FirstByte.Merge(other.FirstByte);
        Transfer.Merge(other.Transfer);
        ServerTime.Merge(other.ServerTime);
        NetworkTime.Merge(other.NetworkTime);
        RowsSent.Merge(other.RowsSent);
        RowsUnknown += other.RowsUnknown;
        RowsAffected.Merge(other.RowsAffected);
        BytesSent.Merge(other.BytesSent);
        WithStatus += other.WithStatus;
        NoIndexUsed += other.NoIndexUsed;
        NoGoodIndexUsed += other.NoGoodIndexUsed;
        WasSlow += other.WasSlow;
        Warnings += other.Warnings;
        Decades.Merge(other.Decades);
        ErrorCodes.Merge(other.ErrorCodes);
        Users.Merge(other.Users);
        Schemas.Merge(other.Schemas);
        Clients.Merge(other.Clients);
        Statements.Merge(other.Statements);
        Transactions.Merge(other.Transactions);
        Load.Merge(other.Load);
        Slowest = Slowest is null || other.Slowest?.Duration > Slowest.Duration ? other.Slowest : Slowest;
    }

    private long? AddTime(MySqlExchange exchange)
    {
        if (exchange.Duration is not { } time)
        {
            WithoutTime++;
            return null;
        }

        if (Slowest is null || time > Time.Max)
        {
            Slowest = exchange;
        }

        Time.Record(time);
        Decades.Record(time);
        if (exchange.TimeToFirstByte is { } wait)
        {
            FirstByte.Record(Math.Min(wait, time));
            Transfer.Record(Math.Max(0, time - wait));
        }

        if (exchange.OtherEnd is { } other)
        {
            var isServer = exchange.Connection.Role == EndpointRole.Server;
            var (client, server) = (isServer ? other : exchange, isServer ? exchange : other);
            if (client.Duration is { } whole && server.Duration is { } inside)
            {
                ServerTime.Record(inside);
                NetworkTime.Record(whole - inside);
            }
        }

        return time;
    }

    private void AddAnswer(MySqlExchange exchange)
    {
        if (exchange.ReturnedRows is { } rows)
        {
            // 0 also for a statement that has no result set: that one has changed rows instead.
            if (rows > 0 || exchange.AffectedRows is null)
            {
                RowsSent.Record(rows);
            }
        }
        else if (exchange.State != ExchangeState.OneWay && !exchange.IsError && ReturnsRows(exchange))
        {
            RowsUnknown++;
        }

        if (exchange.AffectedRows is { } affected)
        {
            RowsAffected.Record((long)Math.Min(affected, long.MaxValue));
        }

        if (exchange.ResponseBytes > 0)
        {
            BytesSent.Record(exchange.ResponseBytes);
        }

        Warnings += exchange.Warnings ?? 0;
        if (exchange.ServerStatus is { } status)
        {
            WithStatus++;
            NoIndexUsed += (status & NoIndexFlag) == 0 ? 0 : 1;
            NoGoodIndexUsed += (status & NoGoodIndexFlag) == 0 ? 0 : 1;
            WasSlow += (status & WasSlowFlag) == 0 ? 0 : 1;
        }
    }

    private static bool ReturnsRows(MySqlExchange exchange) =>
        exchange.Command is MySqlCommand.Query or MySqlCommand.StatementExecute && exchange.AffectedRows is null;
}
