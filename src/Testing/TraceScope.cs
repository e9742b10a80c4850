// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Testing.Helper;

namespace L7Trace.Testing;

/// <summary>
/// A span of time in a trace: what began in it belongs to it. Ends with <see cref="CompleteAsync"/>, which gives what ran, or with
/// its disposal, which gives nothing.
/// </summary>
public sealed class TraceScope : IDisposable
{
    /// <summary>Exchanges of one scope at most; with more the result is inconclusive.</summary>
    public const int MaxExchanges = 1_000_000;

    private const int MaxDoubts = 20;

    private readonly L7Tracer _tracer;
    private readonly Lock _lock = new();
    private readonly List<TracedStatement> _statements = [];
    private readonly List<TracedRequest> _requests = [];
    private readonly Dictionary<string, TracedStatement> _runningStatements = [];
    private readonly Dictionary<string, TracedRequest> _runningRequests = [];
    private readonly long _begin;
    private readonly IReadOnlyDictionary<string, long> _lostBefore;
    private readonly List<string> _doubts = [];
    private bool _isOver;
    private bool _isFull;

    internal TraceScope(L7Tracer tracer, string? name, ScopeFilter? filter, long begin, IReadOnlyDictionary<string, long> lostBefore)
    {
        (_tracer, Name, Filter, _begin, _lostBefore) = (tracer, name, filter, begin, lostBefore);
    }

    /// <summary>What the test calls it.</summary>
    public string? Name { get; }

    /// <summary>What belongs to it besides its time; null for all.</summary>
    public ScopeFilter? Filter { get; }

    /// <summary>
    /// Ends the scope. A barrier and no sleep: everything that was on the wire before the call is in the result. What still runs then
    /// is waited for (<see cref="L7TracerOptions.Patience"/>), and in the result as running if it goes on.
    /// </summary>
    /// <exception cref="L7TraceException">The tracer has ended, or does not answer.</exception>
    /// <exception cref="InvalidOperationException">It is over already.</exception>
    public async Task<TraceResult> CompleteAsync(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        var end = _tracer.Now;
        try
        {
            var after = await _tracer.MarkAsync(_tracer.Options.Patience, cancellation).ConfigureAwait(false);
            return Result(end, after);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Ends the scope; what ran in it is forgotten.</summary>
    public void Dispose()
    {
        _isOver = true;
        _tracer.End(this);
    }

    internal void Take(JsonElement record, long start)
    {
        if (start < _begin)
        {
            return;
        }

        lock (_lock)
        {
            if (_statements.Count + _requests.Count >= MaxExchanges)
            {
                _isFull = true;
            }
            else if (RecordReader.Statement(record) is { } statement)
            {
                Keep(statement, Has(Filter is null ? true : Filter.Has(statement), statement), _statements, _runningStatements);
            }
            else if (RecordReader.Request(record) is { } request)
            {
                Keep(request, Has(Filter is null ? true : Filter.Has(request), request), _requests, _runningRequests);
            }
        }
    }

    // What the filter can't judge may be the scope's: it is left out, and the result says so.
    private bool Has(bool? belongs, TracedExchange exchange)
    {
        if (belongs is null && _doubts.Count < MaxDoubts)
        {
            _doubts.Add($"{exchange}: it is not known whether it is of {Filter}");
        }

        return belongs == true;
    }

    // What is shown as running comes again, with the same id, when it has ended.
    private static void Keep<T>(T exchange, bool isWanted, List<T> list, Dictionary<string, T> running)
        where T : TracedExchange
    {
        if (!isWanted)
        {
            return;
        }

        running.Remove(exchange.Id);
        if (exchange.IsRunning)
        {
            running.Add(exchange.Id, exchange);
        }
        else
        {
            list.Add(exchange);
        }
    }

    private TraceResult Result(long end, MarkRecord after)
    {
        lock (_lock)
        {
            var last = new DateTimeOffset(DateTime.UnixEpoch.AddTicks(end / 100), TimeSpan.Zero);
            var losses = after.Losses.Select(x => (x.Key, Count: x.Value - _lostBefore.GetValueOrDefault(x.Key))).Where(static x => x.Count > 0)
                .ToDictionary(static x => x.Key, static x => x.Count);
            return new TraceResult(
                Name,
                _tracer.Options,
                [.. _statements.Concat(_runningStatements.Values).Where(x => x.Start <= last).OrderBy(static x => x.Start)],
                [.. _requests.Concat(_runningRequests.Values).Where(x => x.Start <= last).OrderBy(static x => x.Start)],
                losses,
                _isFull ? [.. _doubts, string.Create(CultureInfo.InvariantCulture, $"more than {MaxExchanges} exchanges in one scope: the later ones were left out")] : _doubts);
        }
    }
}
