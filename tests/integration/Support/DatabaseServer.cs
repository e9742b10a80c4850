// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using MySqlConnector;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// A database server of a test's own, started for it: private folder, loopback port, unix socket, general log, and an
/// administrative connection. Which server it is, is the part of the classes below this one.
/// </summary>
internal abstract class DatabaseServer : IAsyncDisposable
{
    public const string User = "app";
    public const string Password = "secret-of-the-test";
    public const string Database = "trace";

    private readonly ChildProcess _process;
    private readonly string _quietQuery;
    private int _logs;

    /// <summary>Takes over what <see cref="StartAsync"/> has started.</summary>
    protected DatabaseServer(Running running, string quietQuery)
    {
        Folder = running.Folder;
        _process = running.Process;
        Admin = running.Admin;
        Port = running.Port;
        _quietQuery = quietQuery;
    }

    /// <summary>The server's pid.</summary>
    public int ProcessId => _process.Id;

    public int Port { get; }

    /// <summary>Path of its unix socket.</summary>
    public abstract string Socket { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Connection string over TCP: plain, unpooled, so that one object is one connection.</summary>
    public virtual string ConnectionString =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Server=127.0.0.1;Port={Port};User ID={User};Password={Password};Database={Database};SslMode=None;Pooling=False;AllowUserVariables=True;DefaultCommandTimeout=60;");

    protected TemporaryFolder Folder { get; }

    protected MySqlConnection Admin { get; }

    /// <summary>The statement is the administrative connection's own question while a test runs.</summary>
    public bool IsAdministrative(string? statement) => statement == _quietQuery;

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
        await using var command = new MySqlCommand(statement, Admin);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts a general log in a fresh file; stop it with <see cref="StopGeneralLogAsync"/>.</summary>
    public async Task<string> StartGeneralLogAsync()
    {
        (string path, string onServer) = LogFile($"general-{NextLog()}.log");
        await ExecuteAsync($"SET GLOBAL general_log_file = '{onServer}'");
        await ExecuteAsync("SET GLOBAL general_log = ON");
        return path;
    }

    /// <summary>Stops it and reads what it has, less the administrative connection's lines.</summary>
    public async Task<IReadOnlyList<GeneralLogEntry>> StopGeneralLogAsync(string path)
    {
        await ExecuteAsync("SET GLOBAL general_log = OFF");
        return [.. GeneralLog.Read(path).Where(x => x.ConnectionId != (uint)Admin.ServerThread)];
    }

    /// <summary>Waits until the server has ended every connection but the administrative one, so that its logs are whole.</summary>
    public async Task WaitForQuietAsync()
    {
        for (int i = 0; i < 1000; i++)
        {
            await using var command = new MySqlCommand(_quietQuery, Admin);
            if (Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture) == 0)
            {
                return;
            }

            await Task.Delay(10);
        }

        Assert.Fail("Connections to the server stayed open.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        await _process.DisposeAsync(); // the data is thrown away: no need for an orderly end
        Folder.Dispose();
    }

    /// <summary>Starts a server on a free port and connects to its socket; after three ports it gives up.</summary>
    /// <param name="folder">The server's own folder.</param>
    /// <param name="start">Starts it on the port given.</param>
    /// <param name="socket">Path of its socket.</param>
    /// <param name="patience">Attempts to connect, 50 ms apart.</param>
    /// <param name="said">What it says of a failed start beside its output.</param>
    protected static async Task<Running> StartAsync(
        TemporaryFolder folder, Func<int, ChildProcess> start, string socket, int patience, Func<string> said)
    {
        for (int attempt = 0; ; attempt++)
        {
            int port = Network.FreePort();
            ChildProcess process = start(port);
            if (await ConnectAsync(process, socket, patience) is { } admin)
            {
                return new Running(folder, process, admin, port);
            }

            Assert.True(attempt < 3, process.Said() + said()); // the port may have been taken meanwhile
            await process.DisposeAsync();
        }
    }

    /// <summary>Makes the schema, and the user with these rights beside all.</summary>
    protected async Task MakeUserAsync(string rights = "")
    {
        await ExecuteAsync($"CREATE DATABASE {Database}");
        await ExecuteAsync($"CREATE USER '{User}'@'%' IDENTIFIED BY '{Password}'");
        await ExecuteAsync($"GRANT ALL ON *.* TO '{User}'@'%'{rights}");
    }

    /// <summary>A log file's path here, and as the server has it.</summary>
    protected abstract (string Path, string OnServer) LogFile(string name);

    /// <summary>A number for a log file that there was not yet.</summary>
    protected int NextLog() => ++_logs;

    private static async Task<MySqlConnection?> ConnectAsync(ChildProcess server, string socket, int patience)
    {
        for (int i = 0; i < patience && !server.HasExited; i++)
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

    /// <summary>What a start came to.</summary>
    protected sealed record Running(TemporaryFolder Folder, ChildProcess Process, MySqlConnection Admin, int Port);
}
