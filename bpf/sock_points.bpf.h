/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sock_send_length and sock_recv_length (kernel 6.3 and later) fire inside the
 * call, once per message, with the sock that was really used and the length
 * that was really moved, while the process's buffers are as the kernel left
 * them.
 */
#ifndef L7TRACE_SOCK_POINTS_BPF_H
#define L7TRACE_SOCK_POINTS_BPF_H

#include "rebuild.bpf.h"

/* Bytes of an AF_UNIX socket that pass here without a call of ours (muted, out of scope, io_uring) count all the same. */
static __always_inline void account_unseen(struct sock *sk, __u32 direction, __u64 bytes)
{
	struct connection *connection;
	__u64 key = (__u64)sk;

	if (!bytes || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return;
	connection = find_connection(key, inode_of_sock(sk));
	if (connection)
		__sync_fetch_and_add(&connection->position[direction & 1], bytes);
}

/* An address that is a number to the verifier, and so may be given to a function that is not static. */
static __always_inline __u64 number_of(struct sock *sk)
{
	__u64 pointer = (__u64)sk;
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

static __always_inline int sock_moved(struct sock *sk, int length, __u32 flags, __u32 direction)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct socket_facts facts = {};
	struct call *call;

	if (length < 0 || (direction == L7_INGRESS && (flags & MSG_NO_STREAM)))
		return 0;
	call = bpf_map_lookup_elem(&calls, &pid_tgid);
	if (!call && direction == L7_INGRESS && rebuild_inside(number_of(sk), length, flags))
		call = bpf_map_lookup_elem(&calls, &pid_tgid);
	if (!call || call->direction != direction) {
		account_unseen(sk, direction, length);
		return 0;
	}
	if (call->sk == (__u64)sk) {
		facts.sk = *(volatile __u64 *)&call->sk; /* the same, but a number (number_of) without a helper */
		facts.inode = call->inode;
		facts.family = call->family;
	} else {
		/* The descriptor was changed under the call. This socket is the true one; its counters at entry are unknown. */
		facts.sk = number_of(sk);
		facts.inode = inode_of_sock(sk);
		if (!read_socket_facts(&facts))
			return 0;
		call->unproven = 1;
	}
	if (transfer(&facts, call, bpf_get_socket_cookie(sk), length, flags, true))
		emit_looped();
	call->messages++;
	if (call->rebuilt)
		bpf_map_delete_elem(&calls, &pid_tgid);
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
