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

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<ClientKind> All { get; } =
    [
        new("curl", [HttpVersion.One, HttpVersion.Two], CurlClient.PrepareAsync) { CanAbort = false },
        // At once over HTTP/2 it would reuse a connection, which Debian 12's curl can't do in the clear.
        new("curl at once", [HttpVersion.One, HttpVersion.Two], CurlClient.PrepareAtOnceAsync) { CanAbort = false, CanClose = false, OnlyInTls = [HttpVersion.Two] },
        Program("Node", [HttpVersion.One, HttpVersion.Two], Programs.NodeAsync) with { CanTrail = true },
        Program("HttpClient", [HttpVersion.One, HttpVersion.Two], Programs.DotNetAsync),
        Program("Go", [HttpVersion.One, HttpVersion.Two], Programs.GoAsync) with { CanTrail = true },
        Program("http.client", [HttpVersion.One], () => Programs.PythonAsync("python_client.py", "http.client")) with { CanExpect = false, KnowsHints = false },
        Program("requests", [HttpVersion.One], () => Programs.PythonAsync("python_client.py", "requests")) with { CanExpect = false, KnowsHints = false },
        Program("aiohttp", [HttpVersion.One], () => Programs.PythonAsync("python_client.py", "aiohttp")),
    ];

    public static ClientKind Named(string name) => All.Single(x => x.Name == name);

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
