// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace L7Trace.Testing.Helper;

/// <summary>Makes statements and requests of <c>exchange</c> records (docs/json.md).</summary>
internal static class RecordReader
{
    private const string ParameterPrefix = "db.query.parameter.";

    /// <summary>RFC 3339 with nine digits of fraction as nanoseconds since the Unix epoch.</summary>
    public static long Time(string text)
    {
        // DateTime has ticks of 100 ns: the fraction is read apart.
        var whole = DateTime.ParseExact(text.AsSpan(0, 19), "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        return ((whole - DateTime.UnixEpoch).Ticks * 100) + long.Parse(text.AsSpan(20, 9), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>The MySQL command of a record; null when it is of another protocol.</summary>
    public static TracedStatement? Statement(JsonElement record) => Text(record, "protocol") != "mysql" ? null : new TracedStatement
    {
        Id = Text(record, "id")!,
        Command = Text(record, "mysql.command") ?? "Unknown",
        Text = Text(record, "db.query.text"),
        Digest = Text(record, "db.query.digest"),
        Parameters = [.. record.EnumerateObject().Where(static x => x.Name.StartsWith(ParameterPrefix, StringComparison.Ordinal))
            .Select(static x => new SqlParameter(x.Name[ParameterPrefix.Length..], x.Value.GetString()))],
        Database = Text(record, "db.namespace"),
        User = Text(record, "db.user"),
        ConnectionId = Number(record, "mysql.connection_id"),
        Client = EndPoint(record, "client"),
        Server = EndPoint(record, "server"),
        IsTls = record.GetProperty("tls").GetBoolean(),
        ProcessId = (int?)Number(record, "process.pid"),
        ProcessName = Text(record, "process.command"),
        Container = Container(record),
        Start = Moment(record),
        Duration = Duration(record),
        Rows = Number(record, "db.response.returned_rows"),
        AffectedRows = Number(record, "mysql.affected_rows"),
        ErrorCode = Text(record, "db.response.status_code") is { } code && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
        ErrorMessage = Text(record, "mysql.error_message"),
        IsAborted = Text(record, "state") == "aborted",
        IsRunning = Text(record, "state") == "running",
        Doubt = Doubt(record),
    };

    /// <summary>The HTTP request of a record; null when it is of another protocol.</summary>
    public static TracedRequest? Request(JsonElement record) => Text(record, "protocol") != "http" ? null : new TracedRequest
    {
        Id = Text(record, "id")!,
        Role = Text(record, "role")!,
        Version = Text(record, "network.protocol.version"),
        Method = Text(record, "http.request.method"),
        Path = Text(record, "url.path"),
        Query = Text(record, "url.query"),
        Route = Text(record, "url.template"),
        Host = Text(record, "http.request.header.host"),
        Status = (int?)Number(record, "http.response.status_code"),
        RpcMethod = Text(record, "rpc.method"),
        RpcStatus = Text(record, "rpc.response.status_code"),
        RequestBytes = Number(record, "http.request.body.size"),
        ResponseBytes = Number(record, "http.response.body.size"),
        Client = EndPoint(record, "client"),
        Server = EndPoint(record, "server"),
        IsTls = record.GetProperty("tls").GetBoolean(),
        ProcessId = (int?)Number(record, "process.pid"),
        ProcessName = Text(record, "process.command"),
        Container = Container(record),
        Start = Moment(record),
        Duration = Duration(record),
        IsAborted = Text(record, "state") == "aborted",
        IsRunning = Text(record, "state") == "running",
        Doubt = Doubt(record),
    };

    private static string? Container(JsonElement record) => Text(record, "container.name") ?? Text(record, "container.id")?[..12];

    // Bytes that are missing inside units of known length put nothing in doubt: what is asserted on is counted, not stored.
    private static string? Doubt(JsonElement record) => (Text(record, "completeness"), Text(record, "state")) switch
    {
        ("unmatched", _) => "request and answer could not safely be put together",
        ("resynced", _) => "it began behind a hole: more may be missing",
        (_, "lost") => "how it ended was not seen",
        _ when Number(record, "db.query.missing_bytes") is { } bytes => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes of the statement were not captured"),
        _ => null,
    };

    private static DateTimeOffset Moment(JsonElement record) => new(DateTime.UnixEpoch.AddTicks(Time(Text(record, "start")!) / 100), TimeSpan.Zero);

    private static TimeSpan? Duration(JsonElement record) => Number(record, "duration_ns") is { } nanoseconds ? TimeSpan.FromTicks(nanoseconds / 100) : null;

    private static IPEndPoint? EndPoint(JsonElement record, string side) =>
        IPAddress.TryParse(Text(record, side + ".address"), out var address) && Number(record, side + ".port") is { } port ? new IPEndPoint(address, (int)port) : null;

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static long? Number(JsonElement record, string name) => record.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : null;
}
