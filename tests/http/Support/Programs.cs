// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>The programs' commands; what must be built is built once.</summary>
internal static class Programs
{
    /// <summary>What a skip for the want of a program or library begins with.</summary>
    public const string Wanted = "http";

    private static readonly HashSet<string> s_built = [];

    private static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "programs");

    /// <summary>Debian's own, which sees Debian's packages, whatever stands in front of it on the PATH.</summary>
    public static async Task<string[]> PythonAsync(string script, string library)
    {
        const string Python = "/usr/bin/python3";
        string module = library.Split('.')[0];
        if (!File.Exists(Python) || (s_built.Add("python " + module) && !await RunsAsync(Python, "-c", "import " + module)))
        {
            s_built.Remove("python " + module);
            Miss($"no {Python} with {module}");
        }

        return [Python, Path.Combine(Folder, script), library];
    }

    /// <summary>A script of Debian's Python that needs another program.</summary>
    public static Task<string[]> PythonWithAsync(string program, params string[] command)
    {
        Need(program);
        return Task.FromResult<string[]>(["/usr/bin/python3", Path.Combine(Folder, command[0]), .. command[1..]]);
    }

    /// <summary>A script of Debian's Python that loads a library.</summary>
    public static Task<string[]> PythonWithLibraryAsync(string library, params string[] command)
    {
        if (!HasLibrary(library))
        {
            Miss($"no {library} on this machine");
        }

        return Task.FromResult<string[]>(["/usr/bin/python3", Path.Combine(Folder, command[0]), .. command[1..]]);
    }

    /// <summary>True when a file is among the system's libraries.</summary>
    public static bool HasLibrary(string name) =>
        new[] { "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu" }.Any(x => File.Exists(Path.Combine(x, name)));

    /// <summary>A script by its interpreter.</summary>
    public static Task<string[]> ScriptAsync(string interpreter, string script) =>
        Task.FromResult<string[]>([Need(interpreter), Path.Combine(Folder, script)]);

    public static async Task<string[]> PerlAsync()
    {
        string perl = Need("perl");
        if (!await RunsAsync(perl, "-MLWP::Protocol::https", "-e1"))
        {
            Miss("no LWP::Protocol::https for " + perl);
        }

        return [perl, Path.Combine(Folder, "perl_client.pl")];
    }

    public static Task<string[]> NodeAsync() => Task.FromResult<string[]>([Need("node"), Path.Combine(Folder, "node_http.js")]);

    /// <summary>The program of Debian's Go, or of the version that scripts/go-toolchain brought.</summary>
    /// <param name="version">"1.27"; null for Debian's own.</param>
    /// <param name="isStripped">Without its symbols.</param>
    public static async Task<string[]> GoAsync(string? version = null, bool isStripped = false)
    {
        // Debian's packages of Go's libraries are a GOPATH, in front of modules: nothing is fetched.
        const string Libraries = "/usr/share/gocode";
        string name = "go_http" + version + (isStripped ? "_stripped" : "");
        string program = Path.Combine(Folder, "go_http", name);
        if (!Directory.Exists(Path.Combine(Libraries, "src/golang.org/x/net/http2")))
        {
            Miss("no golang.org/x/net (golang-golang-x-net-dev)");
        }

        string go = version is null ? Need("go") : Path.Combine(await GoRootAsync(version), "bin", "go");
        if (s_built.Add(name))
        {
            await using ChildProcess build = ChildProcess.Start(
                "env",
                [
                    "GO111MODULE=off", "GOPATH=" + Libraries, "GOCACHE=" + Path.Combine(Folder, "go-cache" + version), "CGO_ENABLED=0", "GOFLAGS=", "GOTOOLCHAIN=local",
                    go, "build", .. isStripped ? new[] { "-ldflags", "-s -w" } : [], "-o", program, Path.Combine(Folder, "go_http", "main.go"),
                ]);
            await build.WaitForSuccessAsync(600); // the first time all of Go's own library is compiled
        }

        return [program];
    }

    private static async Task<string> GoRootAsync(string version)
    {
        await using ChildProcess path = ChildProcess.Start(Path.Combine(Repository.Root, "scripts/go-toolchain"), "path", version);
        await path.WaitAsync();
        if (path.ExitCode != 0)
        {
            Miss($"Go {version} is not set up (scripts/go-toolchain setup, or make test-http)");
        }

        return path.Output.Trim();
    }

    public static Task<string[]> DotNetAsync()
    {
        // The tests run on the host that built them; the one on the PATH may be another's.
        string? host = Environment.ProcessPath;
        string dotnet = host is not null && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : Need("dotnet");
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Task.FromResult<string[]>([dotnet, Path.Combine(Repository.Root, "artifacts/bin/dotnet_http", configuration, "dotnet_http.dll")]);
    }

    /// <summary>The full path of a program.</summary>
    public static string Need(string program)
    {
        if (Requirement.Find(program) is { } path)
        {
            return path;
        }

        Miss($"no {program} on this machine");
        return program;
    }

    private static void Miss(string reason) => Requirement.Miss(Wanted, reason);

    private static async Task<bool> RunsAsync(string program, params string[] arguments)
    {
        await using ChildProcess child = ChildProcess.Start(program, arguments);
        await child.WaitAsync();
        return child.ExitCode == 0;
    }
}
