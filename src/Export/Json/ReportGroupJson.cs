// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;

namespace L7Trace.Export.Json;

/// <summary>The fields of a "group" record: one row of a report.</summary>
internal static class ReportGroupJson
{
    /// <summary>Writes the fields into an object that is open.</summary>
    public static void Write(Utf8JsonWriter json, ReportGroup group)
    {
        var statement = group.Kind == GroupKind.Statement;
        json.WriteString(JsonNames.Kind, statement ? "statement"u8 : group.Kind == GroupKind.WebSocket ? "websocket"u8 : "route"u8);
        JsonText.Write(json, JsonNames.GroupText, group.Text);
        if (group.Scope.Length > 0)
        {
            JsonText.Write(json, statement ? JsonNames.DbNamespace : JsonNames.HttpHost, group.Scope);
        }

        json.WriteNumber(JsonNames.Calls, group.Calls);
        json.WriteNumber(JsonNames.Errors, group.Errors);
        json.WriteNumber(JsonNames.Incomplete, group.Incomplete);
        json.WriteNumber(JsonNames.WithoutLatency, group.WithoutLatency);
        var latency = group.Latency;
        if (latency.Count > 0)
        {
            json.WriteNumber(JsonNames.TotalNs, (long)latency.Sum);
            json.WriteNumber(JsonNames.AverageNs, (long)latency.Average);
            json.WriteNumber(JsonNames.MinNs, latency.Min);
            json.WriteNumber(JsonNames.P50Ns, latency.Percentile(0.50));
            json.WriteNumber(JsonNames.P95Ns, latency.Percentile(0.95));
            json.WriteNumber(JsonNames.P99Ns, latency.Percentile(0.99));
            json.WriteNumber(JsonNames.MaxNs, latency.Max);
        }

        if (statement)
        {
            json.WriteNumber(JsonNames.Rows, group.Rows);
            json.WriteNumber(JsonNames.RowsUnknown, group.RowsUnknown);
            json.WriteNumber(JsonNames.AffectedRows, group.AffectedRows);
        }
        else if (group.Kind == GroupKind.WebSocket)
        {
            json.WriteNumber(JsonNames.Messages, group.Rows);
            json.WriteNumber(JsonNames.MessagesUnknown, group.RowsUnknown);
        }
        else
        {
            WriteFailures(json, group.Failures);
            json.WriteNumber(JsonNames.RequestBytes, group.RequestBytes);
        }

        json.WriteNumber(JsonNames.ResponseBytes, group.Bytes);
    }

    private static void WriteFailures(Utf8JsonWriter json, HttpFailures failures)
    {
        json.WriteNumber(JsonNames.ClientErrors, failures[HttpFailureKind.Client]);
        json.WriteNumber(JsonNames.ServerErrors, failures[HttpFailureKind.Server]);
        json.WriteNumber(JsonNames.GrpcErrors, failures[HttpFailureKind.Grpc]);
        json.WriteNumber(JsonNames.Resets, failures[HttpFailureKind.Reset]);
        json.WriteNumber(JsonNames.ClosedFirst, failures[HttpFailureKind.Closed]);
        if (failures.Total == 0)
        {
            return;
        }

        json.WriteStartArray(JsonNames.Failures);
        foreach (var (name, count) in failures.Sorted())
        {
            json.WriteStartObject();
            JsonText.Write(json, StatementReportNames.Name, name);
            json.WriteNumber(JsonNames.Calls, count);
            json.WriteEndObject();
        }

        if (failures.Others > 0)
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.Calls, failures.Others);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
