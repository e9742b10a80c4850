/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the registers of a call that moves data say of it. */
#ifndef L7TRACE_ENTRY_BPF_H
#define L7TRACE_ENTRY_BPF_H

#include <asm/unistd.h>

#include "maps.bpf.h"

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

/* Is it one of the system calls whose bytes are read? */
static __always_inline bool call_moves_data(long number)
{
	switch (number) {
	case __NR_read:
	case __NR_readv:
	case __NR_recvfrom:
	case __NR_recvmsg:
	case __NR_recvmmsg:
	case __NR_write:
	case __NR_writev:
	case __NR_sendto:
	case __NR_sendmsg:
	case __NR_sendmmsg:
	case __NR_sendfile:
	case __NR_splice:
		return true;
	}
	return false;
}

/* Reads the arguments of a receive as they still stand inside the call and at its exit; false for any other call. */
static __always_inline bool describe_receive(const struct pt_regs *regs, struct entry *entry)
{
	entry->direction = L7_INGRESS;
	entry->fd = (int)SYSCALL_ARG1_KEPT(regs);
	entry->buffer = SYSCALL_ARG2(regs);
	entry->count = SYSCALL_ARG3(regs);
	switch (SYSCALL_NUMBER(regs)) {
	case __NR_read:
		entry->kind = CALL_FLAT;
		return true;
	case __NR_recvfrom:
		entry->kind = CALL_FLAT;
		entry->flags = SYSCALL_ARG4(regs);
		return true;
	case __NR_readv:
		entry->kind = CALL_VECTOR;
		return true;
	case __NR_recvmsg:
		entry->kind = CALL_MESSAGE;
		entry->flags = SYSCALL_ARG3(regs);
		return true;
	case __NR_recvmmsg:
		/* Of several messages, how many were done before is not to be known. */
		entry->kind = CALL_MESSAGES;
		entry->flags = SYSCALL_ARG4(regs);
		return (__u32)entry->count == 1;
	}
	return false;
}

#endif /* L7TRACE_ENTRY_BPF_H */
