// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Doctor;

/// <summary>Checks that do the thing itself: make a ring, load the programs, attach them to a scope without members.</summary>
internal static class TrialChecks
{
    private const uint SmallRing = 64 * 1024;
    private const uint ControlRing = 1024 * 1024;
    private const uint DataRing = 16 * 1024 * 1024;
    private const string ProbesTitle = "probes of functions";
    private const string NoLibrary = "apt-get install libbpf1";

    internal static IEnumerable<DoctorCheck> All(SystemFacts facts) => All(facts, CaptureBackends.All, KernelTrials.System);

    /// <summary>The same with backends of one's own.</summary>
    internal static IEnumerable<DoctorCheck> All(SystemFacts facts, IReadOnlyList<BackendCheck> backends, KernelTrials trials)
    {
        yield return Version();
        var ring = Try("ring-buffer", "a ring buffer", DoctorSeverity.Required, facts, trials, static () =>
        {
            using var made = TrialMap.CreateRing(SmallRing);
            return "made one of 64 KiB";
        });
        yield return ring;
        if (ring.Result == DoctorResult.Fail)
        {
            yield return Skipped("ring-memory", "memory for the rings", DoctorSeverity.Required);
            yield return Skipped("capture", "capture", DoctorSeverity.Required);
            foreach (var backend in backends)
            {
                yield return Skipped("backend-" + backend.Name, backend.Title, DoctorSeverity.Optional);
            }

            yield return Skipped("sock-tracepoints", "socket tracepoints", DoctorSeverity.Optional);
            yield return Skipped("uprobes", ProbesTitle, DoctorSeverity.Optional);
            yield break;
        }

        yield return RingMemory(facts, trials);
        foreach (var check in Capture(facts, backends, trials))
        {
            yield return check;
        }
    }

