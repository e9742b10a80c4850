// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>Traces against journals, value by value; collects what differs.</summary>
internal sealed class Comparison
{
    private const int Shown = 8;
    private const int MaxCaptured = 200_000;

    private readonly Cell _cell;
    private readonly IReadOnlyList<Step> _steps;
    private readonly int _port;
    private readonly Dictionary<int, JournalEntry> _client;
    private readonly Dictionary<int, JournalEntry>? _server;
    private readonly List<string> _faults = [];

    public Comparison(
        Cell cell, IReadOnlyList<Step> steps, int port, IReadOnlyList<JournalEntry> client, IReadOnlyList<JournalEntry>? server)
    {
        (_cell, _steps, _port) = (cell, steps, port);
        _client = ByNumber(client, "client");
        _server = server is null ? null : ByNumber(server, "server");
    }

    /// <summary>The exchanges that were seen at one end.</summary>
    public void Add(string role, IReadOnlyList<TraceRecord> records, IReadOnlyList<HarEntry> entries)
    {
        ILookup<string?, TraceRecord> byUri = records.ToLookup(x => x.Uri);
        ILookup<string, HarEntry> headers = entries.ToLookup(x => x.Uri);
        foreach (Step step in _steps)
        {
            TraceRecord[] ours = [.. byUri[step.Path]];
            HarEntry[] archived = [.. headers[step.Path]];
            if (role == "client" && MayBeSentAgain(step) && ours.Length == 2 && archived.Length == 2)
            {
                ours = [.. ours.Where(x => !IsInVain(x, ours))];
                archived = [.. archived.Where(x => x.ResponseHeaders.Count > 0)];
            }

            if (ours.Length != 1 || archived.Length != 1)
            {
                _faults.Add($"{role}: {ours.Length} records and {archived.Length} of the recording for {step.Line}\n{string.Join('\n', ours.AsEnumerable())}");
                continue;
            }

            var differences = new List<string>();
            JournalEntry client = _client[step.N];
            JournalEntry? server = _server?[step.N];
            Compare(role, step, ours[0], client, server, differences);
            CompareFields(step, archived[0], client, server, differences);
            if (differences.Count > 0)
            {
                _faults.Add($"{role}: {string.Join(", ", differences)}\n  step:   {step.Line}\n  client: {client}\n  server: {server}\n  trace:  {ours[0]}\n  fields: {Text(archived[0])}");
            }
        }

        HashSet<string> wanted = [.. _steps.Select(x => x.Path)];
        _faults.AddRange(records.Where(x => x.Uri is null || !wanted.Contains(x.Uri)).Select(x => $"{role}: not asked for: {x}"));
    }

    public void AssertEqual() =>
        Assert.True(_faults.Count == 0, $"{_cell}: {_faults.Count} differences\n{string.Join('\n', _faults.Take(Shown))}");

