// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.UnitTests.Corpus;

/// <summary>
/// What a source's own ".expected" file (pcap2mysql-log) says that MySQL answered: one line for each command that has
/// an answer with a count or an error in it.
/// </summary>
internal static class ExpectedAnswers
{
    /// <summary>The answers of the file beside the capture; null when it has none.</summary>
    public static List<string>? Of(string capture)
    {
        var path = Path.ChangeExtension(capture, ".expected");
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = JsonDocument.Parse(File.ReadAllText(path));
        var answers = new List<string>();
        foreach (var connection in file.RootElement.EnumerateArray())
        {
            var asked = "Login"; // a refusal comes in place of the greeting
            foreach (var item in connection.GetProperty("Items").EnumerateArray())
            {
                var data = item.GetProperty("Data");
                var type = data.TryGetProperty("Type", out var name) ? name.GetString()! : "";
                if (type is "Query" or "Execute" or "Prepare" or "Login")
                {
                    asked = type;
                }
                else if (asked.Length > 0 && Line(type, data) is { } line)
                {
                    answers.Add($"{asked} {line}");
                    asked = "";
                }
            }
        }

        return answers;
    }

    /// <summary>The same line for what was found; null for commands that the file has no answers of.</summary>
    public static string? Of(MySqlExchange exchange)
    {
        var asked = exchange.Command switch
        {
            MySqlCommand.Query => "Query",
            MySqlCommand.StatementExecute => "Execute",
            MySqlCommand.StatementPrepare => "Prepare",
            MySqlCommand.Connect => "Login",
            _ => null,
        };
        if (asked is null || exchange.State != ExchangeState.Done || !exchange.Response.Seen)
        {
            return null;
        }

        return exchange.ErrorCode is { } code ? $"{asked} error {Text(code)} {exchange.SqlState}"
            : asked == "Prepare" ? $"Prepare ok {Text(exchange.StatementId ?? 0)}"
            : exchange.ResultSets > 0 ? $"{asked} rows {Text(exchange.ReturnedRows ?? -1)}"
            : $"{asked} ok {Text((long)(exchange.AffectedRows ?? 0))} warnings {Text(exchange.Warnings ?? 0)}";
    }

    private static string? Line(string type, JsonElement data) => type switch
    {
        "OK" => $"ok {Text(Number(data, "AffectedRows"))} warnings {Text(Number(data, "WarningCount"))}",
        "PREPARE_OK" => $"ok {Text(Number(data, "StatementID"))}",
        "Error" => $"error {Text(Number(data, "Code"))} {(data.TryGetProperty("State", out var state) ? state.GetString() : "")}",
        "SQL results" => $"rows {Text(data.GetProperty("Results") is { ValueKind: JsonValueKind.Array } rows ? rows.GetArrayLength() : 0)}",
        _ => null,
    };

    private static long Number(JsonElement data, string name) => data.GetProperty(name).GetInt64();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
