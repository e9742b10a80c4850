// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Spans;

/// <summary>
/// What is known of the processes of exchanges. Of a live trace it is read from /proc, when a process is first met and
/// again once a second, because it may become another program or its id another process. What began after the exchange is
/// not whose that was. Of a file only what stands in it is known: this machine's processes are others. Not thread-safe.
/// </summary>
internal sealed class TracedProcesses(bool isLive, Func<uint, ProcessDetails?>? read = null, Func<DateTimeOffset>? now = null)
{
    private const int MaxRemembered = 10_000;
    private static readonly TimeSpan _freshness = TimeSpan.FromSeconds(1);

    // The kernel counts a process's start in hundredths of a second, and the clock may have been set since.
    private static readonly TimeSpan _doubt = TimeSpan.FromSeconds(1);

    private readonly Func<uint, ProcessDetails?> _read = read ?? ProcessDetails.Read;
    private readonly Func<DateTimeOffset> _now = now ?? (static () => DateTimeOffset.UtcNow);
    private readonly Dictionary<uint, Known> _known = [];
    private readonly Dictionary<(uint Id, string? Command), TracedProcess> _named = [];
    private readonly string? _host = isLive ? Environment.MachineName : null;

    /// <summary>The process that made or served the call.</summary>
    public TracedProcess Of(Exchange exchange)
    {
        var (id, command) = ExchangeFacts.ProcessOf(exchange);
        if (!isLive || id == 0)
        {
            return Named(id, command);
        }

        var time = _now();
        if (!_known.TryGetValue(id, out var known) || time - known.ReadAt > _freshness)
        {
            known = Look(id, known, time);
        }

        // ReadAt alone says that there was nothing to read.
        return known.Process is not null && known.Details!.CreationTime - DateTimeOffset.UnixEpoch <= TimeSpan.FromTicks(exchange.Start / 100) + _doubt
            ? known.Process
            : Named(id, command);
    }

    private Known Look(uint id, Known old, DateTimeOffset time)
    {
        if (_known.Count >= MaxRemembered)
        {
            _known.Clear();
        }

        var details = _read(id);
        var same = details is null || (old.Process is not null && details == old.Details);
        return _known[id] = same ? old with { ReadAt = time } : new Known(details, details!.Describe(id, _host), time);
    }

    private TracedProcess Named(uint id, string? command)
    {
        if (_named.TryGetValue((id, command), out var process))
        {
            return process;
        }

        if (_named.Count >= MaxRemembered)
        {
            _named.Clear();
        }

        return _named[(id, command)] = new TracedProcess { ProcessId = id == 0 ? null : id, ExecutableName = command, HostName = _host };
    }

    private readonly record struct Known(ProcessDetails? Details, TracedProcess? Process, DateTimeOffset ReadAt);
}
