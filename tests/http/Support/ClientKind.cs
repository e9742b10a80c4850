// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>A client, what of the steps it can do, and how it is made ready.</summary>
/// <param name="Name">As it stands in the tests' names.</param>
/// <param name="Versions">Versions of HTTP that it speaks.</param>
/// <param name="PrepareAsync">Its command for these steps at this address.</param>
internal sealed record ClientKind(string Name, string[] Versions, Func<ClientTask, Task<ClientCommand>> PrepareAsync)
{
    /// <summary>Of the versions those that it has over TLS alone.</summary>
    public string[] OnlyInTls { get; init; } = [];

    /// <summary>It waits for 100 before it sends a body.</summary>
    public bool CanExpect { get; init; } = true;

    /// <summary>It can end a request with trailers.</summary>
    public bool CanTrail { get; init; }

    /// <summary>It can go in the middle of a response.</summary>
    public bool CanAbort { get; init; } = true;

    /// <summary>It can say that a request is the last on its connection.</summary>
    public bool CanClose { get; init; } = true;

    /// <summary>It takes 103 for what it is.</summary>
    public bool KnowsHints { get; init; } = true;

    /// <summary>It sends bodies, and other methods than GET.</summary>
    public bool CanSend { get; init; } = true;

    /// <summary>It resets an HTTP/2 stream when the body has its whole length and the stream's end has not come with it.</summary>
    public bool ResetsWholeStreams { get; init; }

    /// <summary>It reads a line itself before its first call; of others a shell does, which then becomes the program.</summary>
    public bool Waits { get; init; }

    /// <summary>It sends bodies without their length.</summary>
    public bool CanChunk { get; init; } = true;

    /// <summary>Of a body without a length and without bytes it sends the end once.</summary>
    public bool CanChunkNothing { get; init; } = true;

    /// <summary>All that the matrix in the clear has.</summary>
    public static IReadOnlyList<ClientKind> All { get; } =
    [
        new("curl", [HttpVersion.One, HttpVersion.Two], CurlClient.PrepareAsync) { CanAbort = false, ResetsWholeStreams = true },
        // At once over HTTP/2 it would reuse a connection, which Debian 12's curl can't do in the clear.
        new("curl at once", [HttpVersion.One, HttpVersion.Two], CurlClient.PrepareAtOnceAsync)
        {
            CanAbort = false, CanClose = false, OnlyInTls = [HttpVersion.Two], ResetsWholeStreams = true,
        },
        Program("Node", [HttpVersion.One, HttpVersion.Two], Programs.NodeAsync) with { CanTrail = true },
        Program("HttpClient", [HttpVersion.One, HttpVersion.Two], Programs.DotNetAsync),
        Go("Go", null, false),
        Program("http.client", [HttpVersion.One], () => Programs.PythonAsync("python_client.py", "http.client")) with { CanExpect = false, KnowsHints = false },
        Program("requests", [HttpVersion.One], () => Programs.PythonAsync("python_client.py", "requests")) with { CanExpect = false, KnowsHints = false },
        Program("aiohttp", [HttpVersion.One], () => Programs.PythonAsync("python_client.py", "aiohttp")),
    ];

    /// <summary>Those that are there for their TLS; over it the others are too.</summary>
    public static IReadOnlyList<ClientKind> ForTls { get; } =
    [
        Go("Go without symbols", null, true),
        Go("Go 1.23", "1.23", false),
        Go("Go 1.27", "1.27", false),
        Go("Go 1.27 without symbols", "1.27", true),
        Simple("curl with GnuTLS", [HttpVersion.One, HttpVersion.Two], () => Programs.PythonAsync("python_client.py", "pycurl")) with { ResetsWholeStreams = true },
        Simple("gnutls-cli", [HttpVersion.One], () => Programs.PythonWithAsync("gnutls-cli", "python_client.py", "gnutls-cli")) with { KnowsHints = false },
        Simple("curl with NSS", [HttpVersion.One, HttpVersion.Two], () => Programs.PythonWithLibraryAsync("libcurl-nss.so.4", "nss_curl_client.py")) with { ResetsWholeStreams = true },
        Simple("wget", [HttpVersion.One], () => Programs.PythonWithAsync("wget", "wget_client.py")) with { CanSend = false, CanClose = false },
        Simple("PHP", [HttpVersion.One], () => Programs.ScriptAsync("php", "php_client.php")) with { CanChunk = false, CanClose = false },
        Simple("Ruby", [HttpVersion.One], () => Programs.ScriptAsync("ruby", "ruby_client.rb")),
        Simple("Perl", [HttpVersion.One], Programs.PerlAsync) with
        {
            // LWP 6.68 sends the last chunk of an empty body twice; servers take the second for a bad request, and some say so.
            KnowsHints = false, CanChunkNothing = false,
        },
    ];

    public static ClientKind Named(string name) => All.Concat(ForTls).Single(x => x.Name == name);

    private static ClientKind Go(string name, string? version, bool isStripped) =>
        Program(name, [HttpVersion.One, HttpVersion.Two], () => Programs.GoAsync(version, isStripped)) with { CanTrail = true, Waits = true };

    private static ClientKind Simple(string name, string[] versions, Func<Task<string[]>> command) =>
        Program(name, versions, command) with { CanExpect = false, CanAbort = false };

    private static ClientKind Program(string name, string[] versions, Func<Task<string[]>> command) => new(name, versions, async task =>
    {
        await File.WriteAllLinesAsync(task.Folder.File("steps"), task.Steps.Select(x => x.Line));
        string[] ca = task.Certificate is { } certificate ? [certificate.File] : [];
        return new ClientCommand(
            [.. await command(), "client", task.Version, task.Url, task.Folder.File("steps"), .. ca],
            x => JournalEntry.Parse(x.Output));
    });
}

/// <summary>What a client is to do.</summary>
/// <param name="Url">Scheme, host and port.</param>
/// <param name="Folder">For files; it outlives the client.</param>
internal sealed record ClientTask(string Version, string Url, IReadOnlyList<Step> Steps, TemporaryFolder Folder, Certificate? Certificate);

/// <summary>How a client is started, and where its journal is found when it has ended.</summary>
internal sealed record ClientCommand(string[] Command, Func<ChildProcess, IReadOnlyList<JournalEntry>> Journal);
