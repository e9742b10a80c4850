// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.RegularExpressions;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// programs/mysql_numbers.c against a server: texts, several results, prepared statements and cursors, each with a number that
/// its rows repeat.
/// </summary>
internal static partial class CursorNumbers
{
    private const int Kinds = 5;
    private const int Prefetch = 7;
    private const int Count = 3000;
    private const int Connections = 32;

    /// <summary>Runs it, traced from one side; fails unless each statement has its own answer.</summary>
    public static async Task CompareAsync(DatabaseServer server, string side)
    {
        string program = await NativePrograms.BuildAsync("mysql_numbers", "mariadb");
        await server.ExecuteAsync($"CREATE OR REPLACE VIEW {DatabaseServer.Database}.hundred AS WITH RECURSIVE s AS (SELECT 1 AS v UNION ALL SELECT v + 1 FROM s WHERE v < 100) SELECT v FROM s");
        await using ChildProcess client = ChildProcess.StartGated(
            program, server.Port.ToString(CultureInfo.InvariantCulture), DatabaseServer.User, DatabaseServer.Password,
            DatabaseServer.Database, Count.ToString(CultureInfo.InvariantCulture), Connections.ToString(CultureInfo.InvariantCulture));
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, Tracer.Pids(side == "client" ? client.Id : server.ProcessId));
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        TraceRecord[] numbered = [.. trace.MySql.Where(x => !x.IsOneWay && x.Statement is { } text && Numbered().IsMatch(text))];
        TraceAssert.AllComplete(numbered);
        TraceAssert.Agree(numbered, Fault);
        TraceAssert.SameMultiset(Expected(), numbered.Select(x => Name(x.Statement!, x.Command!)), "numbered statements");
        TraceAssert.Note($"{numbered.Length} exchanges, {numbered.Sum(x => x.Fetches ?? 0)} fetches");
    }

    private static long RowsOf(long n) => n * 7919 % 97;

    private static IEnumerable<string> Expected()
    {
        for (long n = 1; n <= Count; n++)
        {
            string[] commands = n % Kinds < 2 ? ["query"] : ["prepare", "execute"];
            foreach (string command in commands)
            {
                yield return $"{n} {command}";
            }

            if (n % Kinds == 4 && RowsOf(n) >= Prefetch)
            {
                yield return $"{n} between query";
            }
        }
    }

    private static string Name(string statement, string command) => $"{Numbered().Match(statement).Groups["what"].Value} {command}";

    // The last FETCH says that there are no more rows; it is empty when their number is a multiple of the step.
    private static string? Fault(TraceRecord record)
    {
        Match match = Numbered().Match(record.Statement!);
        long n = long.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture);
        bool isBetween = match.Groups["what"].Value.EndsWith("between", StringComparison.Ordinal);
        bool isCursor = n % Kinds > 2 && record.Command == "execute";
        bool right = record.DatabaseError is null && (record.Command == "prepare"
            || (record.Rows == (isBetween ? 96 - RowsOf(n) : RowsOf(n)) && (!isCursor || record.Fetches == (RowsOf(n) / Prefetch) + 1)));
        return right ? null : $"{n} wants {RowsOf(n)} rows: {record}";
    }

    [GeneratedRegex(@"/\* n=(?<what>(?<n>\d+)( between)?) \*/", RegexOptions.ExplicitCapture)]
    private static partial Regex Numbered();
}
