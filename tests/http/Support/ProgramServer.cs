// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>A server among the programs: it says its port, and its journal on standard output.</summary>
internal sealed class ProgramServer : IHttpServer
{
    private readonly ChildProcess _process;

    private ProgramServer(ChildProcess process)
    {
        _process = process;
        Port = int.Parse(process.Output.Split('\n')[0].AsSpan("port ".Length), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public int Port { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> ProcessIds => [_process.Id];

    /// <summary>Starts a program's server.</summary>
    public static async Task<IHttpServer> StartAsync(string[] command, string version, Certificate? certificate)
    {
        string[] files = certificate is null ? [] : [certificate.File, certificate.Key];
        ChildProcess process = ChildProcess.Start(command[0], [.. command[1..], "server", version, .. files]);
        await process.WaitForOutputAsync(x => x.StartsWith("port ", StringComparison.Ordinal));
        return new ProgramServer(process);
    }

    /// <inheritdoc/>
    public IReadOnlyList<JournalEntry>? Journal => JournalEntry.Parse(_process.Output);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
