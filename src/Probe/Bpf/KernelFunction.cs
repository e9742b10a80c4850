// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>
/// A function of the kernel that the backends <see cref="CaptureBackend.Fentry"/> and <see cref="CaptureBackend.Kprobe"/>
/// attach to, with the programs for it (bpf/fentry.bpf.h, bpf/kprobe.bpf.h).
/// </summary>
/// <param name="Name">The kernel's name.</param>
/// <param name="Programs">What its programs are called.</param>
/// <param name="MovesData">True for one that sends or receives: how much is seen at its return.</param>
/// <param name="Required">False for one that some kernels do not have.</param>
internal sealed record KernelFunction(string Name, FunctionPrograms Programs, bool MovesData, bool Required)
{
    /// <summary>All of them.</summary>
    internal static IReadOnlyList<KernelFunction> All { get; } =
    [
        Moving("inet_sendmsg", FunctionPrograms.Send, required: true),
        Moving("inet_recvmsg", FunctionPrograms.Receive, required: true),
        Moving("inet6_sendmsg", FunctionPrograms.Send),
        Moving("inet6_recvmsg", FunctionPrograms.Receive),
        Moving("unix_stream_sendmsg", FunctionPrograms.Send),
        Moving("unix_stream_recvmsg", FunctionPrograms.Receive),
        Moving("inet_sendpage", FunctionPrograms.Page), // before 6.5
        Moving("unix_stream_sendpage", FunctionPrograms.Page), // before 6.5
        Moving("tcp_splice_read", FunctionPrograms.Splice),
        Moving("unix_stream_splice_read", FunctionPrograms.Splice),
        new("security_socket_connect", new("connect_enter", "kprobe_connect"), MovesData: false, Required: false),
        new("security_sock_graft", new("graft_enter", "kprobe_graft"), MovesData: false, Required: false),
        new("inet_release", new("inet_release_enter", "kprobe_release"), MovesData: false, Required: true),
        new("unix_release", new("unix_release_enter", "kprobe_release"), MovesData: false, Required: false),
        new("security_mmap_file", new("map_enter", "kprobe_map"), MovesData: false, Required: false),
    ];

    /// <summary>The fentry program.</summary>
    internal string EnterByFentry => MovesData ? Name + "_enter" : Programs.Fentry;

    /// <summary>The fexit program of a form; null where nothing is to be seen at the return.</summary>
    internal string? LeaveByFexit(ObjectForm form) => SeesReturn(form) ? Name + Variant(form) : null;

    /// <summary>The kretprobe program of a form; null where nothing is to be seen at the return.</summary>
    internal string? LeaveByKretprobe(ObjectForm form) =>
        SeesReturn(form) ? Programs.Kretprobe + Variant(form).Replace("_leave", "", StringComparison.Ordinal) : null;

    // The socket tracepoints tell of what was sent and received, but of no page and no splice.
    private bool SeesReturn(ObjectForm form) =>
        MovesData && (!form.SockTracepoints || Programs == FunctionPrograms.Page || Programs == FunctionPrograms.Splice);

    private string Variant(ObjectForm form) => form.Loops || Programs == FunctionPrograms.Splice ? "_leave" : "_leave_bounded";

    private static KernelFunction Moving(string name, FunctionPrograms programs, bool required = false) =>
        new(name, programs, MovesData: true, required);
}
