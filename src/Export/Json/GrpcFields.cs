// SPDX-License-Identifier: Apache-2.0
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
        Compressed: null, FirstAt: null, LastAt: null);

    private static long? AtOf(JsonElement record, string name) =>
        JsonLinesReader.Number(record, name) is { } time && JsonLinesReader.Text(record, "start") is { } start && Timestamp.Parse(start) is { } at
            ? at + time
            : null;
}
