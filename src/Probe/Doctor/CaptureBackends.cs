// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Scope;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Doctor;

/// <summary>The ways to capture, best first: the first that loads is the one that a trace takes.</summary>
internal static class CaptureBackends
{
    /// <summary>Rings of the trials: nothing is captured, so the smallest do.</summary>
    internal const uint TrialRing = 64 * 1024;

    /// <summary>All of them.</summary>
    internal static IReadOnlyList<CaptureBackend> All { get; } =
    [
        new("syscall", "capture at system calls", LoadSystemCalls),
    ];

    /// <summary>A scope of processes with no process in it: whatever the machine does meanwhile, nothing is captured.</summary>
    internal static L7Config EmptyScope() =>
        ProbeOptionsCheck.ToConfig(new ProbeOptions { Scope = new ProbeScope { ProcessIds = [0] } });

    private static BackendTrial LoadSystemCalls()
    {
        using var loaded = L7Object.Load(EmptyScope(), TrialRing, TrialRing);
        loaded.Attach();
        var evidence = $"{loaded.AttachedPrograms} programs loaded and attached; " + loaded.Form switch
        {
            ObjectForm.SockTracepoints => "the kernel's socket tracepoints tell the socket of a call",
            ObjectForm.FileWalk => "sockets are found by the task's files",
            _ => "sockets are found by the task's files, without bpf_loop: a shorter reach into arrays of buffers",
        };
        return new BackendTrial(evidence, UprobeTrial.Attach(loaded), loaded.Form == ObjectForm.SockTracepoints);
    }
}
