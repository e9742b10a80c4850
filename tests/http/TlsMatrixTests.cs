// SPDX-License-Identifier: Apache-2.0
using L7Trace.HttpTests.Support;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests;

/// <summary>
/// HTTP inside TLS. Not every pair of the matrix in the clear: every program, its library and each version of HTTP that it
/// speaks, as client and as server where it is one. Still to be mended, and then to be added: Go with itself and HttpClient over
/// HTTP/1 with it (holes at the server's end), Perl with Go (an early response: the request was not there), curl at once with Node
/// over HTTP/2 (the server's sent stream was lost and found again), HttpClient with Kestrel over HTTP/1 (once, a request that its
/// client gave up was not there).
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
        { "nginx", "wget", HttpVersion.One },
        { "nginx", "PHP", HttpVersion.One },
        { "nginx", "HttpClient", HttpVersion.Two },
        { "Node", "Node", HttpVersion.One },
        { "Node", "Node", HttpVersion.Two },
        { "Node", "Ruby", HttpVersion.One },
        { "Kestrel", "HttpClient", HttpVersion.Two },
        { "Kestrel", "curl", HttpVersion.Two },
        { "Kestrel", "requests", HttpVersion.One },
        { "Kestrel", "Node", HttpVersion.Two },
        { "Go", "curl", HttpVersion.Two },
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
