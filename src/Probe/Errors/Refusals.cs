// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Tls;

namespace L7Trace.Probe.Errors;

/// <summary>
/// What was refused to the tracer while it looked at processes in scope, and would else only show as something missing. Any
/// thread may add; each kind is told when it first came up, and again at the end if there was more.
/// </summary>
internal sealed class Refusals(SystemFacts facts)
{
    private const int MostNamed = 3;
    private const int MostRemembered = 100_000;

    private readonly Lock _gate = new();
    private bool _isHidingTold = !facts.HidesProcesses || facts.Capabilities.Has(Capability.SysPtrace);
    private readonly Kind<uint> _processes = new();
    private readonly Kind<string> _files = new();
    private readonly Kind<string> _replaced = new();
    private readonly Kind<string> _probes = new();
    private int _probeErrno;

    /// <summary>A process could not be looked into.</summary>
    internal void AddProcess(uint processId) => Add(_processes, processId);

    /// <summary>A program or library could not be read.</summary>
    internal void AddFile(string path) => Add(_files, path);

    /// <summary>A TLS library that was replaced while a process uses it could not be read.</summary>
    internal void AddReplaced(string path) => Add(_replaced, path);

    /// <summary>The kernel refused to probe functions of a file.</summary>
    internal void AddProbe(string path, int errno)
    {
        lock (_gate)
        {
            _probeErrno = errno;
        }

        Add(_probes, path);
    }

    /// <summary>Sentences about kinds that have not come up before.</summary>
    internal IReadOnlyList<string> TakeFirst() => Take(static (told, count) => told == 0 && count > 0);

    /// <summary>Sentences about kinds of which there is more than was told.</summary>
    internal IReadOnlyList<string> TakeRest() => Take(static (told, count) => count > told);

    private void Add<T>(Kind<T> kind, T what)
        where T : notnull
    {
        lock (_gate)
        {
            if (kind.All.Count < MostRemembered)
            {
                kind.All.Add(what);
            }
        }
    }

    private List<string> Take(Func<int, int, bool> isWanted)
    {
        var texts = new List<string>();
        lock (_gate)
        {
            if (!_isHidingTold)
            {
                _isHidingTold = true;
                texts.Add("missing CAP_SYS_PTRACE: /proc hides other users' processes (hidepid): they are not found by their names, "
                    + "nothing is known of them, and TLS libraries of their own are not read");
            }

            Say(_processes, Processes);
            Say(_files, Files);
            Say(_replaced, Replaced);
            Say(_probes, Probes);
        }

        return texts;

        void Say<T>(Kind<T> kind, Func<IReadOnlyCollection<T>, string> text)
            where T : notnull
        {
            if (isWanted(kind.Told, kind.All.Count))
            {
                texts.Add(text(kind.All));
                kind.Told = kind.All.Count;
            }
        }
    }

    private string Processes(IReadOnlyCollection<uint> all) =>
        $"{Cause(Capability.SysPtrace)}: {Count(all.Count, "process", "processes")} can't be looked into ({Named(all)}): "
            + "TLS libraries of their own are not read, and who is client and who is server may stay unknown for connections that were open before";

    private string Files(IReadOnlyCollection<string> all) =>
        $"{Cause(Capability.DacReadSearch)}: {Count(all.Count, "file", "files")} can't be read ({Named(all.OrderByDescending(TlsLibrary.IsNamedLike))}): "
            + $"{(all.Count == 1 ? "it is" : "they are")} not looked into for TLS";

    private string Replaced(IReadOnlyCollection<string> all) =>
        (facts.Capabilities.CanFollowMapFiles ? "forbidden" : "missing CAP_CHECKPOINT_RESTORE (or CAP_SYS_ADMIN)")
            + $": {Count(all.Count, "library that was", "libraries that were")} replaced while in use can't be read ({Named(all)}): "
            + "TLS in such processes is not read until they are restarted";

    private string Probes(IReadOnlyCollection<string> all) =>
        $"TLS in {Count(all.Count, "file", "files")} is not read, the kernel refuses to probe ({Named(all)}): "
            + ProbeErrors.WhyNoProbe(_probeErrno, facts).Reason;

    private string Cause(Capability capability) => facts.Capabilities.Has(capability)
        ? $"forbidden, though {Capabilities.NameOf(capability)} is there"
        : $"missing {Capabilities.NameOf(capability)}";

    private static string Count(int count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {(count == 1 ? one : many)}");

    private static string Named<T>(IEnumerable<T> all)
    {
        string?[] some = [.. all.Take(MostNamed + 1).Select(static item => Convert.ToString(item, CultureInfo.InvariantCulture))];
        return some.Length > MostNamed ? string.Join(", ", some[..MostNamed]) + ", ..." : string.Join(", ", some);
    }

    private sealed class Kind<T>
        where T : notnull
    {
        internal HashSet<T> All { get; } = [];

        internal int Told { get; set; }
    }
}
