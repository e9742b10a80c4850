// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Errors;

/// <summary>Every error text of the probe, in one place: what is wrong, what to try, where more is to be had.</summary>
internal static class ProbeErrors
{
    private const int MostShown = 20; // containers

    private const string Doctor = "more: l7trace doctor";
    private const string Docker = "docker: --privileged --pid host, or --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE";

    private static string Binary => Environment.ProcessPath ?? "l7trace";

    /// <summary>Finds the likeliest reason of a failed load or attach; the system's own words when there is none.</summary>
    /// <param name="failure">What failed.</param>
    /// <param name="facts">What is known of this system.</param>
    /// <param name="trials">What is tried where the facts do not tell.</param>
    internal static ProbeException Explain(LibBpfException failure, SystemFacts facts, KernelTrials trials)
    {
        var missing = facts.Capabilities.Missing();
        var denied = failure.Errno is LibC.EPERM or LibC.EACCES;
        if (missing.Count != 0)
        {
            return MissingPrivilege(missing, facts, failure);
        }

        if (denied && !facts.HasHostUsers)
        {
            return UserNamespace(failure);
        }

        // Attached through perf events, by the number that tracefs tells; others need neither.
        var classic = failure.Operation.StartsWith("attach tp/", StringComparison.Ordinal)
            || failure.Operation.StartsWith("attach tracepoint/", StringComparison.Ordinal);
        if (classic && denied && facts.NeedsSysAdminForPerf)
        {
            return PerfEventParanoid(facts, failure);
        }

        if (!facts.HasBtf)
        {
            return NoBtf(failure, facts.BtfProblem!);
        }

        if (denied && facts.Lockdown == "confidentiality")
        {
            return Lockdown(failure);
        }

        if (classic && facts.Tracefs is null)
        {
            return NoTracefs(failure);
        }

        if (failure.Errno == LibC.ENOMEM)
        {
            return MemoryLimit(failure);
        }

        if (failure.Errno == LibC.EPERM && trials.IsLockedMemoryShort())
        {
            return LockedMemory(failure, facts);
        }

        // A program that the verifier refuses answers EACCES too; then its log is there, and no setting will help.
        if (failure.Errno == LibC.EPERM)
        {
            return Forbidden(failure, facts);
        }

        return trials.MissingFeatures() is [var feature, ..] ? MissingFeature(feature, failure) : Refused(failure);
    }

    /// <summary>Why the kernel refused to probe a function, and what to do.</summary>
    internal static (string Reason, string Fix) WhyNoProbe(int errno, SystemFacts facts)
    {
        var denied = errno is LibC.EPERM or LibC.EACCES;
        var said = LibBpfException.DescribeErrno(errno);
        return facts.Capabilities.Missing() is [_, ..] missing && denied
                ? ($"missing {string.Join(", ", missing)}", $"sudo l7trace ..., or: sudo setcap {Capabilities.SetcapText} l7trace")
            : denied && facts.NeedsSysAdminForPerf
                ? ($"{said}: kernel.perf_event_paranoid={facts.PerfEventParanoid} asks for CAP_SYS_ADMIN",
                    "sudo l7trace ..., or: sudo sysctl kernel.perf_event_paranoid=2")
            : denied ? ($"{said}: {Forbidder(facts)} forbids it", "")
            : (said, "a kernel built with CONFIG_UPROBES=y and CONFIG_UPROBE_EVENTS=y");
    }

    internal static ProbeException ProcessNotFound(uint pid) => new(
        ProbeErrorKind.TargetNotFound,
        "L7T-TGT-01",
        $"cannot trace process {pid}: there is no such process",
        ["try:  ps -e, or --name to wait for a process by its name"]);

    internal static ProbeException ProcessHidden(uint pid) => new(
        ProbeErrorKind.MissingCapability,
        "L7T-CAP-05",
        $"cannot trace process {pid}: /proc hides other users' processes (hidepid), and CAP_SYS_PTRACE is missing",
        [$"try:  sudo setcap {Capabilities.SetcapText} {Binary}", Doctor]);

    internal static ProbeException UserNotFound(string user) => new(
        ProbeErrorKind.TargetNotFound, "L7T-USR-01", $"cannot become {user}: there is no such user", ["try:  getent passwd"]);

