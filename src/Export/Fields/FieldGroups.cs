// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Fields;

/// <summary>Tells the groups of an exchange.</summary>
internal static class FieldGroups
{
    /// <summary>A bit for each group of which something may be known.</summary>
    public static uint Of(Exchange exchange)
    {
        var always = Bit(FieldGroup.Any, true) | Bit(FieldGroup.Connection, true);
        return exchange switch
        {
            MySqlExchange e => always
                | Bit(FieldGroup.MySqlError, e.ErrorCode is not null || e.SqlState is not null || e.ErrorMessage is not null)
                | Bit(FieldGroup.MySqlLogin, e.Command is MySqlCommand.Connect or MySqlCommand.ChangeUser)
                | Bit(FieldGroup.MySqlSession, e.SessionChanges is not null)
                | Bit(FieldGroup.MySqlStatus, HasSeldomStatus(e))
                | Bit(FieldGroup.MySqlSpecial, IsSpecial(e)),
            HttpExchange e => always
                | Bit(FieldGroup.Http2, e.Protocol == Protocol.Http2)
                | Bit(FieldGroup.Grpc, e.Grpc is not null),
            WebSocketExchange e => always
                | Bit(FieldGroup.WebSocketConnection, e.Message is null)
                | Bit(FieldGroup.WebSocketMessage, e.Message is not null),
            _ => always,
        };
    }

    /// <summary>True when the field is of one of these groups.</summary>
    public static bool Has(uint groups, FieldGroup group) => ((groups >> (int)group) & 1) != 0;

    private static bool IsSpecial(MySqlExchange e) =>
        e.StatementTextMissing > 0 || e.Parameters is not null || e.BatchSize is not null || e.StatementId is not null || e.Fetches > 0
        || e.ResultSets > 1 || e.ReturnedRowsAtLeast is not null || e.UncompressedResponseBytes is not null
        || e.Compression is not null || e.LocalFileBytes is not null || e.IsStream || e.BinlogDump is not null
        || e.BinlogEvents is not null;

    private static bool HasSeldomStatus(MySqlExchange e) => e.ServerStatus is not null &&
        (e.NoIndexUsed == true || e.NoGoodIndexUsed == true || e.WasSlow == true || e.HasCursor == true
            || e.HasOutParameters == true || e.NoBackslashEscapes == true);

    private static uint Bit(FieldGroup group, bool isSet) => isSet ? 1u << (int)group : 0;
}
