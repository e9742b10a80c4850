// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>A MariaDB server, with a slow log too.</summary>
internal sealed class MariaDbServer : DatabaseServer
{
    /// <summary>
    /// What the administrative connection asks while a test runs: a trace of the server has it too, without the
    /// connection's id, which was told before the trace began.
    /// </summary>
    public const string QuietQuery = $"SELECT COUNT(*) FROM information_schema.processlist WHERE user = '{User}'";

    private MariaDbServer(Running running)
        : base(running, QuietQuery)
    {
    }

    /// <inheritdoc/>
    public override string Socket => Folder.File("s");

    /// <summary>Starts one with these options of mariadbd beside the usual ones.</summary>
    public static async Task<MariaDbServer> StartAsync(params string[] options)
    {
        var folder = new TemporaryFolder();
        await ChildProcess.RunAsync(
            "mariadb-install-db", "--no-defaults", "--user=root", "--auth-root-authentication-method=normal",
            "--skip-test-db", "--datadir=" + folder.File("data"));
        var server = new MariaDbServer(await StartAsync(
            folder,
            port => ChildProcess.Start(
                "mariadbd", ["--no-defaults", "--user=root", "--datadir=" + folder.File("data"),
                "--socket=" + folder.File("s"), "--port=" + port.ToString(CultureInfo.InvariantCulture),
                "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--max-connections=300",
                "--max-prepared-stmt-count=100000", "--lc-messages=en_US", .. options]),
            folder.File("s"),
            patience: 600,
            static () => ""));
        await server.MakeUserAsync();
        return server;
    }

    /// <summary>Starts a slow log that takes every statement, in a fresh file.</summary>
    public async Task<string> StartSlowLogAsync()
    {
        string path = Folder.File($"slow-{NextLog()}.log");
        await ExecuteAsync($"SET GLOBAL slow_query_log_file = '{path}'");
        await ExecuteAsync("SET GLOBAL long_query_time = 0"); // for connections that are opened from now on
        await ExecuteAsync("SET GLOBAL slow_query_log = ON");
        return path;
    }

    public async Task<IReadOnlyList<SlowLogEntry>> StopSlowLogAsync(string path)
    {
        await ExecuteAsync("SET GLOBAL slow_query_log = OFF");
        await ExecuteAsync("SET GLOBAL long_query_time = 10");
        return [.. SlowLog.Read(path).Where(x => x.ConnectionId != (uint)Admin.ServerThread)];
    }

    /// <inheritdoc/>
    protected override (string Path, string OnServer) LogFile(string name) => (Folder.File(name), Folder.File(name));
}
