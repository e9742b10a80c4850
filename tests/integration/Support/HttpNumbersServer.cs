// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>programs/http_server.c, running.</summary>
internal sealed class HttpNumbersServer : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly TemporaryFolder _folder;

    private HttpNumbersServer(ChildProcess process, TemporaryFolder folder, string where)
    {
        _process = process;
        _folder = folder;
        Where = where;
    }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Address in the form that the client programs take: a port, "6:port" or a path.</summary>
    public string Where { get; }

    /// <summary>Starts it with more options of the program.</summary>
    public static async Task<HttpNumbersServer> StartAsync(
        bool split = false, Transport transport = Transport.Tcp4, params IEnumerable<string> options)
    {
        string program = await NativePrograms.BuildAsync("http_server");
        var folder = new TemporaryFolder();
        ChildProcess process = ChildProcess.Start(
            program,
            [
                .. split ? new[] { "--split" } : [],
                .. options,
                .. transport switch
                {
                    Transport.Unix => new[] { "--unix", folder.File("s") },
                    Transport.Tcp6 => ["--v6"],
                    _ => [],
                },
            ]);
        await process.WaitForOutputAsync(x => x.StartsWith("port ", StringComparison.Ordinal));
        string port = process.Output.Split('\n')[0][5..];
        string where = transport switch
        {
            Transport.Unix => folder.File("s"),
            Transport.Tcp6 => "6:" + port,
            _ => port,
        };
        return new HttpNumbersServer(process, folder, where);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
