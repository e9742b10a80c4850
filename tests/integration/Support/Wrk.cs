// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>wrk against a test's own nginx: each request has a number of its own in its query.</summary>
internal static class Wrk
{
    public const int Connections = 32;

    private const string Script = """
        local threads = 0
        function setup(thread)
          thread:set("id", threads)
          threads = threads + 1
        end
        local count = 0
        local paths = { "/f/0", "/f/1", "/f/100", "/f/1000", "/f/4000", "/f/20000", "/f/100", "/f/1000", "/gone", "/nothing", "/text", "/missing", "/f/100000", "/moved" }
        function request()
          count = count + 1
          local path = paths[1 + count % #paths]
          local method = count % 9 == 0 and "POST" or "GET"
          return wrk.format(method, path .. "?n=" .. wrk.thread_name .. id .. "-" .. count, nil, method == "POST" and string.rep("b", count % 300) or nil)
        end
        function init(args)
          wrk.thread_name = args[1]
        end
        """;

    /// <summary>A gated wrk; <paramref name="name"/> keeps the numbers of several runs apart.</summary>
    public static async Task<ChildProcess> StartAsync(NginxServer server, TemporaryFolder folder, string name, int seconds)
    {
        string script = folder.File("wrk.lua");
        await File.WriteAllTextAsync(script, Script);
        return ChildProcess.StartGated(
            "wrk", "-t2", string.Create(CultureInfo.InvariantCulture, $"-c{Connections}"),
            string.Create(CultureInfo.InvariantCulture, $"-d{seconds}s"), "-s", script,
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}/"), "--", name);
    }
}
