// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>One Oracle MySQL 9 for the whole run, started by the first test that needs it.</summary>
public sealed class SharedMySql : IAsyncDisposable
{
    private Task<MySqlServer>? _server;

    internal Task<MySqlServer> GetAsync() => _server ??= MySqlServer.StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is { IsCompletedSuccessfully: true })
        {
            await (await _server).DisposeAsync();
        }
    }
}
