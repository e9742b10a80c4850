// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using MySqlConnector;

namespace L7Trace.IntegrationTests.Support;

/// <summary>A MariaDB server of its own: private data directory, loopback port, unix socket, general and slow log.</summary>
internal sealed class MariaDbServer : IAsyncDisposable
{
    public const string User = "app";
    public const string Password = "secret-of-the-test";
    public const string Database = "trace";

    /// <summary>
    /// What the administrative connection asks while a test runs: a trace of the server has it too, without the
    /// connection's id, which was told before the trace began.
    /// </summary>
    public const string QuietQuery = $"SELECT COUNT(*) FROM information_schema.processlist WHERE user = '{User}'";

    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;
    private readonly MySqlConnection _admin;
    private int _logs;

    private MariaDbServer(TemporaryFolder folder, ChildProcess process, MySqlConnection admin, int port)
    {
        _folder = folder;
        _process = process;
        _admin = admin;
        Port = port;
    }

    public int ProcessId => _process.Id;

    public int Port { get; }

    public string Socket => _folder.File("s");

    public bool HasExited => _process.HasExited;

    /// <summary>Connection string over TCP: plain, unpooled, so that one object is one connection.</summary>
    public string ConnectionString => ConnectionStringFor(Port, User, Database);

    public static async Task<MariaDbServer> StartAsync(params string[] options)
    {
        var folder = new TemporaryFolder();
        await ChildProcess.RunAsync(
            "mariadb-install-db", "--no-defaults", "--user=root", "--auth-root-authentication-method=normal",
            "--skip-test-db", "--datadir=" + folder.File("data"));
        for (int attempt = 0; ; attempt++)
        {
            int port = Network.FreePort();
            ChildProcess process = ChildProcess.Start(
                "mariadbd", ["--no-defaults", "--user=root", "--datadir=" + folder.File("data"),
                "--socket=" + folder.File("s"), "--port=" + port.ToString(CultureInfo.InvariantCulture),
                "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--max-connections=300",
                "--max-prepared-stmt-count=100000", "--lc-messages=en_US", .. options]);
            if (await ConnectAsync(process, folder.File("s")) is { } admin)
            {
                var server = new MariaDbServer(folder, process, admin, port);
                await server.ExecuteAsync($"CREATE DATABASE {Database}");
                await server.ExecuteAsync($"CREATE USER '{User}'@'%' IDENTIFIED BY '{Password}'");
                await server.ExecuteAsync($"GRANT ALL ON *.* TO '{User}'@'%'");
                return server;
            }

            Assert.True(attempt < 3, process.Said()); // the port may have been taken meanwhile
            await process.DisposeAsync();
        }
    }

    /// <summary>A connection of its own, open.</summary>
    public async Task<MySqlConnection> OpenAsync(string? more = null)
    {
        var connection = new MySqlConnection(ConnectionString + more);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs a statement on the server's own administrative connection.</summary>
    public async Task ExecuteAsync(string statement)
    {
        await using var command = new MySqlCommand(statement, _admin);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts a general log in a fresh file; stop it with <see cref="StopGeneralLogAsync"/>.</summary>
    public async Task<string> StartGeneralLogAsync()
    {
        string path = _folder.File($"general-{++_logs}.log");
        await ExecuteAsync($"SET GLOBAL general_log_file = '{path}'");
        await ExecuteAsync("SET GLOBAL general_log = ON");
        return path;
    }

    /// <summary>Stops it and reads what it has, less the administrative connection's lines.</summary>
    public async Task<IReadOnlyList<GeneralLogEntry>> StopGeneralLogAsync(string path)
    {
        await ExecuteAsync("SET GLOBAL general_log = OFF");
        return [.. GeneralLog.Read(path).Where(x => x.ConnectionId != (uint)_admin.ServerThread)];
    }

    /// <summary>Starts a slow log that takes every statement, in a fresh file.</summary>
    public async Task<string> StartSlowLogAsync()
    {
        string path = _folder.File($"slow-{++_logs}.log");
        await ExecuteAsync($"SET GLOBAL slow_query_log_file = '{path}'");
        await ExecuteAsync("SET GLOBAL long_query_time = 0"); // for connections that are opened from now on
        await ExecuteAsync("SET GLOBAL slow_query_log = ON");
        return path;
    }

    public async Task<IReadOnlyList<SlowLogEntry>> StopSlowLogAsync(string path)
    {
        await ExecuteAsync("SET GLOBAL slow_query_log = OFF");
        await ExecuteAsync("SET GLOBAL long_query_time = 10");
        return [.. SlowLog.Read(path).Where(x => x.ConnectionId != (uint)_admin.ServerThread)];
    }

    /// <summary>Waits until the server has ended every connection but the administrative one, so that its logs are whole.</summary>
    public async Task WaitForQuietAsync()
    {
        for (int i = 0; i < 1000; i++)
        {
            await using var command = new MySqlCommand(QuietQuery, _admin);
            if (Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture) == 0)
            {
                return;
            }

            await Task.Delay(10);
        }

        Assert.Fail("Connections to MariaDB stayed open.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _process.DisposeAsync(); // the data is thrown away: no need for an orderly end
        _folder.Dispose();
    }

    private static string ConnectionStringFor(int port, string user, string database) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Server=127.0.0.1;Port={port};User ID={user};Password={Password};Database={database};SslMode=None;Pooling=False;AllowUserVariables=True;DefaultCommandTimeout=60;");

    private static async Task<MySqlConnection?> ConnectAsync(ChildProcess server, string socket)
    {
        for (int i = 0; i < 600 && !server.HasExited; i++)
        {
            var admin = new MySqlConnection(
                $"Server={socket};ConnectionProtocol=UnixSocket;User ID=root;SslMode=None;Pooling=False");
            try
            {
                await admin.OpenAsync();
                return admin;
            }
            catch (MySqlException)
            {
                await admin.DisposeAsync();
                await Task.Delay(50);
            }
        }

        return null;
    }
}
