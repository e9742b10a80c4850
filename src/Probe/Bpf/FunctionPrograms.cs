// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>Names of the programs that serve functions of one kind.</summary>
/// <param name="Fentry">At the entry, by fentry; empty where it is made of the function's name.</param>
/// <param name="Kprobe">At the entry, by a kprobe.</param>
/// <param name="Kretprobe">At the return, by a kretprobe; empty where that does not matter.</param>
internal sealed record FunctionPrograms(string Fentry, string Kprobe, string Kretprobe = "")
{
    internal static FunctionPrograms Send { get; } = new("", "kprobe_send", "kretprobe_sent");

    internal static FunctionPrograms Receive { get; } = new("", "kprobe_receive", "kretprobe_received");

    internal static FunctionPrograms Page { get; } = new("", "kprobe_page", "kretprobe_sent");

    internal static FunctionPrograms Splice { get; } = new("", "kprobe_splice", "kretprobe_spliced");
}
