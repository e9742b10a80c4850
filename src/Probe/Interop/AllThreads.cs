// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using L7Trace.Probe.Errors;

namespace L7Trace.Probe.Interop;

/// <summary>
/// Gives up capabilities in every thread of this process, those of the runtime too, and looks into /proc whether it has
/// come to pass. The signal handler that does it is in all_threads.c, which is a part of the Native AOT program only.
/// </summary>
internal static partial class AllThreads
{
    private const int MaxRounds = 200;
    private const int RoundMilliseconds = 5;
    private const string TaskFolder = "/proc/self/task";

    /// <summary>How it went.</summary>
    /// <param name="Threads">Threads in which it holds.</param>
    /// <param name="Others">Threads in which it does not.</param>
    /// <param name="Error">Why not; null when it holds in all.</param>
    internal readonly record struct Outcome(int Threads, int Others, string? Error);

    /// <summary>Keeps these capabilities and no others, and sets no_new_privs. What a thread does not have, it does not get.</summary>
    internal static Outcome Keep(Capabilities kept)
    {
        int signal;
        try
        {
            signal = KeepCapabilities(kept.Bits);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return new Outcome(0, Count(kept).Others, "this build can't: only the published program (make build) can");
        }

        if (signal < 0)
        {
            return new Outcome(0, Count(kept).Others, LibBpfException.DescribeErrno(signal));
        }

        // A thread that another one starts meanwhile has what its maker had: it is found by looking again.
        for (var round = 0; round < MaxRounds; round++)
        {
            var (done, others) = Count(kept, thread => _ = SignalThread(Environment.ProcessId, thread, signal));
            if (others == 0)
            {
                return new Outcome(done, 0, null);
            }

            Thread.Sleep(RoundMilliseconds);
        }

        var (good, bad) = Count(kept);
        return new Outcome(good, bad, bad == 0 ? null : "some threads did not answer");
    }

    /// <summary>Counts the threads in which no capability but these is left and none can come, and calls back for the others.</summary>
    internal static (int Done, int Others) Count(Capabilities kept, Action<int>? other = null)
    {
        var (done, others) = (0, 0);
        foreach (var folder in Directory.GetDirectories(TaskFolder))
        {
            if (SafeFile.ReadText(folder + "/status") is not { } status)
            {
                continue; // ended meanwhile
            }

            if (IsDone(status, kept))
            {
                done++;
            }
            else
            {
                others++;
                other?.Invoke(int.Parse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture));
            }
        }

        return (done, others);
    }

    /// <summary>True when a /proc/PID/task/TID/status text shows a thread that has nothing but these.</summary>
    internal static bool IsDone(string status, Capabilities kept) =>
        (Capabilities.Parse(status, "CapPrm:").Bits & ~kept.Bits) == 0
        && (Capabilities.Parse(status, "CapEff:").Bits & ~kept.Bits) == 0
        && Capabilities.Parse(status, "CapInh:").Bits == 0
        && Capabilities.FieldOf(status, "NoNewPrivs:") == "1";

    [LibraryImport("l7trace_threads", EntryPoint = "l7_keep_capabilities")]
    private static partial int KeepCapabilities(ulong kept);

    [LibraryImport("libc", EntryPoint = "tgkill")]
    private static partial int SignalThread(int process, int thread, int signal);
}
