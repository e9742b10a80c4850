// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace L7Trace.HttpTests.Support;

/// <summary>curl: one process that makes all requests, one after the other or all at once.</summary>
internal static class CurlClient
{
    public static Task<ClientCommand> PrepareAsync(ClientTask task) => PrepareAsync(task, []);

    public static Task<ClientCommand> PrepareAtOnceAsync(ClientTask task) =>
        PrepareAsync(task, ["--parallel", "--parallel-max", task.Version == HttpVersion.Two ? "100" : "8"]);

    private static async Task<ClientCommand> PrepareAsync(ClientTask task, string[] first)
    {
        var command = new List<string> { Programs.Need("curl") };
        command.AddRange(first);
        foreach (Step step in task.Steps)
        {
            if (step.Body is { } size)
            {
                await File.WriteAllBytesAsync(Body(task, step), new byte[size]);
            }

            command.AddRange(command.Count > 1 + first.Length ? ["--next"] : []);
            command.AddRange(Options(task, step));
        }

        return new ClientCommand([.. command], x => [.. x.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(y => Read(task, y))]);
    }

    private static IEnumerable<string> Options(ClientTask task, Step step)
    {
        string number = step.N.ToString(CultureInfo.InvariantCulture);
        string version = task.Version == HttpVersion.One ? "--http1.1" : task.Certificate is null ? "--http2-prior-knowledge" : "--http2";
        if (task is { Version: HttpVersion.Two, Certificate: null })
        {
            // Debian 12's curl fails on the second request of a connection by prior knowledge: a name, so a connection, for each.
            var url = new Uri(task.Url);
            string name = string.Create(CultureInfo.InvariantCulture, $"n{step.N}:{url.Port}");
            yield return "--resolve";
            yield return name + ":" + url.Host;
            yield return $"{url.Scheme}://{name}{step.Path}";
        }
        else
        {
            yield return task.Url + step.Path;
        }

        foreach (string option in new[] { "--silent", "--noproxy", "*", version, "--output", Path.Combine(task.Folder.Path, "out"), "--header", "X-Number: " + number })
        {
            yield return option;
        }

        yield return "--dump-header";
        yield return Headers(task, step.N);
        yield return "--write-out";
        yield return $$$"""{"n":{{{number}}},"status":"%{http_code}","sent":%{size_upload},"received":%{size_download},"exit":%{exitcode}}\n""";
        if (task.Certificate is { } certificate)
        {
            yield return "--cacert";
            yield return certificate.File;
        }

        if (step.Method == "HEAD")
        {
            yield return "--head";
        }
        else if (step.Method != "GET" || step.Body is not null)
        {
            yield return "--request";
            yield return step.Method;
        }

        if (step.Body is not null)
        {
            yield return "--data-binary";
            yield return "@" + Body(task, step);
            yield return "--header";
            yield return step.Expect ? "Expect: 100-continue" : "Expect:";
        }

        if (step.Chunked)
        {
            yield return "--header";
            yield return "Transfer-Encoding: chunked";
        }

        if (step.Close)
        {
            yield return "--header";
            yield return "Connection: close";
        }
    }

    private static string Body(ClientTask task, Step step) => task.Folder.File(string.Create(CultureInfo.InvariantCulture, $"body{step.N}"));

    private static string Headers(ClientTask task, int n) => task.Folder.File(string.Create(CultureInfo.InvariantCulture, $"headers{n}"));

    // Interim responses come first in its file of headers, trailers last, each part behind an empty line.
    private static JournalEntry Read(ClientTask task, string line)
    {
        JsonElement said = JsonDocument.Parse(line).RootElement;
        int n = said.GetProperty("n").GetInt32();
        Step step = task.Steps.Single(x => x.N == n);
        string[] parts = File.Exists(Headers(task, n))
            ? File.ReadAllText(Headers(task, n)).Replace("\r", "", StringComparison.Ordinal).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            : [];
        bool hasTrailers = parts.Length > 0 && !parts[^1].StartsWith("HTTP/", StringComparison.Ordinal);
        Dictionary<string, string> head = Fields(parts.LastOrDefault(x => x.StartsWith("HTTP/", StringComparison.Ordinal)));
        int status = int.Parse(said.GetProperty("status").GetString()!, CultureInfo.InvariantCulture);
        return new JournalEntry
        {
            N = n,
            Method = step.Method,
            Uri = step.Path,
            Status = status == 0 ? null : status,
            Sent = step.Chunked && task.Version == HttpVersion.One ? null : said.GetProperty("sent").GetInt64(), // it counts the framing
            Received = said.GetProperty("received").GetInt64(),
            Number = head.GetValueOrDefault("x-number"),
            Trailers = hasTrailers ? Fields(parts[^1]) : null, // behind a body with a length it does not tell
            Error = said.GetProperty("exit").GetInt32() is var code && code == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"exit code {code}"),
        };
    }

    private static Dictionary<string, string> Fields(string? part) => (part ?? "").Split('\n')
        .Select(x => x.Split(':', 2, StringSplitOptions.TrimEntries)).Where(x => x.Length == 2)
        .GroupBy(x => x[0], StringComparer.OrdinalIgnoreCase).ToDictionary(x => x.Key, x => string.Join(", ", x.Select(y => y[1])), StringComparer.OrdinalIgnoreCase);
}
