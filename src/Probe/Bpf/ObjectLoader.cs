// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Bpf;

/// <summary>Finds the form in which this kernel takes the object, by trying: what a version promises is often not so.</summary>
internal static partial class ObjectLoader
{
    /// <summary>Functions that fentry may fail for one by one, before the next form is tried.</summary>
    private const int MaxTwins = 4;

    /// <summary>Opens and loads the best form that this kernel takes.</summary>
    /// <param name="config">The knobs.</param>
    /// <param name="dataRingBytes">Size of the data ring.</param>
    /// <param name="controlRingBytes">Size of the control ring.</param>
    /// <param name="backend">The only backend that is tried; null for all.</param>
    /// <param name="programs">What is loaded of it.</param>
    /// <param name="sockTracepoints">False to do without the kernel's socket tracepoints.</param>
    /// <param name="byKprobe">Functions that fentry is not to be tried for; those that it fails for are added.</param>
    /// <exception cref="LibBpfException">No form loads; this is what the most telling one said.</exception>
    internal static LoadedObject Load(
        L7Config config,
        uint dataRingBytes,
        uint controlRingBytes,
        CaptureBackend? backend = null,
        ObjectPrograms programs = ObjectPrograms.SocketsAndTls,
        bool sockTracepoints = true,
        HashSet<string>? byKprobe = null)
    {
        var refusals = new List<BackendRefusal>();
        LibBpfException? telling = null;
        foreach (var candidate in Candidates(backend, programs))
        {
            if (backend is null && QuickTrial.Refuses(candidate) is { } reason)
            {
                refusals.Add(new BackendRefusal(candidate, reason));
                continue;
            }

            LibBpfException? failure = null;
            foreach (var form in ObjectForm.Of(candidate).Where(form => sockTracepoints || !form.SockTracepoints))
            {
                try
                {
                    return new LoadedObject(LoadWithTwins(form, config, dataRingBytes, controlRingBytes, programs, byKprobe ?? []), refusals);
                }
                catch (LibBpfException refused)
                {
                    // The first form fails on many kernels, the last one asks least: the one between tells most.
                    failure = failure is null || form is { SockTracepoints: false, Loops: true } ? refused : failure;
                }
            }

            refusals.Add(new BackendRefusal(candidate, failure!.Message.Split('\n')[0]));
            telling = failure;
        }

        throw telling ?? throw new ArgumentOutOfRangeException(nameof(backend));
    }

    private static CaptureBackend[] Candidates(CaptureBackend? backend, ObjectPrograms programs) =>
        backend is { } only ? [only]
            : programs is ObjectPrograms.Secrets or ObjectPrograms.Functions ? [CaptureBackend.Syscall]
            : InOrder(KernelPreemption.Read());

    /// <summary>The backends in the order in which they are tried: the cheapest first that sees every call.</summary>
    /// <param name="isPreempted">The kernel is one that skips the programs of fentry now and then.</param>
    internal static CaptureBackend[] InOrder(bool isPreempted) => isPreempted
        ? [CaptureBackend.Kprobe, CaptureBackend.Fentry, CaptureBackend.Syscall]
        : [CaptureBackend.Fentry, CaptureBackend.Kprobe, CaptureBackend.Syscall];

    /// <summary>
    /// Does what begins with a load and ends with an attached object, and does it again where a function turns out to be one that fentry
    /// can't have (other tracers have taken all its places, say): that one is taken by a kprobe then, and the others stay as they are.
    /// </summary>
    /// <param name="start">Given the functions that fentry is not to be tried for; lets go of what it made when it throws.</param>
    internal static T WithTwins<T>(Func<HashSet<string>, T> start)
    {
        var byKprobe = new HashSet<string>();
        while (true)
        {
            try
            {
                return start(byKprobe);
            }
            catch (LibBpfException failure) when (failure.Program is { } program && FunctionOf(program) is { } function && TakesTwin(byKprobe, function))
            {
            }
        }
    }

    // The same for one that does not load (in no trace list, say).
    private static L7Object LoadWithTwins(
        ObjectForm form, L7Config config, uint dataRingBytes, uint controlRingBytes, ObjectPrograms programs, HashSet<string> byKprobe)
    {
        while (true)
        {
            try
            {
                return L7Object.LoadAs(form, config, dataRingBytes, controlRingBytes, programs, byKprobe);
            }
            catch (LibBpfException failure) when (
                form.Backend == CaptureBackend.Fentry
                && FailedProgram().Matches(failure.Log) is [.., var last]
                && FunctionOf(last.Groups[1].Value) is { } function
                && TakesTwin(byKprobe, function))
            {
            }
            catch (LibBpfException failure) when (!form.IsPlain && failure.Log.Contains("bpf_rdonly_cast", StringComparison.Ordinal))
            {
                form = form with { IsPlain = true };
            }
        }
    }

    private static bool TakesTwin(HashSet<string> byKprobe, string function) => byKprobe.Count < MaxTwins && byKprobe.Add(function);

    // A program of fentry or fexit is named after its function.
    private static string? FunctionOf(string program) => KernelFunction.All.FirstOrDefault(function =>
        program == function.EnterByFentry
        || (function.MovesData && program.StartsWith(function.Name + "_leave", StringComparison.Ordinal)))?.Name;

    [GeneratedRegex("prog '([a-z0-9_]+)': (?:failed|BPF program load failed)")]
    private static partial Regex FailedProgram();
}
