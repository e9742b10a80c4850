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
    /// <summary>Programs that only some forms have, with the forms.</summary>
    private static readonly (string Program, ObjectForm First, ObjectForm Last)[] FormPrograms =
    [
        ("sock_send_length", ObjectForm.SockTracepoints, ObjectForm.SockTracepoints),
        ("sock_recv_length", ObjectForm.SockTracepoints, ObjectForm.SockTracepoints),
        ("leave_syscall", ObjectForm.SockTracepoints, ObjectForm.FileWalk),
        ("exit_sockets", ObjectForm.SockTracepoints, ObjectForm.FileWalk),
        ("leave_syscall_bounded", ObjectForm.FileWalkBounded, ObjectForm.FileWalkBounded),
    ];

    /// <summary>All that is loaded where only secrets are wanted.</summary>
    private static readonly string[] s_secretPrograms =
        ["openssl_log_secret", "enter_syscall", "process_fork", "process_exec", "process_exit"];

    private readonly BpfObjectHandle _handle;
    private readonly ElfSymbols _symbols;
    private readonly List<BpfLinkHandle> _links = [];
    private LiveVariable? _generation;
    private LiveVariable? _tlsIsProbed;

    private L7Object(BpfObjectHandle handle, ElfSymbols symbols)
    {
        _handle = handle;
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

    /// <summary>The form that was loaded.</summary>
    internal ObjectForm Form { get; private init; }

    /// <summary>Programs attached.</summary>
    internal int AttachedPrograms => _links.Count;

    /// <summary>
    /// Opens and loads the best form that this kernel takes. Found by trying: what a version promises is often not so.
    /// </summary>
    /// <param name="config">The knobs.</param>
    /// <param name="dataRingBytes">Size of the data ring.</param>
    /// <param name="controlRingBytes">Size of the control ring.</param>
    /// <param name="best">The first form that is tried.</param>
    /// <param name="programs">What is loaded of it.</param>
    /// <exception cref="LibBpfException">No form loads; this is what the second one said.</exception>
    internal static L7Object Load(
        L7Config config,
        uint dataRingBytes,
        uint controlRingBytes,
        ObjectForm best = ObjectForm.SockTracepoints,
        ObjectPrograms programs = ObjectPrograms.SocketsAndTls)
    {
        LibBpfException? telling = null;
        for (var form = best; form <= ObjectForm.FileWalkBounded; form++)
        {
            try
            {
                return LoadAs(form, config, dataRingBytes, controlRingBytes, programs);
            }
            catch (LibBpfException failure)
            {
                // The first form fails on many kernels, the last one asks least: the one between tells most.
                telling = telling is null || form == ObjectForm.FileWalk ? failure : telling;
            }
        }

        throw telling ?? throw new ArgumentOutOfRangeException(nameof(best));
    }

    /// <summary>Opens and loads one form of it.</summary>
    /// <exception cref="LibBpfException">It does not load.</exception>
    internal static L7Object LoadAs(
        ObjectForm form, L7Config config, uint dataRingBytes, uint controlRingBytes,
        ObjectPrograms programs = ObjectPrograms.SocketsAndTls)
    {
        var result = Open(form);
        try
        {
            config.AbiVersion = AbiVersion;
            config.UseSockTracepoints = form == ObjectForm.SockTracepoints ? 1u : 0u;
            result.ChoosePrograms(programs);
            result.Configure(config);
            result.DataRing.SetMaxEntries(dataRingBytes);
            result.ControlRing.SetMaxEntries(controlRingBytes);
            result.LoadIntoKernel();
            result._generation = LiveVariable.Find(result._symbols, "verdict_generation", result.Map);
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
            // Probes of functions wait for a file that has them: AttachFunctions.
            if (!LibBpf.ProgramAutoload(program) || IsFunctionProbe(program))
            {
                continue;
            }

            var link = LibBpf.ProgramAttach(program);
            if (link == 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                throw new LibBpfException($"attach {NameOf(LibBpf.ProgramSection(program))}", errno, LibBpfLog.Take());
            }

            _links.Add(new BpfLinkHandle(link));
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
    /// <returns>What detaches when the caller disposes of it; empty when the kernel refused.</returns>
    internal IReadOnlyList<SafeHandle> AttachFunctions(
        string program, bool isReturn, string path, ReadOnlySpan<ulong> offsets, ulong cookie, out int errno)
    {
        nint found;
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(program + '\0'))
        {
            found = LibBpf.FindProgram(_handle, name);
        }

        errno = LibC.ENOENT;
        return found == 0 ? [] : UprobeLink.Attach(found, isReturn, path, offsets, cookie, out errno);
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
    }

    private static L7Object Open(ObjectForm form)
    {
        LibBpfLog.Install();
        LibBpfLog.Clear();
        var bytes = EmbeddedObject.Read();
        nint opened;
        fixed (byte* start = bytes, name = "l7trace\0"u8)
        {
            var options = new LibBpf.ObjectOpenOptions
            {
                Size = (nuint)sizeof(LibBpf.ObjectOpenOptions),
                ObjectName = name,
            };
            opened = LibBpf.ObjectOpen(start, (nuint)bytes.Length, &options);
        }

        if (opened == 0)
        {
            throw new LibBpfException("open the BPF object", Marshal.GetLastPInvokeError(), LibBpfLog.Take());
        }

        var handle = new BpfObjectHandle(opened);
        try
        {
            return new L7Object(handle, ElfSymbols.Read(bytes)) { Form = form };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static bool IsFunctionProbe(nint program) =>
        NameOf(LibBpf.ProgramSection(program)) is "uprobe" or "uretprobe";

    private static string NameOf(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private BpfMap Map(string name)
    {
        var map = FindMap(name);
        return map != 0 ? new BpfMap(map, name) : throw ProbeErrors.WrongObject($"it has no map {name}");
    }

    private nint FindMap(string name)
    {
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(name + '\0'))
        {
            return LibBpf.FindMap(_handle, text);
        }
    }

    private void ChoosePrograms(ObjectPrograms programs)
    {
        for (var program = LibBpf.NextProgram(_handle, 0); program != 0; program = LibBpf.NextProgram(_handle, program))
        {
            var name = NameOf(LibBpf.ProgramName(program));
            if (IsFunctionProbe(program))
            {
                LibBpfException.Check(
                    LibBpf.ProgramSetAttachType(program, UprobeLink.MultiAttachType), "choose how to attach");
            }

            if (programs is ObjectPrograms.Sockets or ObjectPrograms.SocketsAndSecrets && IsFunctionProbe(program))
            {
                LibBpfException.Check(
                    LibBpf.ProgramSetAutoload(program, programs == ObjectPrograms.SocketsAndSecrets && name == s_secretPrograms[0]),
                    "choose the programs to load");
                continue;
            }

            if (programs == ObjectPrograms.Secrets)
            {
                LibBpfException.Check(
                    LibBpf.ProgramSetAutoload(program, s_secretPrograms.Contains(name)), "choose the programs to load");
                continue;
            }

            foreach (var (special, first, last) in FormPrograms)
            {
                if (name == special)
                {
                    LibBpfException.Check(
                        LibBpf.ProgramSetAutoload(program, Form >= first && Form <= last), "choose the programs to load");
                }
            }
        }
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
            throw new LibBpfException("load the BPF programs", result, LibBpfLog.Take());
        }
    }
}
