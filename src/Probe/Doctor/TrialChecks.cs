// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;
using L7Trace.Probe.Scope;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Doctor;

/// <summary>Checks that do the thing itself: make a ring, load the programs, attach them to a scope without members.</summary>
internal static class TrialChecks
{
    private const uint TrialRing = 64 * 1024;

    internal static IEnumerable<DoctorCheck> All(SystemFacts facts)
    {
        yield return Version();
        var ring = Ring(facts);
        yield return ring;
        if (ring.Result == DoctorResult.Fail)
        {
            yield return Skipped("bpf-object", "the programs of l7trace", DoctorSeverity.Required);
            yield return Skipped("sock-tracepoints", "socket tracepoints", DoctorSeverity.Optional);
            yield break;
        }

        yield return Object(facts);
        yield return SockTracepoints();
    }

    private static DoctorCheck Version()
    {
        const string Title = "libbpf";
        try
        {
            return new DoctorCheck(
                "libbpf", Title, DoctorSeverity.Required, DoctorResult.Pass, LibBpfVersion.Read());
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return new DoctorCheck(
                "libbpf", Title, DoctorSeverity.Required, DoctorResult.Fail, e.Message, "apt-get install libbpf1");
        }
    }

    private static DoctorCheck Ring(SystemFacts facts) => Try(
        "ring-buffer", "a ring buffer", DoctorSeverity.Required, facts, () =>
        {
            using var ring = TrialMap.CreateRing(TrialRing);
            return "made one of 64 KiB";
        });

    private static DoctorCheck Object(SystemFacts facts) => Try(
        "bpf-object", "the programs of l7trace", DoctorSeverity.Required, facts, () =>
        {
            using var loaded = L7Object.Load(EmptyScope(), TrialRing, TrialRing, ObjectForm.FileWalk);
            loaded.Attach();
            return loaded.Form == ObjectForm.FileWalk
                ? $"{loaded.AttachedPrograms} programs loaded and attached"
                : $"{loaded.AttachedPrograms} programs loaded and attached, in the form for kernels without bpf_loop";
        });

    private static DoctorCheck SockTracepoints()
    {
        const string Id = "sock-tracepoints";
        const string Title = "socket tracepoints";
        try
        {
            using var loaded = L7Object.LoadAs(ObjectForm.SockTracepoints, EmptyScope(), TrialRing, TrialRing);
            loaded.Attach();
            return new DoctorCheck(
                Id, Title, DoctorSeverity.Optional, DoctorResult.Pass,
                $"sock_send_length and sock_recv_length tell the socket of a call ({loaded.AttachedPrograms} programs)");
        }
        catch (Exception e) when (e is LibBpfException or ProbeException or DllNotFoundException)
        {
            return new DoctorCheck(
                Id, Title, DoctorSeverity.Optional, DoctorResult.Warn,
                $"not usable, sockets are found by the task's files: {FirstLine(e.Message)}");
        }
    }

    // A scope of processes with no process in it: whatever the machine does meanwhile, nothing is captured.
    private static L7Config EmptyScope() =>
        ProbeOptionsCheck.ToConfig(new ProbeOptions { Scope = new ProbeScope { ProcessIds = [0] } });

    private static DoctorCheck Try(
        string id, string title, DoctorSeverity severity, SystemFacts facts, Func<string> trial)
    {
        try
        {
            return new DoctorCheck(id, title, severity, DoctorResult.Pass, trial());
        }
        catch (LibBpfException failure)
        {
            return Failed(id, title, severity, ProbeErrors.Explain(failure, facts));
        }
        catch (ProbeException failure)
        {
            return Failed(id, title, severity, failure);
        }
        catch (DllNotFoundException failure)
        {
            return new DoctorCheck(id, title, severity, DoctorResult.Fail, failure.Message, "apt-get install libbpf1");
        }
    }

    private static DoctorCheck Failed(string id, string title, DoctorSeverity severity, ProbeException failure)
    {
        var lines = failure.Message.Split('\n', StringSplitOptions.TrimEntries);
        var advice = lines.Skip(1).FirstOrDefault(line => line.StartsWith("try:", StringComparison.Ordinal)) ?? "";
        return new DoctorCheck(
            id, title, severity, DoctorResult.Fail, lines[0], advice.Length != 0 ? advice[4..].Trim() : "");
    }

    private static DoctorCheck Skipped(string id, string title, DoctorSeverity severity) =>
        new(id, title, severity, DoctorResult.Skip, "BPF itself does not work");

    private static string FirstLine(string text) => text.Split('\n')[0];
}
