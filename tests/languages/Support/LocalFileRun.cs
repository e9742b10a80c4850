// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>LOAD DATA LOCAL INFILE from the command line: the server asks for a file in the middle of a statement.</summary>
internal static class LocalFileRun
{
    private const int Lines = 20_000;

    /// <summary>Fails unless each statement has its affected rows, its file's bytes, and the text of the server's log.</summary>
    public static async Task CompareAsync(DatabaseServer server, string side)
    {
        using var folder = new TemporaryFolder();
        var lines = new StringBuilder();
        for (int i = 0; i < Lines; i++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{i}\tthe line of number {i}\n");
        }

        await File.WriteAllTextAsync(folder.File("many"), lines.ToString());
        await File.WriteAllTextAsync(folder.File("none"), "");
        string[] statements =
        [
            "CREATE TEMPORARY TABLE loaded (n INT, text VARCHAR(100))",
            $"LOAD DATA LOCAL INFILE '{folder.File("many")}' INTO TABLE loaded",
            "SELECT n FROM loaded WHERE n < 7",
            $"LOAD DATA LOCAL INFILE '{folder.File("none")}' INTO TABLE loaded",
            "SELECT n FROM loaded WHERE n < 5",
            $"LOAD DATA LOCAL INFILE '{folder.File("many")}' INTO TABLE nowhere",
        ];
        await using ChildProcess program = ChildProcess.StartGated(
            "mariadb", "--no-defaults", "--skip-ssl", "--local-infile=1", "--force", "--host=127.0.0.1", "--user=" + DatabaseServer.User,
            "--port=" + server.Port.ToString(CultureInfo.InvariantCulture), "--password=" + DatabaseServer.Password,
            "--execute=" + string.Join(';', statements), DatabaseServer.Database);
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, Tracer.Pids(side == "client" ? program.Id : server.ProcessId));
        await program.WriteLineAsync("go");
        await program.WaitAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);

        trace.AssertNothingLost();
        TraceRecord[] ours = [.. trace.MySql.Where(x => x.Command == "query" && !server.IsAdministrative(x.Statement))];
        string[] logged = [.. entries.Where(x => x.Command == "Query").Select(x => x.Argument)];
        Assert.Equal(logged, ours.Select(x => x.Statement));
        TraceRecord[] wanted = [.. ours.Where(x => statements.Contains(x.Statement))];
        Assert.Equal(statements, wanted.Select(x => x.Statement));
        TraceAssert.AllComplete(wanted.Where(x => x.LocalFileBytes is null)); // of a file's bytes not all are captured

        // A table that is missing is found before the file is asked for. (The client ends with the first error.)
        Assert.Equal([null, lines.Length, null, 0, null, null], wanted.Select(x => x.LocalFileBytes));
        Assert.Equal([0, Lines, null, 0, null, null], wanted.Select(x => x.Affected));
        Assert.Equal([0, 0, 7, 0, 5, 0], wanted.Select(x => x.Rows));
        Assert.Equal([null, null, null, null, null, "1146"], wanted.Select(x => x.DatabaseError));
        TraceAssert.Note($"{Lines} lines in {lines.Length} bytes");
    }
}
