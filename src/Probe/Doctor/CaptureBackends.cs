// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Scope;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Doctor;

/// <summary>The ways to capture, best first: the first that loads is the one that a trace takes.</summary>
internal static class CaptureBackends
{
    /// <summary>Rings of the trials: nothing is captured, so the smallest do.</summary>
    internal const uint TrialRing = 64 * 1024;

    /// <summary>All of them, in the order in which a trace tries them on this kernel.</summary>
    internal static IReadOnlyList<BackendCheck> All { get; } = InOrder(KernelPreemption.Read());

    /// <summary>The same for a kernel that is preempted, or not.</summary>
    internal static IReadOnlyList<BackendCheck> InOrder(bool isPreempted) =>
    [
        .. ObjectLoader.InOrder(isPreempted).Select(static backend => new BackendCheck(backend.Name(), TitleOf(backend), () => Load(backend))),
    ];

    /// <summary>A scope of processes with no process in it: whatever the machine does meanwhile, nothing is captured.</summary>
    internal static L7Config EmptyScope() =>
        ProbeOptionsCheck.ToConfig(new ProbeOptions { Scope = new ProbeScope { ProcessIds = [0] } });

    private static string TitleOf(CaptureBackend backend) => backend switch
    {
        CaptureBackend.Fentry => "capture at kernel functions, by fentry",
        CaptureBackend.Kprobe => "capture at kernel functions, by kprobes",
        _ => "capture at system calls",
    };

    private static BackendTrial Load(CaptureBackend backend) => ObjectLoader.WithTwins(byKprobe =>
    {
        using var loaded = ObjectLoader.Load(EmptyScope(), TrialRing, TrialRing, backend, byKprobe: byKprobe).Object;
        loaded.Attach();
        var evidence = $"{loaded.AttachedPrograms} programs attached; {Describe(loaded.Form)}";
        if (loaded.MissingFunctions.Count != 0)
        {
            evidence += $"; this kernel does not have {string.Join(", ", loaded.MissingFunctions)}";
        }

        if (loaded.Twins.Any())
        {
            evidence += $"; by kprobes, as fentry can't have them: {string.Join(", ", loaded.Twins)}";
        }

        return new BackendTrial(evidence, UprobeTrial.Attach(loaded), loaded.Form.SockTracepoints);
    });

    private static string Describe(ObjectForm form) => (form.Backend, form.SockTracepoints, form.Loops) switch
    {
        (CaptureBackend.Syscall, true, _) =>
            "the kernel's socket tracepoints tell the socket of a call; what io_uring moves is counted, not read",
        (CaptureBackend.Syscall, false, true) => "sockets are found by the task's files; io_uring is not seen",
        (CaptureBackend.Syscall, false, false) =>
            "sockets are found by the task's files, without bpf_loop: a shorter reach into arrays of buffers; io_uring is not seen",
        (_, true, _) => "the kernel's socket tracepoints tell what a call moved",
        (_, false, true) => "the functions' returns tell what a call moved",
        _ => "the functions' returns tell what a call moved, without bpf_loop: a shorter reach into arrays of buffers",
    };
}
