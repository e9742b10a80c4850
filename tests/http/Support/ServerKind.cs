// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>A server, what of the steps it has, and how it is started.</summary>
/// <param name="Name">As it stands in the tests' names.</param>
/// <param name="Versions">Versions of HTTP that it speaks.</param>
/// <param name="StartAsync">Starts it for a version, for these steps, with TLS when there is a certificate.</param>
internal sealed record ServerKind(string Name, string[] Versions, Func<string, IReadOnlyList<Step>, Certificate?, Task<IHttpServer>> StartAsync)
{
    /// <summary>Versions in which its chunked responses have trailers.</summary>
    public string[] Trailers { get; init; } = [];

    /// <summary>Versions in which it answers an expectation with 100.</summary>
    public string[] Continues { get; init; } = [];

    /// <summary>Versions in which it takes trailers of requests.</summary>
    public string[] TakesTrailers { get; init; } = [HttpVersion.One, HttpVersion.Two];

    /// <summary>Versions in which it takes bodies without their length.</summary>
    public string[] TakesChunked { get; init; } = [HttpVersion.One, HttpVersion.Two];

    /// <summary>It sends 103.</summary>
    public bool HasHints { get; init; }

    /// <summary>It begins a response that it does not end.</summary>
    public bool HasSlow { get; init; } = true;

    /// <summary>All that keep the programs' rules.</summary>
    public static IReadOnlyList<ServerKind> All { get; } =
    [
        new("nginx", [HttpVersion.One, HttpVersion.Two], NginxMatrixServer.StartAsync)
        {
            Trailers = [HttpVersion.One, HttpVersion.Two], Continues = [HttpVersion.One], HasSlow = false,
            TakesTrailers = [HttpVersion.One], // over HTTP/2 it ends the connection for them
        },
        Program("Node", [HttpVersion.One, HttpVersion.Two], Programs.NodeAsync) with
        {
            Trailers = [HttpVersion.One, HttpVersion.Two], Continues = [HttpVersion.One, HttpVersion.Two], HasHints = true,
        },
        Program("Kestrel", [HttpVersion.One, HttpVersion.Two], Programs.DotNetAsync) with
        {
            Trailers = [HttpVersion.Two], Continues = [HttpVersion.One, HttpVersion.Two],
        },
        Program("Go", [HttpVersion.One, HttpVersion.Two], () => Programs.GoAsync()) with
        {
            Trailers = [HttpVersion.One, HttpVersion.Two], Continues = [HttpVersion.One, HttpVersion.Two], HasHints = true,
        },
        Program("http.server", [HttpVersion.One], () => Programs.PythonAsync("python_server.py", "http.server")) with
        {
            Trailers = [HttpVersion.One], Continues = [HttpVersion.One],
        },
        Program("aiohttp", [HttpVersion.One], () => Programs.PythonAsync("python_server.py", "aiohttp")) with
        {
            Continues = [HttpVersion.One],
        },
    ];

    /// <summary>Those that are there for their TLS; the matrix in the clear has them not.</summary>
    public static IReadOnlyList<ServerKind> ForTls { get; } =
    [
        new("lighttpd with NSS", [HttpVersion.One, HttpVersion.Two], LighttpdMatrixServer.StartAsync) { HasSlow = false, TakesChunked = [HttpVersion.One] },
        OtherGo("Go without symbols", null, true),
        OtherGo("Go 1.23", "1.23", false),
        OtherGo("Go 1.27", "1.27", false),
        OtherGo("Go 1.27 without symbols", "1.27", true),
    ];

    public static ServerKind Named(string name) => All.Concat(ForTls).Single(x => x.Name == name);

    private static ServerKind OtherGo(string name, string? version, bool isStripped) => All.Single(x => x.Name == "Go") with
    {
        Name = name,
        StartAsync = async (http, _, certificate) => await ProgramServer.StartAsync(await Programs.GoAsync(version, isStripped), http, certificate),
    };

    private static ServerKind Program(string name, string[] versions, Func<Task<string[]>> command) =>
        new(name, versions, async (version, _, certificate) => await ProgramServer.StartAsync(await command(), version, certificate));
}
