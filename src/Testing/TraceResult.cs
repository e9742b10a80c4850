// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Sql;

namespace L7Trace.Testing;

/// <summary>
/// What ran in a scope. Assertions return the result, so that they can be chained; they throw
/// <see cref="L7TraceAssertionException"/> with a table of what ran, or <see cref="L7TraceInconclusiveException"/> where something that
/// they depend on was not seen.
/// </summary>
public sealed partial class TraceResult
{
    private readonly L7TracerOptions _options;
    private readonly List<string> _doubts = [];

    internal TraceResult(
        string? name, L7TracerOptions options, IReadOnlyList<TracedStatement> commands, IReadOnlyList<TracedRequest> requests,
        IReadOnlyDictionary<string, long> losses, IReadOnlyList<string> doubts)
    {
        (Name, _options, Commands, Requests, Losses) = (name, options, commands, requests, losses);
        Statements = [.. commands.Where(x => x.IsStatement && (options.CountSetup || x.Noise == SetupNoise.None) && !options.Ignored.Any(ignores => ignores(x)))];
        _doubts.AddRange(losses.Select(static x => string.Create(CultureInfo.InvariantCulture, $"{x.Key}: {x.Value} (what was lost may have been a statement or a request of this scope)")));
        _doubts.AddRange(doubts);
        _doubts.AddRange(commands.Where(static x => x.Command == "Unknown").Select(static x => $"an answer was seen whose command was not (connection {x.Client})"));
    }

    /// <summary>The scope's name.</summary>
    public string? Name { get; }

    /// <summary>
    /// The application's statements in the order in which they began: without set-up (sessions, transactions, schema) and what
    /// the options ignore.
    /// </summary>
    public IReadOnlyList<TracedStatement> Statements { get; }

    /// <summary>All MySQL commands, logins, pings and set-up too.</summary>
    public IReadOnlyList<TracedStatement> Commands { get; }

    /// <summary>HTTP requests with their responses, in the order in which they began.</summary>
    public IReadOnlyList<TracedRequest> Requests { get; }

    /// <summary>What the tracer lost while the scope was open, by the names of docs/json.md; empty when nothing was.</summary>
    public IReadOnlyDictionary<string, long> Losses { get; }

    /// <summary>True when everything was seen: only then can an assertion pass.</summary>
    public bool IsConclusive => Doubts.Count == 0;

    /// <summary>Why it is not.</summary>
    public IReadOnlyList<string> Doubts =>
        [.. _doubts, .. Commands.Concat<TracedExchange>(Requests).Where(static x => x.Doubt is not null).Select(static x => $"{x}: {x.Doubt}")];

    /// <summary>A table of what ran, safe for any terminal.</summary>
    public override string ToString() => ResultTable.Of(this, _options.ShowValues);
}
