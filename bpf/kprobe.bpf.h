/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * functions.bpf.h attached by kprobes and kretprobes, where there are no BPF
 * trampolines. A program serves all functions of its kind: user space attaches
 * it to each that the kernel has (src/Probe/Bpf/KernelFunctions.cs). None of
 * them is loaded by default.
 *
 * Returns are attached only where the sock tracepoints do not tell of them: a
 * kretprobe of a call that sleeps holds one of a fixed number of places. When
 * there is none left, the return is missed; the thread's next call notices
 * (notice_unfinished).
 */
#ifndef L7TRACE_KPROBE_BPF_H
#define L7TRACE_KPROBE_BPF_H

#include "functions.bpf.h"

SEC("?kprobe")
int kprobe_send(struct pt_regs *regs)
{
	return enter_message((void *)FUNCTION_ARG1(regs), (void *)FUNCTION_ARG2(regs), 0, L7_EGRESS);
}

SEC("?kprobe")
int kprobe_receive(struct pt_regs *regs)
{
	return enter_message((void *)FUNCTION_ARG1(regs), (void *)FUNCTION_ARG2(regs), (__u32)FUNCTION_ARG4(regs),
			     L7_INGRESS);
}

SEC("?kprobe")
int kprobe_page(struct pt_regs *regs)
{
	return enter_page((void *)FUNCTION_ARG1(regs), (void *)FUNCTION_ARG2(regs), (__u32)FUNCTION_ARG3(regs));
}

SEC("?kprobe")
int kprobe_splice(struct pt_regs *regs)
{
	return enter_splice_read((void *)FUNCTION_ARG1(regs));
}

SEC("?kretprobe")
int kretprobe_sent(struct pt_regs *regs)
{
	return leave_function((int)RETURNED_VALUE(regs), L7_EGRESS, LEAVE_LOOPED);
}

SEC("?kretprobe")
int kretprobe_received(struct pt_regs *regs)
{
	return leave_function((int)RETURNED_VALUE(regs), L7_INGRESS, LEAVE_LOOPED);
}

SEC("?kretprobe")
int kretprobe_spliced(struct pt_regs *regs)
{
	return leave_function((int)RETURNED_VALUE(regs), L7_INGRESS, LEAVE_LENGTH);
}

/* For kernels without bpf_loop (before 5.17). */
SEC("?kretprobe")
int kretprobe_sent_bounded(struct pt_regs *regs)
{
	return leave_function((int)RETURNED_VALUE(regs), L7_EGRESS, LEAVE_BOUNDED);
}

SEC("?kretprobe")
int kretprobe_received_bounded(struct pt_regs *regs)
{
	return leave_function((int)RETURNED_VALUE(regs), L7_INGRESS, LEAVE_BOUNDED);
}

SEC("?kprobe")
int kprobe_connect(struct pt_regs *regs)
{
	return enter_connect((void *)FUNCTION_ARG1(regs));
}

SEC("?kprobe")
int kprobe_graft(struct pt_regs *regs)
{
	return enter_graft((void *)FUNCTION_ARG2(regs));
}

SEC("?kprobe")
int kprobe_release(struct pt_regs *regs)
{
	return enter_release((void *)FUNCTION_ARG1(regs));
}

SEC("?kprobe")
int kprobe_map(struct pt_regs *regs)
{
	return enter_map((void *)FUNCTION_ARG1(regs), FUNCTION_ARG2(regs));
}

#endif /* L7TRACE_KPROBE_BPF_H */