    internal static ProbeException CannotBecome(string user, Capabilities permitted) => new(
        ProbeErrorKind.NotRoot,
        "L7T-USR-02",
        $"cannot become {user}: that takes root (missing {string.Join(", ",
            new[] { Capability.SetUid, Capability.SetGid }.Where(capability => !permitted.Has(capability)).Select(Capabilities.NameOf))})",
        ["try:  sudo l7trace ...", "or :  without --user: l7trace runs as who started it"]);

    internal static ProbeException BecomingFailed(string user, string call, int errno) => new(
        ProbeErrorKind.Forbidden,
        "L7T-USR-03",
        $"cannot become {user}: {call}: {LibBpfException.DescribeErrno(errno)}",
        ["try:  without --user", Doctor]);

    internal static ProbeException CgroupNotFound(string path, string? mount) => new(
        ProbeErrorKind.TargetNotFound,
        "L7T-TGT-02",
        $"cannot trace cgroup {path}: there is no such cgroup v2 folder",
        [mount is null ? "try:  mount -t cgroup2 none /sys/fs/cgroup (cgroup v2 is not mounted here)"
            : $"try:  a path below {mount}, as /proc/PID/cgroup shows it behind 0::"]);

    internal static ProbeException ContainerNotFound(string name, IReadOnlyList<string> named, int running) => new(
        ProbeErrorKind.TargetNotFound,
        "L7T-TGT-03",
        $"cannot trace container {name}: no running container has this name, or an id that begins so",
        named.Count > 0 ? ["running:", .. named.Take(MostShown)]
            : [running > 0 ? "try:  its id: no engine answers here that knows names (docker: -v /var/run/docker.sock:/var/run/docker.sock:ro)"
                : "try:  docker ps (no process of this machine is in a container's control group)"]);

    internal static ProbeException ContainerAmbiguous(string name, IReadOnlyList<string> ids) => new(
        ProbeErrorKind.TargetNotFound,
        "L7T-TGT-04",
        $"cannot trace container {name}: several are meant",
        [.. ids.Take(MostShown)]);

    internal static ProbeException InvalidOption(string what) => new(
        ProbeErrorKind.InvalidOption, "L7T-ARG-01", what, ["more: l7trace --help"]);

    internal static ProbeException TooManyTargets(string what, uint room) => new(
        ProbeErrorKind.InvalidOption,
        "L7T-ARG-02",
        $"cannot trace that many {what}: there is room for {room}",
        ["try:  --all with --port, or --cgroup"]);

    internal static ProbeException WrongObject(string detail) => new(
        ProbeErrorKind.Other,
        "L7T-ABI-01",
        $"the embedded BPF object does not fit this program: {detail}",
        ["try:  make clean build (this is a build error, not yours)"]);

    internal static ProbeException ProcessNamespace() => new(
        ProbeErrorKind.ProcessNamespace,
        "L7T-PNS-01",
        "cannot tell processes apart: this process does not see the machine's own process ids",
        ["try:  docker run --pid host ...; kubernetes: hostPID: true", Doctor]);

    internal static ProbeException NoLibrary(DllNotFoundException failure) => new(
        ProbeErrorKind.Other,
        "L7T-LIB-01",
        "cannot load BPF programs: the library libbpf.so.1 is not installed",
        ["try:  apt-get install libbpf1, or the bin/l7trace of `make build`, which has it inside"],
        failure);

    private static ProbeException MissingPrivilege(
        IReadOnlyList<string> missing, SystemFacts facts, LibBpfException failure)
    {
        var have = facts.Capabilities.Present();
        if (!facts.IsRoot && have.Count == 0)
        {
            return new ProbeException(
                ProbeErrorKind.NotRoot,
                "L7T-CAP-01",
                "cannot load BPF programs: this needs root or capabilities",
                ["try:  sudo l7trace ...", $"or :  sudo setcap {Capabilities.SetcapText} {Binary}", Doctor],
                failure);
        }

        return new ProbeException(
            ProbeErrorKind.MissingCapability,
            "L7T-CAP-02",
            $"cannot load BPF programs: missing {string.Join(", ", missing)} "
                + $"(have: {(have.Count == 0 ? "none" : string.Join(", ", have))})",
            [$"try:  sudo setcap {Capabilities.SetcapText} {Binary}", "or :  " + Docker, Doctor],
            failure);
    }

    private static ProbeException UserNamespace(LibBpfException failure) => new(
        ProbeErrorKind.UserNamespace,
        "L7T-UNS-01",
        "cannot load BPF programs: this process is in a user namespace of its own (a rootless container), where capabilities do not count",
        ["try:  l7trace on the host, or in a container that root started", Doctor],
        failure);

    private static ProbeException MissingFeature(KernelFeature feature, LibBpfException failure) => new(
        ProbeErrorKind.MissingFeature,
        "L7T-KRN-01",
        $"{failure.Message}: the kernel has no {feature.Name}",
        ["try:  " + feature.Fix, Doctor],
        failure)
    { Log = failure.Log };

    private static ProbeException NoBtf(LibBpfException failure, string problem) => new(
        ProbeErrorKind.NoBtf,
        "L7T-BTF-01",
        $"cannot load BPF programs: the kernel has no type information ({KernelBtf.KernelFile} {problem})",
        ["try:  a kernel built with CONFIG_DEBUG_INFO_BTF=y; distributions have it since 2020 to 2021", Doctor],
        failure);

    private static ProbeException NoTracefs(LibBpfException failure) => new(
        ProbeErrorKind.NoTracefs,
        "L7T-TFS-01",
        "cannot attach to system calls: tracefs is not mounted",
        ["try:  sudo mount -t tracefs tracefs /sys/kernel/tracing",
            "or :  docker: -v /sys/kernel/tracing:/sys/kernel/tracing", Doctor],
        failure);

    private static ProbeException PerfEventParanoid(SystemFacts facts, LibBpfException failure) => new(
        ProbeErrorKind.MissingCapability,
        "L7T-CAP-04",
        $"cannot attach to system calls: kernel.perf_event_paranoid={facts.PerfEventParanoid} asks for CAP_SYS_ADMIN",
        ["try:  sudo l7trace ...", "or :  sudo sysctl kernel.perf_event_paranoid=2", Doctor],
        failure);

    private static ProbeException Lockdown(LibBpfException failure) => new(
        ProbeErrorKind.Lockdown,
        "L7T-LCK-01",
        "cannot load BPF programs: kernel lockdown is in confidentiality mode, which forbids reading memory",
        ["try:  boot with lockdown=integrity, or without Secure Boot's lockdown", Doctor],
        failure);

    private static ProbeException MemoryLimit(LibBpfException failure) => new(
        ProbeErrorKind.MemoryLimit,
        "L7T-MEM-01",
        $"{failure.Message}: not enough memory for the maps and rings",
        ["try:  a smaller ring",
            "or :  ulimit -l unlimited on kernels before 5.11; a higher memory limit of the container", Doctor],
        failure)
    { Log = failure.Log };

    private static ProbeException LockedMemory(LibBpfException failure, SystemFacts facts) => new(
        ProbeErrorKind.MemoryLimit,
        "L7T-MEM-02",
        $"{failure.Message}: the limit of locked memory ({facts.LockedMemoryLimit ?? "unknown"} bytes) is too low for the rings",
        ["try:  ulimit -l unlimited, or the capability CAP_SYS_RESOURCE", "or :  a smaller ring (--ring-size 1MiB)", Doctor],
        failure)
    { Log = failure.Log };

    private static ProbeException Forbidden(LibBpfException failure, SystemFacts facts) => new(
        ProbeErrorKind.Forbidden,
        "L7T-CAP-03",
        $"{failure.Message}, although the capabilities are there: {Forbidder(facts)} forbids it",
        ["try:  " + Docker + " --security-opt seccomp=unconfined", Doctor],
        failure)
    { Log = failure.Log };

    private static string Forbidder(SystemFacts facts) => (facts.HasSeccompFilter, facts.SecurityProfile) switch
    {
        (true, null) => "a seccomp filter (this process has one)",
        (false, { } profile) => $"a security module (this process is confined by {profile})",
        (true, { } profile) => $"a seccomp filter or a security module (this process has both; confined by {profile})",
        _ => "seccomp, an LSM or a container",
    };

    private static ProbeException Refused(LibBpfException failure) => new(
        ProbeErrorKind.KernelRefused,
        "L7T-BPF-01",
        ReasonIn(failure.Log) is { Length: > 0 } line ? $"{failure.Message}: {line}" : failure.Message,
        [Doctor + " tries each part by itself"],
        failure)
    { Log = failure.Log };

    /// <summary>
    /// The line that says why: the verifier's last one before its statistics, else libbpf's last one that is more than
    /// "failed to load object".
    /// </summary>
    internal static string ReasonIn(string log)
    {
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var end = Array.FindLastIndex(lines, line => line.Contains("END PROG LOAD LOG", StringComparison.Ordinal));
        var reason = end > 0
            ? Array.FindLast(lines[..end], line => !IsStatistics(line))
            : Array.FindLast(lines, line => !line.StartsWith("libbpf: failed to load", StringComparison.Ordinal));
        return reason ?? "";
    }

    private static bool IsStatistics(string line) =>
        line.StartsWith("processed ", StringComparison.Ordinal)
        || line.StartsWith("verification time", StringComparison.Ordinal)
        || line.StartsWith("stack depth", StringComparison.Ordinal);
}
