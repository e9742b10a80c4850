// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>A client program in one language, and how it is made ready and started.</summary>
/// <param name="Name">As it stands in the tests' names.</param>
/// <param name="HasPrepared">It has prepared statements of the server.</param>
/// <param name="HasCursors">It has the server's cursors.</param>
/// <param name="ReadsAllSets">
/// Its driver reads every result set of a prepared CALL. One that does not can send nothing afterwards, so it is spared that step.
/// </param>
/// <param name="Prepare">Builds what must be built; gives program and first arguments.</param>
internal sealed record Client(
    string Name, bool HasPrepared, bool HasCursors, bool ReadsAllSets, Func<Task<string[]>> Prepare)
{
    private static readonly HashSet<string> s_built = [];

    private const string Jar = "/usr/share/java/mariadb-java-client.jar";

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Client> All { get; } =
    [
        new("mariadb CLI", false, false, true, () => Python("cli_client.py", Need("mariadb"), "--no-defaults", "--skip-ssl", "--")),
        new("Python PyMySQL", false, false, true, () => Python("python_client.py", "pymysql")),
        new("Python mysqlclient", false, false, true, () => Python("python_client.py", "MySQLdb")),
        new("Node mysql2", true, false, true, NodeAsync),
        new("PHP mysqli", true, true, true, () => Interpreted("php", "php_client.php", "mysqli")),
        new("PHP PDO", true, false, true, () => Interpreted("php", "php_client.php", "pdo")),
        new("Perl DBD-MariaDB", true, false, false, () => Interpreted("perl", "perl_client.pl")),
        new("Ruby mysql2", true, false, false, () => Interpreted("ruby", "ruby_client.rb")),
        new("Java MariaDB Connector-J", true, false, true, JavaAsync),
        new("Go go-sql-driver", true, false, true, GoAsync) { Waits = true },
        new("C MariaDB Connector-C", true, true, true, CAsync),
        new("C# MySqlConnector unprepared", false, false, true, () => DotNet("unprepared")),
        new("C# MySqlConnector prepared", true, false, true, () => DotNet("prepared")),
    ];

    /// <summary>It takes its text line by line, and trims it.</summary>
    public bool IsCommandLine => Name.EndsWith("CLI", StringComparison.Ordinal);

    /// <summary>It reads a line itself before its first call; of others a shell does, which then becomes the program.</summary>
    public bool Waits { get; init; }

    /// <summary>
    /// Its libraries lie in a root folder of its own: they are found when it maps them, and its first calls may be missed, which is
    /// counted as a loss. What it says in the clear is traced without them.
    /// </summary>
    public bool HasLibrariesElsewhere { get; init; }

    /// <summary>The folder of the programs, beside the tests.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "programs");

    /// <summary>
    /// Oracle's command-line client, of the MySQL 9 that scripts/mysql9 brings: in a root folder of its own, where any folder
    /// will do for its server's.
    /// </summary>
    /// <param name="compression">Its word for the algorithm; null for none.</param>
    public static Client MySqlCommandLine(string? compression = null) => new(
        "mysql CLI", false, false, true,
        () => Python("cli_client.py", [
            Path.Combine(Repository.Root, "scripts/mysql9"), "client", Path.GetTempPath(), "--ssl-mode=DISABLED",
            "--get-server-public-key", "--commands", "--system-command",
            .. compression is null ? [] : new[] { "--compression-algorithms=" + compression }, "--"]))
    {
        HasLibrariesElsewhere = true,
    };

    public static Client Named(string name) => All.Append(MySqlCommandLine()).Single(x => x.Name == name);

    /// <summary>All whose TLS is read: Java's is its own.</summary>
    public static IEnumerable<Client> WithTls => All.Where(x => !x.Name.StartsWith("Java ", StringComparison.Ordinal));

    /// <summary>Each client, traced itself and through its server.</summary>
    public static TheoryData<string, string> OnEachSide(IEnumerable<Client> clients)
    {
        var data = new TheoryData<string, string>();
        foreach (Client client in clients)
        {
            data.Add(client.Name, "client");
            data.Add(client.Name, "server");
        }

        return data;
    }

    /// <summary>The conversation, less what this client can't do.</summary>
    public IReadOnlyList<Step> Steps => [.. Conversation.Texts, .. Conversation.Prepares.Where(x => ReadsAllSets || !x.IsCall)];

    /// <summary>Starts it behind a gate: it becomes the program, with the same pid, at the first line that it reads.</summary>
    /// <param name="authority">The certificate that the server must have; null for no TLS.</param>
    public async Task<ChildProcess> StartGatedAsync(
        string host, int port, string user, string password, string database, string file, string? authority)
    {
        if (Waits)
        {
            return await StartWaitingAsync([host, port.ToString(CultureInfo.InvariantCulture), user, password, database, file], authority);
        }

        string[] command = [.. authority is null ? [] : new[] { "env", "TLS_CA=" + authority }, .. await Prepare()];
        return ChildProcess.StartGated(
            command[0],
            [.. command[1..], host, port.ToString(CultureInfo.InvariantCulture), user, password, database, file]);
    }

    private async Task<ChildProcess> StartWaitingAsync(string[] arguments, string? authority)
    {
        string[] command = await Prepare();
        ChildProcess process = authority is null
            ? ChildProcess.Start(command[0], [.. command[1..], .. arguments])
            : ChildProcess.Start("env", ["TLS_CA=" + authority, .. command, .. arguments]);
        while (!process.HasExited && new FileInfo($"/proc/{process.Id}/exe").LinkTarget != command[0])
        {
            await Task.Delay(10);
        }

        return process;
    }

    private static string File(string name) => Path.Combine(Folder, name);

    private static Task<string[]> Interpreted(string program, string script, params string[] first) =>
        Task.FromResult<string[]>([Need(program), File(script), .. first]);

    // Debian's own, which sees Debian's packages, whatever stands in front of it on the PATH.
    private static Task<string[]> Python(string script, params string[] first) => Interpreted("/usr/bin/python3", script, first);

    private static Task<string[]> NodeAsync()
    {
        string modules = Path.Combine(Repository.Root, "artifacts/languages/node_modules");
        if (!Directory.Exists(Path.Combine(modules, "mysql2")))
        {
            Missing("the npm package mysql2 is not installed: make test-languages does that");
        }

        return Task.FromResult<string[]>(["env", "NODE_PATH=" + modules, Need("node"), File("mysql2_client.js")]);
    }

    private static async Task<string[]> JavaAsync()
    {
        if (!System.IO.File.Exists(Jar))
        {
            Missing($"no {Jar}");
        }

        await Once("java", Need("javac"), "-d", File("java"), File("JavaClient.java"));
        return [Need("java"), "-Xshare:auto", "-cp", $"{File("java")}:{Jar}", "JavaClient"];
    }

    // Debian's Go packages are a GOPATH, in front of modules: nothing is fetched.
    private static async Task<string[]> GoAsync()
    {
        await Once(
            "go", "env", "GO111MODULE=off", "GOPATH=/usr/share/gocode", "GOCACHE=" + File("go-cache"), "CGO_ENABLED=0", "GOFLAGS=",
            Need("go"), "build", "-o", File("go_client/go_client"), File("go_client/main.go"));
        return [File("go_client/go_client")];
    }

    private static async Task<string[]> CAsync()
    {
        _ = NativePrograms.Compiler ?? Need("cc");
        Need("mariadb_config"); // comes with the library's headers
        return [await NativePrograms.BuildAsync("c_client", "mariadb")];
    }

    private static Task<string[]> DotNet(string mode)
    {
        // The tests run on the host that built them; the one on the PATH may be another's.
        string? host = Environment.ProcessPath;
        string dotnet = host is not null && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : Need("dotnet");
        return Task.FromResult<string[]>([dotnet, Path.Combine(AppContext.BaseDirectory, "dotnet_client.dll"), mode]);
    }

    private static async Task Once(string what, params string[] command)
    {
        if (s_built.Add(what))
        {
            await ChildProcess.RunAsync(command[0], command[1..]);
        }
    }

    private static string Need(string program)
    {
        if (Requirement.Find(program) is { } path)
        {
            return path; // a rooted path is found as itself
        }

        Missing($"no {program} on this machine");
        return program;
    }

    private static void Missing(string reason) => Requirement.Miss("languages", reason);
}
