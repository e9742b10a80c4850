// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Parsers.Protocols.Grpc;

namespace L7Trace.Export.Json;

/// <summary>Reads back what a JSON line says of a gRPC call.</summary>
internal static class GrpcFields
{
    /// <summary>The call; null when the line is of none.</summary>
    public static GrpcCall? Read(JsonElement record)
    {
        if (JsonLinesReader.Text(record, "rpc.system.name") != "grpc")
        {
            return null;
        }

        return new GrpcCall
        {
            Method = JsonLinesReader.Text(record, "rpc.method"),
            StatusCode = JsonLinesReader.Text(record, "rpc.response.status_code") is { } name ? GrpcStatus.CodeOf(name) : null,
            StatusMessage = JsonLinesReader.Text(record, "grpc.status_message"),
            Timeout = JsonLinesReader.Number(record, "grpc.timeout_ns"),
            Request = Messages(record, "request"),
            Response = Messages(record, "response") with
            {
                FirstAt = AtOf(record, "grpc.time_to_first_message_ns"),
                LastAt = AtOf(record, "grpc.time_to_last_message_ns"),
            },
        };
    }

    private static GrpcMessages Messages(JsonElement record, string side) => new(
        JsonLinesReader.Number(record, $"grpc.{side}.messages"),
        JsonLinesReader.Number(record, $"grpc.{side}.message_bytes"),
        JsonLinesReader.Number(record, $"grpc.{side}.compressed_messages"), FirstAt: null, LastAt: null, Times(record, side));

    private static List<long>? Times(JsonElement record, string side)
    {
        if (!record.TryGetProperty($"grpc.{side}.message_times_ns", out var list) || list.ValueKind != JsonValueKind.Array
            || JsonLinesReader.Text(record, "start") is not { } start || Timestamp.Parse(start) is not { } at)
        {
            return null;
        }

        var times = new List<long>();
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.String && long.TryParse(entry.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var time)
                && time <= long.MaxValue - at)
            {
                times.Add(at + time);
            }
        }

        return times;
    }

    private static long? AtOf(JsonElement record, string name) =>
        JsonLinesReader.Number(record, name) is { } time && JsonLinesReader.Text(record, "start") is { } start && Timestamp.Parse(start) is { } at
            ? at + time
            : null;
}
