// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>One line of the access log.</summary>
/// <param name="Connection">nginx's serial number of the connection (per worker's process, so with <paramref name="Port"/>).</param>
/// <param name="Request">Number of the request on the connection, from 1.</param>
/// <param name="Method">Method; empty when nginx could not read the request line.</param>
/// <param name="Uri">Request target as sent.</param>
/// <param name="Status">Status code; 499 when the client left before an answer was begun.</param>
/// <param name="Body">Body bytes sent, without framing.</param>
/// <param name="Nanoseconds">$request_time, in steps of 1 ms.</param>
/// <param name="Port">Client's port.</param>
internal sealed record NginxLogEntry(
    long Connection, int Request, string Method, string Uri, int Status, long Body, long Nanoseconds, int Port);

/// <summary>Reads the access log that <see cref="NginxServer"/> configures.</summary>
internal static class NginxLog
{
    public static IReadOnlyList<NginxLogEntry> Read(string path) => [.. File.ReadLines(path).Select(Parse)];

    public static NginxLogEntry Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return new NginxLogEntry(
            root.GetProperty("connection").GetInt64(),
            root.GetProperty("request").GetInt32(),
            root.GetProperty("method").GetString()!,
            root.GetProperty("uri").GetString()!,
            root.GetProperty("status").GetInt32(),
            root.GetProperty("body").GetInt64(),
            (long)(decimal.Parse(root.GetProperty("time").GetString()!, CultureInfo.InvariantCulture) * 1_000_000_000m),
            root.GetProperty("port").GetInt32());
    }
}
