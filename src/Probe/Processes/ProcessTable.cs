// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;

namespace L7Trace.Probe.Processes;

/// <summary>
/// Facts of processes, read when they are first asked for and kept when they have ended, so that the last exchanges of
/// a short program still have a name. Usable from any thread.
/// </summary>
internal sealed class ProcessTable(ProcFs proc)
{
    /// <summary>Processes remembered; the ended ones go first when there are more.</summary>
    private const int MaxProcesses = 16_384;

    private readonly ConcurrentDictionary<uint, ProcessFacts> _facts = new();
    private readonly ConcurrentQueue<uint> _ended = new();

    /// <summary>The facts; null when the process was gone before anybody asked.</summary>
    internal ProcessFacts? Find(uint processId) =>
        _facts.TryGetValue(processId, out var facts) ? facts : Learn(processId);

    /// <summary>It was seen: reads the facts while they are to be had.</summary>
    internal void See(uint processId)
    {
        if (!_facts.ContainsKey(processId))
        {
            Learn(processId);
        }
    }

    /// <summary>It is new or runs another program: what is remembered under its id is read again.</summary>
    internal void Changed(uint processId)
    {
        if (_facts.ContainsKey(processId))
        {
            Learn(processId);
        }
    }

    /// <summary>It ended; its facts stay for a while.</summary>
    internal void Ended(uint processId)
    {
        if (_facts.ContainsKey(processId))
        {
            _ended.Enqueue(processId);
        }

        while (_facts.Count > MaxProcesses && _ended.TryDequeue(out var oldest))
        {
            _facts.TryRemove(oldest, out _);
        }
    }

    private ProcessFacts? Learn(uint processId)
    {
        if (ProcessFacts.Read(processId, proc) is not { } facts)
        {
            return null;
        }

        if (_facts.Count <= MaxProcesses || _facts.ContainsKey(processId))
        {
            _facts[processId] = facts;
        }

        return facts;
    }
}
