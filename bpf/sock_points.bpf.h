/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sock_send_length and sock_recv_length (kernel 6.3 and later) fire inside the
 * call, once per message, with the sock that was really used and the length
 * that was really moved, while the process's buffers are as the kernel left
 * them.
 */
#ifndef L7TRACE_SOCK_POINTS_BPF_H
#define L7TRACE_SOCK_POINTS_BPF_H

#include "leave.bpf.h"
#include "rebuild.bpf.h"

/* Is the current thread in one of the calls that are traced? Then it was asleep in it when tracing began. */
static __always_inline bool is_in_traced_call(void)
{
	struct pt_regs *regs;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return SYSCALL_IS_UNDER_WAY(regs) && call_moves_data(SYSCALL_NUMBER(regs));
}

/*
 * Bytes have passed without a call of ours: of a muted connection, of a process out of scope, of a call that was asleep when
 * tracing began; or of io_uring and the kernel's own senders, which this backend can't read. What it can't read it says.
 * Where we count, they count in any case.
 */
__noinline int account_unseen(__u64 address, __u64 bytes, __u32 direction)
{
	struct socket_facts facts = { .sk = address };
	struct connection *connection;

	facts.inode = inode_of_sock((struct sock *)address);
	connection = find_connection(address, facts.inode);
	if (connection)
		account_lost(connection, direction, bytes);
	if (l7_config.backend != L7_BACKEND_SYSCALL || (connection && connection->muted))
		return 0;
	if (!scope_has_current(bpf_get_current_pid_tgid() >> 32) || is_in_traced_call())
		return 0;
	if (!facts.inode || !read_socket_facts(&facts) ||
	    !scope_has_ports(facts.family, facts.local_port, facts.remote_port))
		return 0;
	if (!connection)
		connection = make_connection(&facts, 0);
	if (!connection)
		return 0;
	name_connection(connection, cookie_of_sock(address));
	if (!connection->opened)
		open_connection(address, facts.inode);
	count_loss_by(L7_LOSS_UNSEEN_BYTES, bytes);
	return 0;
}

/* Of a process in scope, or on a socket whose bytes nobody counts but us? Most calls of the machine are neither. */
static __always_inline bool may_be_ours(struct sock *sk)
{
	return scope_has_current(bpf_get_current_pid_tgid() >> 32) || sk->__sk_common.skc_family == AF_UNIX ||
	       tcp_is_overridden(number_of(sk)) || sk->sk_protocol == IPPROTO_MPTCP;
}

static __always_inline int sock_moved(struct sock *sk, int length, __u32 flags, __u32 direction)
{
	struct socket_facts facts = {};
	struct connection *connection;
	struct call *call = current_call();

	/* The return of a function whose entry was seen: whatever came of it. */
	if (l7_config.backend == L7_BACKEND_FUNCTIONS && call && call->kind == CALL_ITER)
		return call->sk == (__u64)sk ? leave_function(length, direction, LEAVE_LOOPED) : 0;
	if (length < 0 || (direction == L7_INGRESS && (flags & MSG_NO_STREAM)))
		return 0;
	if (!call && !may_be_ours(sk))
		return 0;
	if (!call && direction == L7_INGRESS && rebuild_inside(number_of(sk), length, flags))
		call = current_call();
	if (!call || call->direction != direction) {
		if (length)
			account_unseen(number_of(sk), length, direction);
		return 0;
	}
	if (call->sk != (__u64)sk) {
		/* The descriptor was changed under the call. This socket is the true one; its counters at entry are unknown. */
		facts.sk = number_of(sk);
		facts.inode = inode_of_sock(sk);
		if (!read_socket_facts(&facts))
			return 0;
		connection = find_connection(call->sk, call->inode);
		if (connection)
			leave_connection(connection, call);
		call->sk = facts.sk;
		call->inode = facts.inode;
		call->family = facts.family;
		call->counted = facts.counted;
		call->unproven = 1;
	}
	if (transfer(length, bpf_get_socket_cookie(sk), flags))
		emit_segment(call, true);
	call->messages++;
	if (call->rebuilt)
		call->active = 0;
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(sock_send_length, struct sock *sk, int length, int flags)
{
	return sock_moved(sk, length, 0, L7_EGRESS);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(sock_recv_length, struct sock *sk, int length, int flags)
{
	return sock_moved(sk, length, flags, L7_INGRESS);
}

#endif /* L7TRACE_SOCK_POINTS_BPF_H */
