// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>What a MySQL server's answer says beside rows and errors: status flags, session state, the text of an OK.</summary>
internal static class MySqlAnswerJson
{
    /// <summary>Prefix of the fields that hold tracked system variables.</summary>
    public const string SystemVariablePrefix = "mysql.system_variable.";

    public static void Write(JsonLine json, MySqlExchange exchange, Redaction redaction)
    {
        if (exchange.LastInsertId is { } id and > 0)
        {
            json.WriteNumber(JsonNames.MySqlLastInsertId, id);
        }

        JsonText.Write(json, JsonNames.MySqlInfo, exchange.Info);
        if (exchange.ResultSets > 1)
        {
            json.WriteNumber(JsonNames.MySqlResultSets, exchange.ResultSets);
        }

        if (exchange.Fetches > 0)
        {
            json.WriteNumber(JsonNames.MySqlFetches, exchange.Fetches);
        }

        WriteFlags(json, exchange);
        if (exchange.SessionChanges is { } changes)
        {
            WriteChanges(json, changes, redaction);
        }
    }

    private static void WriteFlags(JsonLine json, MySqlExchange exchange)
    {
        if (exchange.InTransaction is { } inTransaction)
        {
            json.WriteBoolean(JsonNames.MySqlInTransaction, inTransaction);
            json.WriteBoolean(JsonNames.MySqlAutocommit, exchange.Autocommit == true);
        }

        WriteTrue(json, JsonNames.MySqlNoIndexUsed, exchange.NoIndexUsed);
        WriteTrue(json, JsonNames.MySqlNoGoodIndexUsed, exchange.NoGoodIndexUsed);
        WriteTrue(json, JsonNames.MySqlSlow, exchange.WasSlow);
        WriteTrue(json, JsonNames.MySqlCursor, exchange.HasCursor);
        WriteTrue(json, JsonNames.MySqlOutParameters, exchange.HasOutParameters);
        WriteTrue(json, JsonNames.MySqlNoBackslashEscapes, exchange.NoBackslashEscapes);
    }

    private static void WriteChanges(JsonLine json, MySqlSessionChanges changes, Redaction redaction)
    {
        JsonText.Write(json, JsonNames.MySqlSessionSchema, changes.Schema);
        JsonText.Write(json, JsonNames.MySqlTransactionState, changes.TransactionState);
        JsonText.Write(json, JsonNames.MySqlTransactionCharacteristics, changes.TransactionCharacteristics);
        JsonText.Write(json, JsonNames.MySqlGtids, changes.Gtids);
        if (!redaction.ShowsSecrets || changes.SystemVariables is not { } variables)
        {
            return;
        }

        var written = new HashSet<string>(StringComparer.Ordinal);
        for (var i = variables.Count - 1; i >= 0; i--)
        {
            if (written.Add(variables[i].Key)) // the last word on each
            {
                JsonText.Write(json, JsonEncodedText.Encode(SystemVariablePrefix + variables[i].Key), variables[i].Value);
            }
        }
    }

    private static void WriteTrue(JsonLine json, JsonEncodedText name, bool? value)
    {
        if (value == true)
        {
            json.WriteBoolean(name, true);
        }
    }
}
