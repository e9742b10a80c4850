// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>Values bound to prepared statements are those that the server says it was given.</summary>
public sealed class MySqlValueTests(SharedMariaDb mariaDb)
{
    private static readonly (MySqlDbType Type, object? Value, string? Shown)[] _values =
    [
        (MySqlDbType.Byte, sbyte.MinValue, "-128"),
        (MySqlDbType.UByte, byte.MaxValue, "255"),
        (MySqlDbType.Int16, short.MinValue, "-32768"),
        (MySqlDbType.UInt16, ushort.MaxValue, "65535"),
        (MySqlDbType.Int24, -8388608, "-8388608"),
        (MySqlDbType.Int32, int.MinValue, "-2147483648"),
        (MySqlDbType.UInt32, uint.MaxValue, "4294967295"),
        (MySqlDbType.Int64, long.MinValue, "-9223372036854775808"),
        (MySqlDbType.UInt64, ulong.MaxValue, "18446744073709551615"),
        (MySqlDbType.Bool, true, "1"),
        (MySqlDbType.Year, 2026, "2026"),
        (MySqlDbType.Bit, 5ul, "5"),
        (MySqlDbType.Float, 1.25f, "1.25"),
        (MySqlDbType.Double, -0.1, "-0.1"),
        (MySqlDbType.NewDecimal, -12345678901234567.123456789m, "-12345678901234567.123456789"),
        (MySqlDbType.VarChar, "Zoë's \\ 日本 😀 \"quoted\"", "Zoë's \\ 日本 😀 \"quoted\""),
        (MySqlDbType.VarChar, "", ""),
        (MySqlDbType.VarChar, "what? is ?", "what? is ?"),
        (MySqlDbType.Text, new string('x', 5000), new string('x', 5000)),
        (MySqlDbType.Enum, "small", "small"),
        (MySqlDbType.Set, "a,b", "a,b"),
        (MySqlDbType.JSON, "{\"a\": [1, null, \"?\"]}", "{\"a\": [1, null, \"?\"]}"),
        (MySqlDbType.Blob, "bytes"u8.ToArray(), "bytes"),
        (MySqlDbType.Date, new DateTime(2026, 11, 5), "2026-11-05 00:00:00"),
        (MySqlDbType.DateTime, new DateTime(2026, 11, 25, 23, 59, 58).AddTicks(1234560), "2026-11-25 23:59:58.123456"),
        (MySqlDbType.Timestamp, new DateTime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"),
        (MySqlDbType.Time, -new TimeSpan(34, 22, 59, 59), "-838:59:59"),
        (MySqlDbType.Time, new TimeSpan(0, 1, 2, 3).Add(TimeSpan.FromTicks(4560)), "01:02:03.000456"),
        (MySqlDbType.Null, null, null),
        (MySqlDbType.Int32, null, null),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_prepared_value_is_what_the_general_log_says(bool ofServer)
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, Tracer.Pids(ofServer ? server.ProcessId : Environment.ProcessId));
        await using (MySqlConnection connection = await server.OpenAsync(";Pooling=false"))
        {
            await using var command = new MySqlCommand($"SELECT {string.Join(", ", _values.Select(_ => "?"))}, 'and ? is none'", connection);
            foreach ((MySqlDbType type, object? value, _) in _values)
            {
                command.Parameters.Add(new MySqlParameter { MySqlDbType = type, Value = value ?? DBNull.Value });
            }

            await command.PrepareAsync();
            for (int i = 0; i < 3; i++)
            {
                command.Parameters[5].Value = i; // another value each time
                await command.ExecuteNonQueryAsync();
            }
        }

        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);
        trace.AssertNothingLost();
        TraceRecord[] executed = [.. trace.MySql.Where(x => x.Command == "execute")];
        GeneralLogEntry[] logged = [.. entries.Where(x => x.Command == "Execute")];
        Assert.Equal(3, executed.Length);
        Assert.Equal(3, logged.Length);
        for (int i = 0; i < 3; i++)
        {
            string?[] ours = executed[i].Parameters();
            IReadOnlyList<string?>? theirs = StatementText.Values(executed[i].Statement!, logged[i].Bytes);
            Assert.Equal(_values.Length, theirs?.Count);
            string?[] bound = [.. _values.Select((x, at) => at == 5 ? i.ToString(CultureInfo.InvariantCulture) : x.Shown)];
            Assert.Equal(bound, ours);
            for (int at = 0; at < bound.Length; at++)
            {
                Assert.True(LoggedLiterals.Same(theirs![at], ours[at]), $"{_values[at].Type}: the log has {theirs[at]}, we {ours[at]}");
            }
        }

        TraceAssert.Note($"{3 * _values.Length} bound values are those of the general log");
    }

    /// <summary>What only the C library sends: long data in chunks, a cursor, rows in bulk.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Long_data_cursors_and_bulk_executions_of_the_C_library_are_what_it_did(bool ofServer)
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        string program = await NativePrograms.BuildAsync("mysql_values", "mariadb");
        string[] scope = ofServer ? Tracer.Pids(server.ProcessId) : ["--name", "mysql_values"];
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, scope);
        await ChildProcess.RunAsync(program, server.Socket, MariaDbServer.User, MariaDbServer.Password, MariaDbServer.Database);
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();

        TraceRecord[] prepared = [.. trace.MySql.Where(x => x.Statement is { } text && text.Contains('?', StringComparison.Ordinal) && x.Command != "prepare" && !x.IsOneWay)];
        TraceAssert.AllComplete(prepared);
        Assert.Equal(["execute", "execute", "COM_STMT_BULK_EXECUTE"], prepared.Select(x => x.Command));
        Assert.Equal(["1", "one two three"], prepared[0].Parameters());
        Assert.Equal((10L, 4L), (prepared[1].Rows, prepared[1].Fetches));
        Assert.Equal(["10"], prepared[1].Parameters());
        Assert.True(prepared[1].IdleTime >= 300_000_000, $"three times 0.1 s of thinking: {prepared[1].IdleTime}");
        Assert.Equal((4L, 4L), (prepared[2].BatchSize, prepared[2].Affected));
        Assert.DoesNotContain(trace.MySql, x => x.Command == "COM_STMT_FETCH");
    }
}
