/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the registers of a call that moves data say of it. */
#ifndef L7TRACE_ENTRY_BPF_H
#define L7TRACE_ENTRY_BPF_H

#include "syscall_table.bpf.h"

/* Flags of receives that take nothing out of the stream. */
#define MSG_NO_STREAM (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE)

struct entry {
	__u64 buffer;
	__u64 count;
	__u64 stack;
	__u64 goroutine;
	__s32 fd;
	__u32 flags;
	__u8 kind;
	__u8 direction;
};

/* Numbers and layouts of the 32-bit ABI are others. */
static __always_inline bool call_is_compat(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return bpf_get_current_task_btf()->COMPAT_FLAGS & COMPAT_BIT;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), COMPAT_FLAGS) & COMPAT_BIT;
}

/* The flags of a receive, which stand in one of two arguments; 0 for calls without. */
static __always_inline __u32 flags_of_call(const struct pt_regs *regs, long number)
{
	__u8 flags_at = known_syscalls[number].flags_at;

	if (!flags_at)
		return 0;
	return flags_at == 4 ? SYSCALL_ARG4(regs) : SYSCALL_ARG3(regs);
}

/* Reads the arguments of a receive as they still stand inside the call and at its exit; false for any other call. */
static __always_inline bool describe_receive(const struct pt_regs *regs, struct entry *entry)
{
	long number = SYSCALL_NUMBER(regs);

	if (!call_moves_data(number) || number == __NR_splice || known_syscalls[number].direction != L7_INGRESS)
		return false;
	entry->direction = L7_INGRESS;
	entry->kind = known_syscalls[number].kind;
	entry->fd = (int)SYSCALL_ARG1_KEPT(regs);
	entry->buffer = SYSCALL_ARG2(regs);
	entry->count = SYSCALL_ARG3(regs);
	entry->flags = flags_of_call(regs, number);
	/* Of several messages, how many were done before is not to be known. */
	return number != __NR_recvmmsg || (__u32)entry->count == 1;
}

#endif /* L7TRACE_ENTRY_BPF_H */
