// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>One Oracle MySQL 9 with a certificate that clients can know, started by the first test that needs it.</summary>
public sealed class SharedTlsMySql : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Task<MySqlServer>? _server;

    /// <summary>Its certificate, which is also the authority.</summary>
    public string Authority => _folder.File("cert.pem");

    internal Task<MySqlServer> GetAsync() => _server ??= MySqlServer.StartWithTlsAsync(new Certificate(_folder));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is { IsCompletedSuccessfully: true })
        {
            await (await _server).DisposeAsync();
        }

        _folder.Dispose();
    }
}
