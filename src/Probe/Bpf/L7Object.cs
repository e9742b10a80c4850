// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// The kernel object with its maps by name: open, configure, load, attach. Closing it (or the end of this process,
/// however it comes) takes every program and map of it out of the kernel; nothing is pinned.
/// </summary>
internal sealed unsafe class L7Object : IDisposable
{
    private readonly BpfObjectHandle _handle;
    private readonly ElfSymbols _symbols;
    private readonly List<SafeHandle> _links = [];
    private readonly List<string> _missing = [];
    private readonly VerifierLog _log;
    private ProgramChoice? _choice;
    private LiveVariable? _generation;
    private LiveVariable? _tlsIsProbed;
    private long _unfinishedTls;

    private L7Object(BpfObjectHandle handle, ElfSymbols symbols, VerifierLog log)
    {
        _handle = handle;
        _log = log;
        _symbols = symbols;
        ControlRing = Map("control_ring");
        DataRing = Map("data_ring");
        LossCounters = Map("loss_counters");
        ScopeProcesses = Map("scope_processes");
        ScopeComms = Map("scope_comms");
        ScopeCgroups = Map("scope_cgroups");
        ScopePorts = Map("scope_ports");
        Verdicts = Map("verdicts");
        Connections = Map("connections");
        TlsObjects = Map("tls_objects");
        GoCalls = Map("go_calls");
        ProbeHits = Map("probe_hits");
    }

    internal BpfMap ControlRing { get; }

    internal BpfMap DataRing { get; }

    internal BpfMap LossCounters { get; }

    internal BpfMap ScopeProcesses { get; }

    internal BpfMap ScopeComms { get; }

    internal BpfMap ScopeCgroups { get; }

    internal BpfMap ScopePorts { get; }

    internal BpfMap Verdicts { get; }

    internal BpfMap Connections { get; }

    internal BpfMap TlsObjects { get; }

    internal BpfMap GoCalls { get; }

    internal BpfMap ProbeHits { get; }

    /// <summary>Writes of Go's TLS that had not returned when their process ended.</summary>
    internal ulong UnfinishedTls => (ulong)Interlocked.Read(ref _unfinishedTls);

    /// <summary>Adds to <see cref="UnfinishedTls"/>; from any thread.</summary>
    internal void CountUnfinishedTls(int calls) => Interlocked.Add(ref _unfinishedTls, calls);

    /// <summary>The form that was loaded.</summary>
    internal required ObjectForm Form { get; init; }

    /// <summary>Functions of the kernel that this form attaches to elsewhere, and that this kernel does not have.</summary>
    internal IReadOnlyList<string> MissingFunctions => [.. _choice?.Missing ?? [], .. _missing];

    /// <summary>Functions of the kernel that fentry could not have, and that are probed instead.</summary>
    internal IEnumerable<string> Twins =>
        Form.Backend == CaptureBackend.Fentry ? _choice?.ByKprobe.Select(static function => function.Name) ?? [] : [];

    /// <summary>Programs attached.</summary>
    internal int AttachedPrograms => _links.Count;

