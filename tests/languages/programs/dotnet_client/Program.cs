// SPDX-License-Identifier: Apache-2.0
// The client in C#, MySqlConnector: dotnet_client prepared|unprepared HOST PORT USER PASSWORD DATABASE CONVERSATION (see
// ../README.md). Unprepared, parameters stand in the text that is sent; prepared, they go in binary.
using System.Globalization;
using System.Text;
using MySqlConnector;

var mustPrepare = args[0] == "prepared";
string tls = Environment.GetEnvironmentVariable("TLS_CA") is { } ca ? "SslMode=VerifyCA;SslCa=" + ca : "SslMode=None";
await using var connection = new MySqlConnection(
    $"Server={args[1]};Port={args[2]};User ID={args[3]};Password={args[4]};Database={args[5]};{tls};AllowPublicKeyRetrieval=True;Pooling=False;AllowUserVariables=True");
await connection.OpenAsync();
var prepared = new Dictionary<string, MySqlCommand>(StringComparer.Ordinal);
var number = 0;
foreach (var line in File.ReadLines(args[6]))
{
    string[] fields = [.. line.Split('\t').Select(Unescape)];
    long rows = 0;
    long affected = -1;
    var error = 0;
    var state = "-";
    try
    {
        var command = CommandFor(fields);
        if (mustPrepare && fields[0] != "text" && !command.IsPrepared)
        {
            await command.PrepareAsync();
        }

        await using var reader = await command.ExecuteReaderAsync();
        do
        {
            while (await reader.ReadAsync())
            {
                rows++;
            }
        }
        while (await reader.NextResultAsync());
        affected = reader.RecordsAffected;
    }
    catch (MySqlException failure)
    {
        error = failure.Number;
        state = failure.SqlState;
        rows = 0;
    }

    var said = rows > 0 || error != 0 || affected < 0 ? "-" : affected.ToString(CultureInfo.InvariantCulture);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number++}\t{rows}\t{said}\t{error}\t{state}"));
}

foreach (var command in prepared.Values)
{
    await command.DisposeAsync();
}

// The same text is the same command, so that a statement is prepared once and executed many times.
MySqlCommand CommandFor(string[] fields)
{
    if (fields[0] == "text" || !prepared.TryGetValue(fields[1], out var command))
    {
        command = new MySqlCommand(fields[1], connection);
        if (fields[0] != "text")
        {
            prepared[fields[1]] = command;
        }
    }

    command.Parameters.Clear();
    foreach (var field in fields[2..])
    {
        command.Parameters.Add(new MySqlParameter { Value = ValueOf(field) });
    }

    return command;
}

static object ValueOf(string field) => field[0] switch
{
    'n' => DBNull.Value,
    'i' => long.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    'u' => ulong.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    'f' => float.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    'd' => double.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    'b' => Convert.FromHexString(field.AsSpan(2)),
    't' => DateTime.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    'm' => decimal.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    'y' => DateOnly.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    'h' => TimeSpan.Parse(field.AsSpan(2), CultureInfo.InvariantCulture),
    _ => field[2..],
};

static string Unescape(string text)
{
    var result = new StringBuilder(text.Length);
    for (var i = 0; i < text.Length; i++)
    {
        result.Append(text[i] != '\\' ? text[i] : text[++i] switch { 't' => '\t', 'n' => '\n', '0' => '\0', var other => other });
    }

    return result.ToString();
}
