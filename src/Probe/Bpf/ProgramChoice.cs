// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>Which programs of the opened object are loaded, and for which functions of the kernel.</summary>
internal sealed unsafe class ProgramChoice
{
    /// <summary>All that is loaded where only secrets are wanted.</summary>
    private static readonly string[] s_secretPrograms =
        ["openssl_log_secret", "enter_syscall", "process_fork", "process_exec", "process_exit"];

    private readonly Dictionary<string, nint> _programs = [];
    private readonly List<KernelFunction> _byKprobe = [];
    private readonly List<string> _missing = [];

    private ProgramChoice(BpfObjectHandle handle)
    {
        for (var program = LibBpf.NextProgram(handle, 0); program != 0; program = LibBpf.NextProgram(handle, program))
        {
            _programs[NameOf(LibBpf.ProgramName(program))] = program;
        }
    }

    /// <summary>Functions whose programs are attached by kprobes and kretprobes.</summary>
    internal IReadOnlyList<KernelFunction> ByKprobe => _byKprobe;

    /// <summary>The loaded programs that see calls which move data.</summary>
    internal IReadOnlyList<nint> SeeingCalls { get; private set; } = [];

    /// <summary>Functions that the kernel does not have; none of them is required.</summary>
    internal IReadOnlyList<string> Missing => _missing;

    /// <summary>Chooses, in an object that is open and not loaded.</summary>
    /// <param name="handle">The object.</param>
    /// <param name="form">The form that it is to have.</param>
    /// <param name="programs">What is wanted of it.</param>
    /// <param name="withoutFentry">Functions that fentry is not to be tried for.</param>
    /// <exception cref="LibBpfException">The kernel lacks a function that is required.</exception>
    internal static ProgramChoice Make(
        BpfObjectHandle handle, ObjectForm form, ObjectPrograms programs, IReadOnlySet<string>? withoutFentry)
    {
        var choice = new ProgramChoice(handle);
        foreach (var (name, program) in choice._programs)
        {
            var section = SectionOf(program);
            if (section is "uprobe" or "uretprobe")
            {
                LibBpfException.Check(
                    LibBpf.ProgramSetAttachType(program, UprobeLink.MultiAttachType), "choose how to attach");
            }

            SetLoaded(program, programs switch
            {
                ObjectPrograms.Secrets => s_secretPrograms.Contains(name),
                ObjectPrograms.Functions =>
                    name != s_secretPrograms[0] && (section is "uprobe" or "uretprobe" || s_secretPrograms.Contains(name)),
                ObjectPrograms.Sockets when section is "uprobe" or "uretprobe" => false,
                ObjectPrograms.SocketsAndSecrets when section is "uprobe" or "uretprobe" => name == s_secretPrograms[0],
                _ => !IsOfKernelFunction(section) && form.Has(name) && name != "openssl_log_secret",
            });
        }

        if (form.SockTracepoints && programs is not (ObjectPrograms.Secrets or ObjectPrograms.Functions))
        {
            // Asked for now: the kernel would find out only after it has verified what comes before.
            LibBpfException.Check(
                choice.FindTarget("sock_recv_length", "sock_recv_length"), "find the kernel's socket tracepoints");
        }

        if (form.Backend != CaptureBackend.Syscall && programs is not (ObjectPrograms.Secrets or ObjectPrograms.Functions))
        {
            foreach (var function in KernelFunction.All)
            {
                choice.ChooseFor(function, form, withoutFentry);
            }
        }

        choice.SeeingCalls =
        [
            .. choice._programs.Where(static entry => SeesCalls(entry.Key) && LibBpf.ProgramAutoload(entry.Value))
                .Select(static entry => entry.Value),
        ];
        return choice;
    }

    /// <summary>True for a program whose section says all that is needed to attach it.</summary>
    /// <param name="section">The section's name.</param>
    internal static bool AttachesItself(string section) => section is not ("uprobe" or "uretprobe" or "kprobe" or "kretprobe" or "syscall" or "raw_tp");

    private static bool SeesCalls(string program) =>
        program is "enter_syscall" or "leave_syscall" or "leave_syscall_bounded" or "sock_send_length" or "sock_recv_length"
        || KernelFunction.All.Any(function =>
            function.MovesData && (program == function.EnterByFentry || program.StartsWith(function.Name + "_leave", StringComparison.Ordinal)));

    private static bool IsOfKernelFunction(string section) =>
        section is "kprobe" or "kretprobe"
        || section.StartsWith("fentry/", StringComparison.Ordinal)
        || section.StartsWith("fexit/", StringComparison.Ordinal);

    private void ChooseFor(KernelFunction function, ObjectForm form, IReadOnlySet<string>? withoutFentry)
    {
        if (form.Backend == CaptureBackend.Kprobe || withoutFentry?.Contains(function.Name) == true)
        {
            SetLoaded(_programs[function.Programs.Kprobe], true);
            if (function.LeaveByKretprobe(form) is { } kretprobe)
            {
                SetLoaded(_programs[kretprobe], true);
            }

            _byKprobe.Add(function);
            return;
        }

        var result = FindTarget(function.EnterByFentry, function.Name);
        if (result < 0)
        {
            if (function.Required)
            {
                throw new LibBpfException($"find the kernel's function {function.Name}", result, LibBpfLog.Take());
            }

            _missing.Add(function.Name);
            return;
        }

        SetLoaded(_programs[function.EnterByFentry], true);
        if (function.LeaveByFexit(form) is { } fexit)
        {
            SetLoaded(_programs[fexit], true);
        }
    }

    // Looks it up in the kernel's types, which libbpf keeps for the load.
    private int FindTarget(string program, string target) => LibBpf.ProgramSetAttachTarget(_programs[program], 0, target);

    private static void SetLoaded(nint program, bool isLoaded) =>
        LibBpfException.Check(LibBpf.ProgramSetAutoload(program, isLoaded), "choose the programs to load");

    private static string SectionOf(nint program) => NameOf(LibBpf.ProgramSection(program)).TrimStart('?');

    private static string NameOf(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