    /// <summary>The verdict on capture at all, then each backend and what came out of their trials.</summary>
    internal static IReadOnlyList<DoctorCheck> Capture(SystemFacts facts, IReadOnlyList<BackendCheck> backends, KernelTrials trials)
    {
        // Once each: the kernel takes its time to verify the programs.
        var results = new List<BackendTrial>();
        var each = backends.Select(backend => (
            backend.Name,
            Check: Try("backend-" + backend.Name, backend.Title, DoctorSeverity.Optional, facts, trials, () =>
            {
                var result = backend.Load();
                results.Add(result);
                return result.Evidence;
            }))).ToList();
        const string Title = "capture";
        var taken = each.FirstOrDefault(static entry => entry.Check.Result == DoctorResult.Pass).Name;
        var names = string.Join(", ", backends.Select(static backend => backend.Name));
        // The last asks least of the kernel: why that one does not load is what matters.
        var verdict = taken is not null
            ? new DoctorCheck(
                "capture", Title, DoctorSeverity.Required, DoctorResult.Pass,
                backends.Count == 1 ? $"by {taken}" : $"by {taken}: the first of {names} that loads")
            : each[^1].Check with { Id = "capture", Title = Title, Severity = DoctorSeverity.Required };

        // One that can't be had is no failure as long as there is another.
        return [verdict, .. each.Select(entry => entry.Check.Result == DoctorResult.Fail && taken is not null
            ? entry.Check with { Result = DoctorResult.Warn }
            : entry.Check),
            SockTracepoints(results),
            results.Select(static result => result.Probes).FirstOrDefault(static probes => probes is not null) is { } outcome
                ? OfUprobes(outcome, facts)
                : Skipped("uprobes", ProbesTitle, DoctorSeverity.Optional)];
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
            return new DoctorCheck("libbpf", Title, DoctorSeverity.Required, DoctorResult.Fail, e.Message, NoLibrary);
        }
    }

    private static DoctorCheck RingMemory(SystemFacts facts, KernelTrials trials) => Try(
        "ring-memory", "memory for the rings", DoctorSeverity.Required, facts, trials, () =>
        {
            using var data = TrialMap.CreateRing(DataRing);
            using var control = TrialMap.CreateRing(ControlRing);
            return $"made rings of 16 MiB and 1 MiB, which are the default (limit of the control group: {facts.MemoryLimit ?? "none"}; "
                + $"of locked memory: {facts.LockedMemoryLimit ?? "unknown"}, which matters before kernel 5.11)";
        });

    private static DoctorCheck SockTracepoints(List<BackendTrial> results)
    {
        const string Id = "sock-tracepoints";
        const string Title = "socket tracepoints";
        const string Good = "sock_send_length and sock_recv_length tell the socket of a call";
        if (results.Any(static result => result.UsesSockTracepoints))
        {
            return new DoctorCheck(Id, Title, DoctorSeverity.Optional, DoctorResult.Pass, Good);
        }

        if (results.Count == 0)
        {
            return Skipped(Id, Title, DoctorSeverity.Optional);
        }

        try
        {
            using var loaded = L7Object.LoadAs(
                new ObjectForm(CaptureBackend.Syscall, SockTracepoints: true, Loops: true),
                CaptureBackends.EmptyScope(), CaptureBackends.TrialRing, CaptureBackends.TrialRing);
            loaded.Attach();
            return new DoctorCheck(Id, Title, DoctorSeverity.Optional, DoctorResult.Pass, Good);
        }
        catch (Exception e) when (e is LibBpfException or ProbeException or DllNotFoundException)
        {
            return new DoctorCheck(
                Id, Title, DoctorSeverity.Optional, DoctorResult.Warn,
                $"not usable, sockets are found by the task's files: {FirstLine(e.Message)}");
        }
    }

    /// <summary>The check for how a trial went.</summary>
    internal static DoctorCheck OfUprobes(UprobeTrial.Outcome outcome, SystemFacts facts)
    {
        const string Id = "uprobes";
        const string Title = ProbesTitle;
        if (outcome.Errno == 0)
        {
            return new DoctorCheck(Id, Title, DoctorSeverity.Optional, DoctorResult.Pass, outcome.IsMulti
                ? "attached one with a multi-uprobe link"
                : "attached one with a perf event (the kernel has no multi-uprobe link: a trace takes a second or two to end)");
        }

        var why = ProbeErrors.WhyNoProbe(outcome.Errno, facts);
        return new DoctorCheck(
            Id, Title, DoctorSeverity.Optional, DoctorResult.Warn, $"can't attach one, so TLS is not read: {why.Reason}", why.Fix);
    }

    private static DoctorCheck Try(
        string id, string title, DoctorSeverity severity, SystemFacts facts, KernelTrials trials, Func<string> trial)
    {
        try
        {
            return new DoctorCheck(id, title, severity, DoctorResult.Pass, trial());
        }
        catch (LibBpfException failure)
        {
            return Failed(id, title, severity, ProbeErrors.Explain(failure, facts, trials));
        }
        catch (ProbeException failure)
        {
            return Failed(id, title, severity, failure);
        }
        catch (DllNotFoundException failure)
        {
            return new DoctorCheck(id, title, severity, DoctorResult.Fail, failure.Message, NoLibrary);
        }
    }

    private static DoctorCheck Failed(string id, string title, DoctorSeverity severity, ProbeException failure)
    {
        var lines = failure.Message.Split('\n', StringSplitOptions.TrimEntries);
        var advice = lines.Skip(1).FirstOrDefault(line => line.StartsWith("try:", StringComparison.Ordinal)) ?? "";
        return new DoctorCheck(id, title, severity, DoctorResult.Fail, lines[0], advice.Length != 0 ? advice[4..].Trim() : "")
        {
            Log = failure.Log,
        };
    }

    private static DoctorCheck Skipped(string id, string title, DoctorSeverity severity) =>
        new(id, title, severity, DoctorResult.Skip, "BPF itself does not work");

    private static string FirstLine(string text) => text.Split('\n')[0];
}
