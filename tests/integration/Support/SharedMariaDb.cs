// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>One MariaDB for the whole run, started by the first test that needs it.</summary>
public sealed class SharedMariaDb : IAsyncDisposable
{
    private Task<MariaDbServer>? _server;

    internal Task<MariaDbServer> GetAsync() => _server ??= MariaDbServer.StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is { IsCompletedSuccessfully: true })
        {
            await (await _server).DisposeAsync();
        }
    }
}
