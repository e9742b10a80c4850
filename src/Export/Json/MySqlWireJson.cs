// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>The fields of a MySQL exchange that tell how it travelled.</summary>
internal static class MySqlWireJson
{
    public static void Write(JsonLine json, MySqlExchange exchange)
    {
        if (exchange.UncompressedResponseBytes is { } bytes and > 0)
        {
            json.WriteNumber(JsonNames.MySqlUncompressedBytes, bytes);
        }

        if (exchange.ReturnedRowsAtLeast is { } rows)
        {
            json.WriteNumber(JsonNames.MySqlRowsAtLeast, rows);
        }

        JsonText.Write(json, JsonNames.MySqlCompression, exchange.Compression);
        if (exchange.LocalFileBytes is { } sent)
        {
            json.WriteNumber(JsonNames.MySqlLocalFileBytes, sent);
        }

        WriteClient(json, exchange);
    }

    // Of what a client tells of itself only what its library does is written: an application may put anything into
    // attributes of its own. All but the program's name stands once, on the login.
    private static void WriteClient(JsonLine json, MySqlExchange exchange)
    {
        if (exchange.ClientAttributes.Count == 0 && exchange.CompressionLevel is null)
        {
            return;
        }

        JsonText.Write(json, JsonNames.MySqlProgramName, Attribute(exchange, "program_name"));
        if (exchange.Command == MySqlCommand.Connect)
        {
            JsonText.Write(json, JsonNames.MySqlClientName, Attribute(exchange, "_client_name"));
            JsonText.Write(json, JsonNames.MySqlClientVersion, Attribute(exchange, "_client_version"));
            JsonText.Write(json, JsonNames.MySqlClientPid, Attribute(exchange, "_pid"));
            JsonText.Write(json, JsonNames.MySqlClientOs, Attribute(exchange, "_os"));
            if (exchange.CompressionLevel is { } level)
            {
                json.WriteNumber(JsonNames.MySqlCompressionLevel, (long)level);
            }
        }
    }

    private static string? Attribute(MySqlExchange exchange, string name)
    {
        foreach (var (key, value) in exchange.ClientAttributes)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }
}
