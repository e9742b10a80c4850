// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Tls;

/// <summary>Counts calls of TLS libraries for a while: their functions are probed as a trace does it, and nothing of the calls is read.</summary>
public static class TlsHitCounter
{
    /// <summary>Counts until the stop is asked for.</summary>
    /// <param name="scope">Whose calls are told by process; those of all others are told by file only. Must have no ports.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The processes in scope at the end, and the files with their calls.</returns>
    /// <exception cref="ProbeException">It can't; the message says what to do.</exception>
    public static (IReadOnlyList<TlsProcess> Processes, IReadOnlyList<TlsProbedFile> Files) Run(ProbeScope scope, CancellationToken stop)
    {
        using var probe = LiveProbe.Start(new ProbeOptions { Scope = scope, CountsHits = true });
        probe.Run(new TraceEngine(new Nobody()), static _ => { }, stop);
        return (TlsProcesses.Find(scope), probe.ReadProbedFiles());
    }

    private sealed class Nobody : IExchangeHandler
    {
        public void OnExchange(Exchange exchange)
        {
            // no socket is looked at
        }
    }
}
