// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>Reads back the fields of a MySQL answer beside rows and errors: status flags and session state.</summary>
internal static class MySqlAnswerFields
{
    private static readonly (string Name, ushort Flag)[] s_flags =
    [
        ("mysql.in_transaction", 0x0001),
        ("mysql.autocommit", 0x0002),
        ("mysql.no_good_index_used", 0x0010),
        ("mysql.no_index_used", 0x0020),
        ("mysql.cursor", 0x0040),
        ("mysql.no_backslash_escapes", 0x0200),
        ("mysql.slow", 0x0800),
        ("mysql.out_parameters", 0x1000),
    ];

    /// <summary>The status flags that have a field; null when the answer had none.</summary>
    public static ushort? StatusOf(JsonElement record)
    {
        if (!record.TryGetProperty("mysql.in_transaction", out _))
        {
            return null;
        }

        ushort status = 0;
        foreach (var (name, flag) in s_flags)
        {
            if (IsTrue(record, name))
            {
                status |= flag;
            }
        }

        return status;
    }

    /// <summary>True when the field is there and true.</summary>
    public static bool IsTrue(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>What a COM_BINLOG_DUMP asks for, as far as the record tells; null when it says nothing.</summary>
    public static MySqlBinlogDump? BinlogDumpOf(JsonElement record) =>
        record.TryGetProperty("mysql.binlog.position", out var value) && value.ValueKind == JsonValueKind.Number &&
        value.TryGetUInt64(out var position)
            ? new MySqlBinlogDump(Text(record, "mysql.binlog.file"), position, 0, record.TryGetProperty("mysql.binlog.events", out _))
            : null;

    /// <summary>The session's state as far as the record tells; null when it says nothing.</summary>
    public static MySqlSessionChanges? ChangesOf(JsonElement record)
    {
        var changes = new MySqlSessionChanges
        {
            Schema = Text(record, "mysql.session.schema"),
            TransactionState = Text(record, "mysql.transaction_state"),
            TransactionCharacteristics = Text(record, "mysql.transaction_characteristics"),
            Gtids = Text(record, "mysql.gtids"),
            SystemVariables = VariablesOf(record),
        };
        return changes is { Schema: null, TransactionState: null, TransactionCharacteristics: null, Gtids: null, SystemVariables: null } ? null : changes;
    }

    private static List<KeyValuePair<string, string>>? VariablesOf(JsonElement record)
    {
        const string Prefix = "mysql.system_variable.";
        List<KeyValuePair<string, string>>? variables = null;
        foreach (var field in record.EnumerateObject())
        {
            if (field.Name.StartsWith(Prefix, StringComparison.Ordinal) && field.Value.ValueKind == JsonValueKind.String)
            {
                (variables ??= []).Add(new(field.Name[Prefix.Length..], field.Value.GetString()!));
            }
        }

        return variables;
    }

    private static string? Text(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
