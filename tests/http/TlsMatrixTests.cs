// SPDX-License-Identifier: Apache-2.0
using L7Trace.HttpTests.Support;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests;

/// <summary>
/// HTTP inside TLS. Not every pair of the matrix in the clear: every program, its library and each version of HTTP that it
/// speaks, as client and as server where it is one.
/// </summary>
public sealed class TlsMatrixTests
{
    public static TheoryData<string, string, string> Cells => new()
    {
        { "nginx", "curl", HttpVersion.One },
        { "nginx", "curl", HttpVersion.Two },
        { "nginx", "curl with GnuTLS", HttpVersion.One },
        { "nginx", "curl with GnuTLS", HttpVersion.Two },
        { "nginx", "gnutls-cli", HttpVersion.One },
        { "nginx", "curl with NSS", HttpVersion.One },
        { "nginx", "curl with NSS", HttpVersion.Two },
        { "lighttpd with NSS", "curl", HttpVersion.One },
        { "lighttpd with NSS", "curl with NSS", HttpVersion.One },
        { "lighttpd with NSS", "curl", HttpVersion.Two },
        { "nginx", "wget", HttpVersion.One },
        { "nginx", "PHP", HttpVersion.One },
        { "nginx", "HttpClient", HttpVersion.Two },
        { "Node", "Node", HttpVersion.One },
        { "Node", "Node", HttpVersion.Two },
        { "Node", "Ruby", HttpVersion.One },
        { "Node", "curl at once", HttpVersion.Two },
        { "Kestrel", "HttpClient", HttpVersion.One },
        { "Kestrel", "HttpClient", HttpVersion.Two },
        { "Kestrel", "curl", HttpVersion.Two },
        { "Kestrel", "requests", HttpVersion.One },
        { "Kestrel", "Node", HttpVersion.Two },
        { "Go", "curl", HttpVersion.Two },
        { "Go", "HttpClient", HttpVersion.One },
        { "Go", "Perl", HttpVersion.One },
        { "Go", "Go", HttpVersion.One },
        { "Go", "Go", HttpVersion.Two },
        { "Go without symbols", "Go without symbols", HttpVersion.One },
        { "Go without symbols", "Go without symbols", HttpVersion.Two },
        { "Go 1.23", "Go 1.23", HttpVersion.One },
        { "Go 1.23", "Go 1.23", HttpVersion.Two },
        { "Go 1.27", "Go 1.27", HttpVersion.One },
        { "Go 1.27", "Go 1.27", HttpVersion.Two },
        { "Go 1.27 without symbols", "Go 1.27 without symbols", HttpVersion.One },
        { "Go 1.27 without symbols", "Go 1.27 without symbols", HttpVersion.Two },
        { "http.server", "http.client", HttpVersion.One },
        { "http.server", "aiohttp", HttpVersion.One },
        { "aiohttp", "aiohttp", HttpVersion.One },
        { "aiohttp", "curl at once", HttpVersion.One },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Both_ends_are_what_the_journals_say_and_their_peers_are_proven(string server, string client, string version)
    {
        Requirement.Need("bpf");
        await new Cell(ServerKind.Named(server), ClientKind.Named(client), version, HasTls: true).CompareAsync();
    }
}
