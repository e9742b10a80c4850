// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>One MariaDB with a certificate for the whole run, started by the first test that needs it.</summary>
public sealed class SharedTlsMariaDb : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Task<MariaDbServer>? _server;

    /// <summary>Its certificate, which is also the authority.</summary>
    public string Authority => _folder.File("cert.pem");

    internal Task<MariaDbServer> GetAsync() => _server ??= StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is { IsCompletedSuccessfully: true })
        {
            await (await _server).DisposeAsync();
        }

        _folder.Dispose();
    }

    private Task<MariaDbServer> StartAsync()
    {
        var certificate = new Certificate(_folder);
        return MariaDbServer.StartAsync("--ssl-cert=" + certificate.File, "--ssl-key=" + certificate.Key);
    }
}
