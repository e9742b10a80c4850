// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using MySqlConnector;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// An Oracle MySQL 9 server of its own (scripts/mysql9): a root folder of Debian sid, private data directory, loopback
/// port, unix socket, general log. Tests that use it have the trait Server=MySql9 and need "mysql9".
/// </summary>
internal sealed class MySqlServer : IAsyncDisposable
{
    public const string User = "app";
    public const string Password = "secret-of-the-test";
    public const string Database = "trace";

    /// <summary>What the administrative connection asks while a test runs.</summary>
    public const string QuietQuery = $"SELECT COUNT(*) FROM performance_schema.processlist WHERE user = '{User}'";

    private static readonly string s_script = Path.Combine(Repository.Root, "scripts", "mysql9");

    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;
    private readonly MySqlConnection _admin;
    private int _logs;

    private MySqlServer(TemporaryFolder folder, ChildProcess process, MySqlConnection admin, int port)
    {
        _folder = folder;
        _process = process;
        _admin = admin;
        Port = port;
    }

    /// <summary>The server's pid, as it is outside of its root folder.</summary>
    public int ProcessId => _process.Id;

    public int Port { get; }

    /// <summary>Path of its unix socket.</summary>
    public string Socket => _folder.File("i/s");

    public bool HasExited => _process.HasExited;

    /// <summary>Connection string over TCP: plain, unpooled, so that one object is one connection.</summary>
    public string ConnectionString =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Server=127.0.0.1;Port={Port};User ID={User};Password={Password};Database={Database};SslMode=None;AllowPublicKeyRetrieval=True;Pooling=False;AllowUserVariables=True;DefaultCommandTimeout=60;");

    /// <summary>True when the root folder is there.</summary>
    public static bool IsInstalled()
    {
        using var path = Process.Start(new ProcessStartInfo(s_script, "path") { RedirectStandardOutput = true })!;
        path.StandardOutput.ReadToEnd();
        path.WaitForExit();
        return path.ExitCode == 0;
    }

    /// <summary>Starts one with these options of mysqld beside the usual ones.</summary>
    public static async Task<MySqlServer> StartAsync(params string[] options)
    {
        var folder = new TemporaryFolder();
        for (int attempt = 0; ; attempt++)
        {
            int port = Network.FreePort();
            ChildProcess process = ChildProcess.Start(
                s_script,
                ["run", folder.File("i"), "--port=" + port.ToString(CultureInfo.InvariantCulture), "--log-raw", "--max-connections=300",
                    "--max-prepared-stmt-count=100000", "--local-infile=ON", .. options]);
            if (await ConnectAsync(process, folder.File("i/s")) is { } admin)
            {
                var server = new MySqlServer(folder, process, admin, port);
                await server.ExecuteAsync($"CREATE DATABASE {Database}");
                await server.ExecuteAsync($"CREATE USER '{User}'@'%' IDENTIFIED BY '{Password}'");
                await server.ExecuteAsync($"GRANT ALL ON *.* TO '{User}'@'%' WITH GRANT OPTION");
                return server;
            }

            Assert.True(attempt < 3, process.Said() + File.ReadAllText(folder.File("i/error.log"))); // the port may have been taken meanwhile
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
        string name = $"general-{++_logs}.log";
        await ExecuteAsync($"SET GLOBAL general_log_file = '/instance/{name}'");
        await ExecuteAsync("SET GLOBAL general_log = ON");
        return _folder.File("i/" + name);
    }

    /// <summary>Stops it and reads what it has, less the administrative connection's lines.</summary>
    public async Task<IReadOnlyList<GeneralLogEntry>> StopGeneralLogAsync(string path)
    {
        await ExecuteAsync("SET GLOBAL general_log = OFF");
        return [.. GeneralLog.Read(path).Where(x => x.ConnectionId != (uint)_admin.ServerThread)];
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

        Assert.Fail("Connections to MySQL stayed open.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _process.DisposeAsync(); // the data is thrown away: no need for an orderly end
        _folder.Dispose();
    }

    private static async Task<MySqlConnection?> ConnectAsync(ChildProcess server, string socket)
    {
        for (int i = 0; i < 2400 && !server.HasExited; i++)
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
