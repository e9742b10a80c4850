// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>The programs of tests/integration/node, with the npm packages that they need: a server, and a client that waits for its start.</summary>
internal static class NodePrograms
{
    private static string Place => Path.Combine(Repository.Root, "artifacts", "node-programs");

    /// <summary>Starts a program's server and returns it with its port.</summary>
    public static Task<(ChildProcess Process, int Port)> StartServerAsync(string program) => StartServerAsync(program, "server");

    /// <summary>The same of one that takes other arguments.</summary>
    public static async Task<(ChildProcess Process, int Port)> StartServerAsync(string program, params string[] arguments)
    {
        await ChildProcess.RunAsync(Path.Combine(Repository.Root, "scripts", "npm-install"), Folder, Place);
        ChildProcess server = ChildProcess.Start("env", Arguments(program, arguments));
        await server.WaitForOutputAsync(line => line.StartsWith("port ", StringComparison.Ordinal));
        return (server, int.Parse(server.Output.Split('\n')[0].AsSpan(5), CultureInfo.InvariantCulture));
    }

    /// <summary>Runs a program to its end, with the packages that a server needed already.</summary>
    public static Task RunAsync(string program, params string[] arguments) => ChildProcess.RunAsync("env", Arguments(program, arguments));

    /// <summary>A program's client, which begins when it gets a line.</summary>
    public static ChildProcess StartClient(string program, int port, int count) => ChildProcess.StartGated(
        "env", Arguments(program, "client", port.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture)));

    private static string Folder => Path.Combine(Repository.Root, "tests", "integration", "node");

    private static string[] Arguments(string program, params string[] arguments) =>
        ["NODE_PATH=" + Path.Combine(Place, "node_modules"), "node", Path.Combine(Folder, program), .. arguments];
}
