// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.HttpTests.Support;

/// <summary>The steps that a client and a server can both do.</summary>
internal static class Conversation
{
    private const int Concurrent = 40;

    // Node hands a whole response to its TLS library in one call. Of a call no more is captured than the tests ask for, and
    // where chunks begin can't be known behind a hole.
    private const int LargestChunkedInTls = 200_000;

    public static IReadOnlyList<Step> Of(ClientKind client, ServerKind server, string version, bool hasTls) =>
        [.. All(hasTls).Where(x => Can(client, server, version, x)).Select((x, i) => x with { N = i + 1, Group = x.Group == 0 ? -i - 1 : x.Group })];

    private static bool Can(ClientKind client, ServerKind server, string version, Step step) =>
        (!step.Expect || (client.CanExpect && server.Continues.Contains(version)))
        && (!step.Trailers || (client.CanTrail && server.TakesTrailers.Contains(version)))
        && (!step.Chunked || (client.CanChunk && server.TakesChunked.Contains(version) && (client.CanChunkNothing || step.Body > 0)))
        && (!step.Abort || (client.CanAbort && server.HasSlow))
        && (!step.Close || (client.CanClose && version == HttpVersion.One))
        && (step.Case != "hints" || (server.HasHints && client.KnowsHints))
        && (client.CanSend || step is { Method: "GET", Body: null });

    // Group 0: by itself.
    private static IEnumerable<Step> All(bool hasTls)
    {
        yield return Get("body", 0);
        yield return Get("body", 17);
        yield return Get("body", 30_000);
        yield return new(0, 0, "HEAD", "body", "100", null);
        yield return new(0, 0, "HEAD", "status", "404", null);
        yield return Post(0);
        yield return Post(1);
        yield return Post(33_333);
        yield return new(0, 0, "PUT", "upload", "", 500);
        yield return Post(2500) with { Chunked = true };
        yield return Post(0) with { Chunked = true };
        yield return Post(1700) with { Chunked = true, Trailers = true };
        yield return Post(900) with { Expect = true };
        yield return Post(2900) with { Expect = true, Chunked = true };
        yield return Get("chunked", 2500);
        yield return Get("chunked", 0);
        yield return Get("chunked", 999);
        yield return Get("status", 204);
        yield return Get("status", 304);
        yield return Get("status", 404);
        yield return Get("status", 500);
        yield return Get("hints", null);
        yield return Get("body", 1 << 20);
        yield return Get("chunked", hasTls ? LargestChunkedInTls : 1 << 18);
        yield return Post(1 << 20);
        yield return Get("body", 5) with { Close = true };
        yield return Get("body", 6);
        yield return Post(77) with { Close = true };
        yield return Get("slow", null) with { Abort = true };
        yield return Get("body", 8);

        // Requests that are under way together: large and small, with bodies and without.
        for (int i = 0; i < Concurrent; i++)
        {
            yield return (i % 4) switch
            {
                0 => Get("body", 1000 + i),
                1 => Post(2000 + (137 * i)),
                2 => Get("chunked", 100 * i),
                _ => Get("body", 8000 + i),
            } with
            { Group = 1 };
        }

        yield return Get("body", 9);
        yield return new(0, 0, "POST", "early", "", 300_000);
        yield return Get("body", 10);
    }

    private static Step Get(string what, int? argument) => new(0, 0, "GET", what, argument?.ToString(CultureInfo.InvariantCulture) ?? "", null);

    private static Step Post(long size) => new(0, 0, "POST", "upload", "", size);
}
