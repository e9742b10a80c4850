// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>Reads back what <see cref="MySqlAnswerJson"/> wrote.</summary>
internal static class MySqlAnswerFields
{
    private static readonly (JsonEncodedText Name, ushort Flag)[] s_flags =
    [
        (JsonNames.MySqlInTransaction, 0x0001),
        (JsonNames.MySqlAutocommit, 0x0002),
        (JsonNames.MySqlNoGoodIndexUsed, 0x0010),
        (JsonNames.MySqlNoIndexUsed, 0x0020),
        (JsonNames.MySqlCursor, 0x0040),
        (JsonNames.MySqlNoBackslashEscapes, 0x0200),
        (JsonNames.MySqlSlow, 0x0800),
        (JsonNames.MySqlOutParameters, 0x1000),
    ];

    /// <summary>The status flags that have a field; null when the answer had none.</summary>
    public static ushort? StatusOf(JsonElement record)
    {
        if (!record.TryGetProperty(JsonNames.MySqlInTransaction.Value, out _))
        {
            return null;
        }

        ushort status = 0;
        foreach (var (name, flag) in s_flags)
        {
            if (record.TryGetProperty(name.Value, out var value) && value.ValueKind == JsonValueKind.True)
            {
                status |= flag;
            }
        }

        return status;
    }

    /// <summary>The session's state as far as the record tells; null when it says nothing.</summary>
    public static MySqlSessionChanges? ChangesOf(JsonElement record)
    {
        var changes = new MySqlSessionChanges
        {
            Schema = Text(record, JsonNames.MySqlSessionSchema),
            TransactionState = Text(record, JsonNames.MySqlTransactionState),
            TransactionCharacteristics = Text(record, JsonNames.MySqlTransactionCharacteristics),
            Gtids = Text(record, JsonNames.MySqlGtids),
        };
        return changes is { Schema: null, TransactionState: null, TransactionCharacteristics: null, Gtids: null } ? null : changes;
    }

    private static string? Text(JsonElement record, JsonEncodedText name) =>
        record.TryGetProperty(name.Value, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
