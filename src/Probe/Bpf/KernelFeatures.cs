// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// What the programs need of a kernel, each found by trying it: distributions port features back, and a version says
/// nothing about what a configuration left out. Asked when a load has failed, to name the reason.
/// </summary>
internal static class KernelFeatures
{
    private const uint SmallRing = 64 * 1024;
    private const int PerCpuArrayType = 6;
    private const int LruHashType = 9;
    private const int TracingProgram = 26;
    private const int ProbeProgram = 2; // BPF_PROG_TYPE_KPROBE, of probes of functions too

    private static readonly (KernelFeature Feature, Func<bool> IsThere)[] s_all =
    [
        (new("bpf", "bpf(2) system call", "a kernel built with CONFIG_BPF_SYSCALL=y"), HasSystemCall),
        (new("ring-buffer", "BPF ring buffer (BPF_MAP_TYPE_RINGBUF)", "kernel 5.8 or later, or one with it ported back"), HasRing),
        (new("per-cpu-array", "BPF map of the kind PERCPU_ARRAY", "a kernel built with CONFIG_BPF_SYSCALL=y"),
            static () => LibBpf.ProbeMapType(PerCpuArrayType, 0) == 1),
        (new("lru-hash", "BPF map of the kind LRU_HASH", "kernel 4.10 or later"), static () => LibBpf.ProbeMapType(LruHashType, 0) == 1),
        (new("tracing-programs", "BPF programs of the kind TRACING (tp_btf, fentry)",
            "kernel 5.5 or later, built with CONFIG_DEBUG_INFO_BTF=y"), static () => LibBpf.ProbeProgramType(TracingProgram, 0) == 1),
        (new("probe-programs", "BPF programs of the kind KPROBE (also for TLS libraries)",
            "a kernel built with CONFIG_BPF_EVENTS=y, CONFIG_KPROBES=y and CONFIG_UPROBES=y"),
            static () => LibBpf.ProbeProgramType(ProbeProgram, 0) == 1),
    ];

    /// <summary>Those that this kernel does not have, the most basic first. With no right to try, that is all of them.</summary>
    internal static IReadOnlyList<KernelFeature> Missing() => Missing(s_all);

    /// <summary>The same for a list of one's own.</summary>
    internal static IReadOnlyList<KernelFeature> Missing(IEnumerable<(KernelFeature Feature, Func<bool> IsThere)> features)
    {
        var missing = new List<KernelFeature>();
        foreach (var (feature, isThere) in features)
        {
            if (!isThere())
            {
                missing.Add(feature);
            }
        }

        LibBpfLog.Clear(); // a trial that fails is no part of a failure's story
        return missing;
    }

    private static bool HasSystemCall()
    {
        try
        {
            using var any = TrialMap.CreateArray();
            return true;
        }
        catch (LibBpfException failure)
        {
            return failure.Errno != LibC.ENOSYS;
        }
    }

    private static bool HasRing()
    {
        try
        {
            using var ring = TrialMap.CreateRing(SmallRing);
            return true;
        }
        catch (LibBpfException failure)
        {
            return failure.Errno != LibC.EINVAL; // the answer to a kind of map that is not known
        }
    }
}
