/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which system calls matter. These programs run at every call that any process
 * makes, so the first thing they do is to leave.
 */
#ifndef L7TRACE_SYSCALLS_BPF_H
#define L7TRACE_SYSCALLS_BPF_H

#include "calls.bpf.h"
#include "lifecycle.bpf.h"
#include "process.bpf.h"

/* The calls whose exits matter: those that move data, and those that make a connection. */
static __always_inline int exit_syscall(struct pt_regs *regs, long result, const bool looped)
{
	long number = SYSCALL_NUMBER(regs);

	if (call_moves_data(number))
		return exit_call(regs, result, looped);
	if (number != __NR_accept && number != __NR_accept4)
		return 0;
	if (result < 0 || !scope_has_current(bpf_get_current_pid_tgid() >> 32))
		return 0;
	return hint_role_of_fd((int)result, L7_EVIDENCE_ACCEPT);
}

static __always_inline int enter_splice(struct entry *entry, struct pt_regs *regs)
{
	struct socket_facts facts;

	/* One end is a pipe, so at most one is a socket. */
	if (!sock_of_fd(entry->fd, &facts)) {
		entry->fd = (int)SYSCALL_ARG3(regs);
		entry->direction = L7_EGRESS;
	}
	return enter_call(entry);
}

/* One of the calls that matter, of a process in scope. */
static __always_inline int enter_known(struct entry *entry, struct pt_regs *regs, long number)
{
	switch (number) {
	case __NR_mmap:
		emit_process(bpf_get_current_pid_tgid() >> 32, 0, L7_PROCESS_MAP);
		return 0;
	case __NR_connect:
		return hint_role_of_fd(entry->fd, L7_EVIDENCE_CONNECT);
	case __NR_close:
		return close_fd(entry->fd);
	case __NR_dup3:
#ifdef __NR_dup2
	case __NR_dup2:
#endif
		return replace_fd(entry->fd, (int)SYSCALL_ARG2(regs));
	case __NR_splice:
		entry->direction = L7_INGRESS;
		return enter_splice(entry, regs);
	case __NR_read:
	case __NR_readv:
		entry->direction = L7_INGRESS;
		break;
	case __NR_recvfrom:
	case __NR_recvmmsg:
		entry->direction = L7_INGRESS;
		entry->flags = SYSCALL_ARG4(regs);
		break;
	case __NR_recvmsg:
		entry->direction = L7_INGRESS;
		entry->flags = SYSCALL_ARG3(regs);
		break;
	}
	entry->count = SYSCALL_ARG3(regs);
	return enter_call(entry);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter_syscall, struct pt_regs *regs, long number)
{
	struct entry entry = {
		.fd = (int)SYSCALL_ARG1(regs),
		.buffer = SYSCALL_ARG2(regs),
		.stack = FUNCTION_STACK(regs),
		.goroutine = GO_GOROUTINE(regs),
	};

	/* Other calls leave here: this runs at each one that any process makes. */
	switch (number) {
	case __NR_read:
	case __NR_recvfrom:
	case __NR_write:
	case __NR_sendto:
		entry.kind = CALL_FLAT;
		break;
	case __NR_readv:
	case __NR_writev:
		entry.kind = CALL_VECTOR;
		break;
	case __NR_recvmsg:
	case __NR_sendmsg:
		entry.kind = CALL_MESSAGE;
		break;
	case __NR_recvmmsg:
	case __NR_sendmmsg:
		entry.kind = CALL_MESSAGES;
		break;
	case __NR_sendfile:
	case __NR_splice:
		entry.kind = CALL_LENGTH_ONLY;
		break;
	case __NR_mmap:
		if (!tls_is_probed || !(SYSCALL_ARG3(regs) & PROT_EXEC) || (SYSCALL_ARG4(regs) & MAP_ANONYMOUS))
			return 0;
		break;
	case __NR_connect:
	case __NR_close:
	case __NR_dup3:
#ifdef __NR_dup2
	case __NR_dup2:
#endif
		break;
	default:
		return 0;
	}
	if ((l7_config.scope_flags & L7_SCOPE_SECRETS) && number != __NR_mmap)
		return 0;
	if (!scope_has_current(bpf_get_current_pid_tgid() >> 32) || call_is_compat())
		return 0;

	return enter_known(&entry, regs, number);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(leave_syscall, struct pt_regs *regs, long result)
{
	return exit_syscall(regs, result, true);
}

/* Instead of leave_syscall on kernels without bpf_loop (before 5.17): a shorter reach into iovec arrays. */
SEC("?tp_btf/sys_exit")
int BPF_PROG(leave_syscall_bounded, struct pt_regs *regs, long result)
{
	return exit_syscall(regs, result, false);
}

#endif /* L7TRACE_SYSCALLS_BPF_H */