    private void Compare(string role, Step step, TraceRecord ours, JournalEntry client, JournalEntry? server, List<string> differences)
    {
        Same("role", role, ours.Role);
        Same("version", _cell.Version, ours.Version);
        if (_cell.HasTls && ours.PeerProof is not ("nested_call" or "ciphertext_match"))
        {
            differences.Add($"the peer's proof is {ours.PeerProof}");
        }

        Same("method", step.Method, ours.Method);
        Same("method of the client's journal", client.Method, ours.Method);
        Same("server's port", _port, ours.ServerPort);

        // A client whose write fails, as it was answered and hung up on early, may never read the answer: then none came to its end.
        bool isUnread = step.Case == "early" && role == "client" && client.Status is null && ours.Status is null;
        Same("status", isUnread ? null : client.Status ?? server?.Status, ours.Status);
        if (server is not null)
        {
            Same("method of the server's journal", server.Method, ours.Method);
            Same("target of the server's journal", server.Uri, ours.Uri);
            Same("status of the server's journal", isUnread ? null : server.Status, ours.Status);
            Same("client's port", server.Port, ours.ClientPort);
        }

        if (step.Case == "early")
        {
            return; // how much of the request was sent by then is not told the same way by any two
        }

        if (client.Sent is { } bySender)
        {
            Same("body that the client sent", bySender, ours.RequestBody ?? 0);
        }

        Same("body that the client received", client.Received, ours.ResponseBody ?? 0);
        if (server?.Received is { } received)
        {
            Same("body that the server received", received, ours.RequestBody ?? 0);
        }

        // The server's write may fail though every byte of it has gone out, and it counts none of them.
        bool isResetWhole = _cell.Client.ResetsWholeStreams && _cell.Version == HttpVersion.Two && ours.State == "aborted";
        if (server?.Sent is { } sent && !isResetWhole)
        {
            Same("body that the server sent", sent, ours.ResponseBody ?? 0);
        }

        if (step.Abort)
        {
            Same("state", "aborted", ours.State);
            Same("who ended it", _cell.Version == HttpVersion.Two ? "client" : null, ours.ResetBy);
            Same("with which error", _cell.Version == HttpVersion.Two ? "CANCEL" : null, ours.ResetError);
            return;
        }

        Same("client's error", null, client.Error);
        if (isResetWhole)
        {
            Same("who ended it", "client", ours.ResetBy);
            Same("with which error", "STREAM_CLOSED", ours.ResetError);
        }
        else
        {
            Same("state", "done", ours.State);
        }

        if (!IsLarge(step) || ours.Completeness != "truncated")
        {
            Same("completeness", "complete", ours.Completeness);
        }

        void Same<T>(string what, T expected, T found)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, found))
            {
                differences.Add(string.Create(CultureInfo.InvariantCulture, $"{what} is {expected}, traced {found}"));
            }
        }
    }

    private void CompareFields(Step step, HarEntry ours, JournalEntry client, JournalEntry? server, List<string> differences)
    {
        string number = step.N.ToString(CultureInfo.InvariantCulture);
        if (client.Status is not null)
        {
            Same("number of the response", client.Number, ours.ResponseHeaders.GetValueOrDefault("x-number"));
            Same("number of the step", number, ours.ResponseHeaders.GetValueOrDefault("x-number"));
        }

        if (server is not null)
        {
            Same("number of the request", server.Number, ours.RequestHeaders.GetValueOrDefault("x-number"));
        }

        bool hasSum = step.Case == "chunked" && _cell.Server.Trailers.Contains(_cell.Version);
        Same("trailers of the response", hasSum ? "x-sum=" + number : "", Text(ours.ResponseTrailers));
        Same("trailers of the request", step.Trailers ? "x-total=" + number : "", Text(ours.RequestTrailers));
        if (client.Trailers is { } received)
        {
            Same("trailers that the client received", Text(received), Text(ours.ResponseTrailers));
        }

        if (server?.Trailers is { } sent)
        {
            Same("trailers that the server received", Text(sent), Text(ours.RequestTrailers));
        }

        void Same(string what, string? expected, string? found)
        {
            if (expected != found)
            {
                differences.Add($"{what}: '{expected}', traced '{found}'");
            }
        }
    }

    private Dictionary<int, JournalEntry> ByNumber(IReadOnlyList<JournalEntry> journal, string whose)
    {
        Assert.True(
            journal.Select(x => x.N).Order().SequenceEqual(_steps.Select(x => x.N)),
            $"{_cell}: the {whose}'s journal has not each step once; missing {string.Join(", ", _steps.Where(x => journal.Count(y => y.N == x.N) != 1).Select(x => x.Line))}");
        return journal.ToDictionary(x => x.N);
    }

    // A server that has answered early closes the connection as soon as it likes. Who has sent the next request there by then sends it
    // again on another one (RFC 9112, section 9.3.1).
    private bool MayBeSentAgain(Step step) =>
        _cell.Version == HttpVersion.One && _steps.Any(x => x.N == step.N - 1 && x.Case == "early");

    private static bool IsInVain(TraceRecord ours, IEnumerable<TraceRecord> all) =>
        ours is { State: "aborted", ErrorType: "connection_closed", Status: null } && all.Any(x => x.Start > ours.Start && x.ClientPort != ours.ClientPort);

    // One call may move more than is captured of a call at the most; the size is right all the same.
    private static bool IsLarge(Step step) =>
        step.Body > MaxCaptured || (long.TryParse(step.Argument, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size > MaxCaptured);

    private static string Text(HarEntry entry) =>
        $"{Text(entry.RequestHeaders)} | {Text(entry.RequestTrailers)} | {Text(entry.ResponseHeaders)} | {Text(entry.ResponseTrailers)}";

    private static string Text(IReadOnlyDictionary<string, string> fields) =>
        string.Join("; ", fields.Select(x => $"{x.Key.ToLowerInvariant()}={x.Value}").Order(StringComparer.Ordinal));
}
