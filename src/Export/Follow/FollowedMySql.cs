// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Export.Text;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Follow;

/// <summary>A MySQL command with what came back: the statement, its values where they may be shown, and a summary of the answer.</summary>
internal static class FollowedMySql
{
    /// <summary>Writes both.</summary>
    public static void Write(TextWriter output, Redaction redaction, MySqlExchange mysql)
    {
        var asked = new BodyLines(output, ">");
        asked.Lines(redaction.Statement(mysql) is { } statement && mysql.Command is MySqlCommand.Query or MySqlCommand.StatementExecute
            ? statement
            : PlainLineWriter.TextOf(mysql, redaction));
        if (mysql.StatementTextMissing > 0)
        {
            asked.Note(string.Create(CultureInfo.InvariantCulture, $"{mysql.StatementTextMissing} more bytes of the statement"));
        }

        if (redaction.ShowsSecrets && redaction.FilledStatement(mysql) is { } filled && filled != redaction.Statement(mysql))
        {
            asked.Note("with its values:");
            asked.Lines(filled);
        }

        var answered = new BodyLines(output, "<");
        foreach (var line in Answer(mysql, redaction))
        {
            answered.Line(line);
        }
    }

    private static IEnumerable<string> Answer(MySqlExchange mysql, Redaction redaction)
    {
        if (mysql.ErrorCode is { } code)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"ERROR {code} ({mysql.SqlState ?? "?"}){(redaction.ErrorMessage(mysql) is { } message ? ": " + message : "")}");
        }

        var results = mysql.ResultSets > 1 ? string.Create(CultureInfo.InvariantCulture, $" in {mysql.ResultSets} result sets") : "";
        if (mysql.ReturnedRows is { } rows && mysql.ResultSets > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{rows} {Plural("row", rows)}{results}");
        }
        else if (mysql.ReturnedRowsAtLeast is { } least)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"at least {least} rows{results}");
        }

        if (mysql.AffectedRows is { } affected)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"OK, {affected} {Plural("row", (long)Math.Min(affected, 2))} affected{(mysql.LastInsertId is > 0 and var id ? $", last insert id {id}" : "")}");
        }

        if (mysql.Info is { Length: > 0 } info)
        {
            yield return info;
        }

        if (mysql.Warnings is > 0 and var warnings)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{warnings} {Plural("warning", warnings)}");
        }

        if (mysql.ResponseBytes > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{mysql.ResponseBytes} bytes");
        }
    }

    private static string Plural(string word, long count) => count == 1 ? word : word + "s";
}