    /// <summary>Opens and loads one form of it. <see cref="ObjectLoader"/> finds the form.</summary>
    /// <param name="form">The form.</param>
    /// <param name="config">The knobs; those that the form decides are set here.</param>
    /// <param name="dataRingBytes">Size of the data ring.</param>
    /// <param name="controlRingBytes">Size of the control ring.</param>
    /// <param name="programs">What is loaded of it.</param>
    /// <param name="byKprobe">Functions that fentry is not to be tried for.</param>
    /// <exception cref="LibBpfException">It does not load.</exception>
    internal static L7Object LoadAs(
        ObjectForm form, L7Config config, uint dataRingBytes, uint controlRingBytes,
        ObjectPrograms programs = ObjectPrograms.SocketsAndTls, IReadOnlySet<string>? byKprobe = null)
    {
        var result = Open(form);
        try
        {
            config.AbiVersion = AbiVersion;
            config.UseSockTracepoints = form.SockTracepoints ? 1u : 0u;
            config.Backend = form.Backend == CaptureBackend.Syscall ? L7Backend.Syscall : L7Backend.Functions;
            result._choice = ProgramChoice.Make(result._handle, form, programs, byKprobe);
            result.Configure(config);
            result.DataRing.SetMaxEntries(dataRingBytes);
            result.ControlRing.SetMaxEntries(controlRingBytes);
            result.LoadIntoKernel();
            result._generation = LiveVariable.Find(result._symbols, "verdict_generation", result.Map);
            result.FindPages();
            result._tlsIsProbed = LiveVariable.Find(result._symbols, "tls_is_probed", result.Map);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Attaches every program that was loaded.</summary>
    /// <exception cref="LibBpfException">One can't be attached; those before it are detached by Dispose.</exception>
    internal void Attach()
    {
        LibBpfLog.Clear();
        for (var program = LibBpf.NextProgram(_handle, 0); program != 0; program = LibBpf.NextProgram(_handle, program))
        {
            // Probes of functions wait for a file that has them (AttachFunctions), or are attached by the kernel's names.
            if (!LibBpf.ProgramAutoload(program) || !ProgramChoice.AttachesItself(NameOf(LibBpf.ProgramSection(program))))
            {
                continue;
            }

            var link = LibBpf.ProgramAttach(program);
            if (link == 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                throw new LibBpfException($"attach {NameOf(LibBpf.ProgramSection(program))}", errno, LibBpfLog.Take())
                {
                    Program = NameOf(LibBpf.ProgramName(program)),
                };
            }

            _links.Add(new BpfLinkHandle(link));
        }

        foreach (var function in _choice?.ByKprobe ?? [])
        {
            AttachByKprobe(function);
        }
    }

    /// <summary>
    /// Attaches a program to functions of a file, in every process that maps it. Any thread may call it.
    /// </summary>
    /// <param name="program">Name of the program.</param>
    /// <param name="isReturn">True: where the functions return; false: at their first instructions.</param>
    /// <param name="path">The file.</param>
    /// <param name="offsets">Where the functions begin in the file, bytes.</param>
    /// <param name="cookie">What the program is told at each of them, if not 0.</param>
    /// <param name="errno">Why the kernel refused; 0 when it did not.</param>
    /// <param name="cookieIsOptional">A kernel that can't tell it attaches all the same.</param>
    /// <returns>What detaches when the caller disposes of it; empty when the kernel refused.</returns>
    internal IReadOnlyList<SafeHandle> AttachFunctions(
        string program, bool isReturn, string path, ReadOnlySpan<ulong> offsets, ulong cookie, out int errno, bool cookieIsOptional = false)
    {
        var found = FindProgram(program);
        errno = LibC.ENOENT;
        if (found == 0)
        {
            return [];
        }

        var made = UprobeLink.Attach(found, isReturn, path, offsets, cookie, out errno);
        return made.Count > 0 || cookie == 0 || !cookieIsOptional ? made : UprobeLink.Attach(found, isReturn, path, offsets, 0, out errno);
    }

    /// <summary>Runs of the programs that see calls which the kernel skipped, since another task was in the same program.</summary>
    internal ulong ReadSkippedRuns()
    {
        // struct bpf_prog_info, whose recursion_misses stands behind 208 bytes (5.12).
        const int MissesOffset = 208;
        const int InfoSize = 216;
        var info = stackalloc byte[InfoSize];
        var sum = 0UL;
        foreach (var program in _choice?.SeeingCalls ?? [])
        {
            var length = (uint)InfoSize;
            new Span<byte>(info, InfoSize).Clear();
            if (LibBpf.GetInfo(LibBpf.ProgramFd(program), info, &length) == 0 && length >= InfoSize)
            {
                sum += *(ulong*)(info + MissesOffset);
            }
        }

        return sum;
    }

    /// <summary>Tells the kernel side that a TLS library is probed, or may be.</summary>
    internal void SetTlsProbed()
    {
        if (_tlsIsProbed is { } variable)
        {
            variable.Value = 1;
        }
    }

    /// <summary>Tells the kernel side that verdicts have changed.</summary>
    internal void RaiseVerdictGeneration()
    {
        if (_generation is { } variable)
        {
            variable.Value = unchecked(variable.Value + 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var link in _links)
        {
            link.Dispose();
        }

        _links.Clear();
        _generation?.Dispose();
        _tlsIsProbed?.Dispose();
        _handle.Dispose();
        _log.Dispose();
    }

    private static L7Object Open(ObjectForm form)
    {
        LibBpfLog.Install();
        LibBpfLog.Clear();
        var bytes = EmbeddedObject.Read(form.IsPlain);
        var log = new VerifierLog();
        nint opened;
        fixed (byte* start = bytes, name = "l7trace\0"u8)
        {
            var options = new LibBpf.ObjectOpenOptions
            {
                Size = (nuint)sizeof(LibBpf.ObjectOpenOptions),
                ObjectName = name,
                KernelLog = log.Text,
                KernelLogSize = VerifierLog.Size,
                KernelLogLevel = VerifierLog.Level,
            };
            opened = LibBpf.ObjectOpen(start, (nuint)bytes.Length, &options);
        }

        if (opened == 0)
        {
            log.Dispose();
            throw new LibBpfException("open the BPF object", Marshal.GetLastPInvokeError(), LibBpfLog.Take());
        }

        var handle = new BpfObjectHandle(opened);
        try
        {
            return new L7Object(handle, ElfSymbols.Read(bytes), log) { Form = form };
        }
        catch
        {
            handle.Dispose();
            log.Dispose();
            throw;
        }
    }

    private void AttachByKprobe(KernelFunction function)
    {
        // The return first: what is entered after it has one.
        var leave = function.LeaveByKretprobe(Form) is { } program
            ? KprobeLink.AttachReturn(FindProgram(program), function.Name)
            : null;
        var entry = leave is null && function.LeaveByKretprobe(Form) is not null
            ? null
            : KprobeLink.AttachEntry(FindProgram(function.Programs.Kprobe), function.Name);
        if (entry is not null)
        {
            _links.AddRange(leave is null ? [entry] : [leave, entry]);
            return;
        }

        var errno = Marshal.GetLastPInvokeError();
        leave?.Dispose();
        if (function.Required)
        {
            throw new LibBpfException($"attach a kprobe to {function.Name}", errno, LibBpfLog.Take());
        }

        _missing.Add(function.Name);
    }

    // What is in pages is not read where this fails (another architecture, no right to the kernel's addresses).
    private void FindPages()
    {
        var program = Form.Backend == CaptureBackend.Syscall ? 0 : FindProgram(Form.Loops ? ObjectForm.FindPages : ObjectForm.FindPagesAt);
        if (program == 0)
        {
            return;
        }

        var options = new LibBpf.TestRunOptions { Size = (nuint)sizeof(LibBpf.TestRunOptions) };
        var places = stackalloc ulong[2];
        if (!Form.Loops)
        {
            (places[0], places[1]) = KernelSymbols.Find("page_offset_base", "vmemmap_base");
            options.ContextIn = places;
            options.ContextInSize = 2 * sizeof(ulong);
        }

        _ = LibBpf.TestRun(LibBpf.ProgramFd(program), &options);
    }

    private nint FindProgram(string program) => LibBpf.FindProgram(_handle, program);

    private static string NameOf(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private BpfMap Map(string name)
    {
        var map = LibBpf.FindMap(_handle, name);
        return map != 0 ? new BpfMap(map, name) : throw ProbeErrors.WrongObject($"it has no map {name}");
    }

    private void Configure(L7Config config)
    {
        if (!_symbols.TryFind("l7_config", out var symbol) || symbol.Size != (ulong)sizeof(L7Config))
        {
            throw ProbeErrors.WrongObject("its l7_config is of another version");
        }

        var variables = Map(symbol.Section).Variables();
        if (symbol.Offset + symbol.Size > (ulong)variables.Length)
        {
            throw ProbeErrors.WrongObject("its l7_config has no initial value");
        }

        MemoryMarshal.Write(variables[(int)symbol.Offset..], in config);
    }

    private void LoadIntoKernel()
    {
        LibBpfLog.Clear();
        var result = LibBpf.ObjectLoad(_handle);
        if (result < 0)
        {
            // libbpf has told which program it was, and the kernel's last words are that program's.
            throw new LibBpfException("load the BPF programs", result, _log.Read() + LibBpfLog.Take());
        }
    }
}
