/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The calls that move data: remembered at entry, forgotten at exit. Where the
 * sock tracepoints are attached they see the bytes in between; else the exit
 * does, by the return value, when the descriptor still means the same socket.
 */
#ifndef L7TRACE_CALLS_BPF_H
#define L7TRACE_CALLS_BPF_H

#include "rebuild.bpf.h"

/* Messages of an mmsg call that the exit looks at (the kernel's own limit is 1,024). */
#define BOUNDED_MESSAGES 1024

static __always_inline int enter_call(const struct entry *entry)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 direction = entry->direction;
	struct socket_facts facts = {};
	struct connection *connection;
	struct call call = {};

	if (!sock_of_fd(entry->fd, &facts))
		return 0;
	connection = find_connection(facts.sk, facts.inode);
	if (connection) {
		facts.family = connection->family;
	} else {
		if (!read_socket_facts(&facts) || !scope_has_ports(facts.family, facts.local_port, facts.remote_port))
			return 0;
		if (socket_is_connected(&facts))
			connection = make_connection(&facts, 0);
	}

	call.sk = facts.sk;
	call.inode = facts.inode;
	call.buffer = entry->buffer;
	call.count = entry->count;
	call.stack = entry->stack;
	call.goroutine = entry->goroutine;
	call.fd = entry->fd;
	call.flags = entry->flags;
	call.family = facts.family;
	call.kind = entry->kind;
	call.direction = direction;

	if (!connection) {
		call.unproven = 1; /* no stream yet whose counters could be compared */
	} else {
		apply_verdict(connection);
		if (direction == L7_INGRESS)
			connection->received = 1;
		if (facts.family == AF_UNIX) {
			/* Bytes are counted even while muted: by the sock tracepoints without this, else at exit. */
			if (connection->muted && l7_config.use_sock_tracepoints && !tls_is_wanted(connection))
				return 0;
			call.expected = connection->position[direction & 1];
			call.connection_created_ns = connection->created_ns;
			__sync_fetch_and_add(&connection->busy[direction & 1], 1);
			if (connection->busy[direction & 1] != 1)
				call.unproven = 1;
		} else {
			call.expected_seq = tcp_counter(facts.sk, direction);
			advance_position(connection, direction,
					 extend_counter(connection->position[direction & 1], call.expected_seq));
			if (connection->muted && !tls_is_wanted(connection))
				return 0;
		}
	}

	call.enter_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&calls, &pid_tgid, &call, BPF_ANY)) {
		count_loss(L7_LOSS_CALLS_FULL);
		if (connection) {
			leave_connection(connection, &call);
			if (!l7_config.use_sock_tracepoints)
				account_lost(connection, direction, HOLE_OF_UNKNOWN_SIZE);
		}
	}
	return 0;
}

/* The socket that the call's descriptor means now, if it is still the one of its entry. */
static __always_inline bool same_socket(const struct call *call, struct socket_facts *facts)
{
	if (sock_of_fd(call->fd, facts) && facts->sk == call->sk && facts->inode == call->inode)
		return true;
	count_loss(L7_LOSS_UNATTRIBUTED);
	return false;
}

/*
 * One transfer at the exit of a call. The functions that are made of it are not
 * static: the verifier looks at them once and not once per message of an mmsg
 * call.
 */
static __always_inline int transfer_call(__u64 bytes, const bool looped)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct socket_facts facts = {};
	struct call *call = bpf_map_lookup_elem(&calls, &pid_tgid);

	if (!call)
		return 0;
	facts.sk = call->sk;
	facts.inode = call->inode;
	facts.family = call->family;
	/* Known when the object is loaded. The branch that is never taken is not verified: half of the time to load it all. */
	if (l7_config.use_sock_tracepoints) {
		if (transfer(&facts, call, cookie_of_sock(call->sk), bytes, 0, false))
			emit_length(call);
	} else if (transfer(&facts, call, cookie_of_sock(call->sk), bytes, call->flags, true)) {
		looped ? emit_looped() : emit_bounded();
	}
	return 0;
}

__noinline int transfer_looped(__u64 bytes)
{
	return transfer_call(bytes, true);
}

__noinline int transfer_bounded(__u64 bytes)
{
	return transfer_call(bytes, false);
}

/* The length that the kernel wrote for one message of an mmsg call; -1 when it cannot be read. */
static __always_inline __s64 message_length(const struct call *call, __u32 index)
{
	struct user_mmsghdr *message = (void *)(call->buffer + index * sizeof(*message));
	__u32 length;

	if (bpf_probe_read_user(&length, sizeof(length), &message->length))
		return -1;
	return length;
}

/*
 * The counter tells of all messages of a call at once: together they are
 * proven, or none is. Not static, for the same reason.
 */
__noinline int prove_messages(__u32 messages)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &pid_tgid);
	__u64 total = 0;

	if (!call || call->unproven || call->family == AF_UNIX)
		return 0;
	for (__u32 i = 0; i < BOUNDED_MESSAGES; i++) {
		if (i >= messages)
			break;
		total += message_length(call, i);
	}
	call->proven = total < 1ULL << 31 &&
		       tcp_counter(call->sk, call->direction) - call->expected_seq == (__u32)total;
	return 0;
}

static __always_inline void exit_messages(struct call *call, __u32 messages, const bool looped)
{
	prove_messages(messages);
	for (__u32 i = 0; i < BOUNDED_MESSAGES; i++) {
		__s64 length;

		if (i >= messages)
			break;
		length = message_length(call, i);
		if (length < 0) {
			count_loss(L7_LOSS_USER_FAULT);
			break;
		}
		call->messages = i;
		looped ? transfer_looped(length) : transfer_bounded(length);
	}
}

static __always_inline int exit_call(const struct pt_regs *regs, long result, const bool looped)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &pid_tgid);
	struct connection *connection;
	struct socket_facts facts = {};
	__u64 kind;

	if (!call && !l7_config.use_sock_tracepoints && rebuild_at_exit(regs, result))
		call = bpf_map_lookup_elem(&calls, &pid_tgid);
	if (!call)
		return 0;
	kind = call->kind; /* read once, as wide as it is compared: so the verifier sees what the sock tracepoints leave to do */
	OPAQUE(kind);
	if (l7_config.use_sock_tracepoints && kind != CALL_LENGTH_ONLY)
		goto out;
	if (result < 0 || (result == 0 && kind == CALL_LENGTH_ONLY))
		goto out;
	if (call->direction == L7_INGRESS && (call->flags & MSG_NO_STREAM))
		goto out;
	/* sendfile and splice: what the tracepoints did not see (splice from a socket, older kernels). */
	if (kind == CALL_LENGTH_ONLY && (__u64)result <= call->moved)
		goto out;
	if (!same_socket(call, &facts)) {
		connection = find_connection(call->sk, call->inode);
		if (connection)
			account_lost(connection, call->direction,
				     kind == CALL_MESSAGES ? HOLE_OF_UNKNOWN_SIZE : (__u64)result);
		goto out;
	}
	if (kind == CALL_MESSAGES)
		exit_messages(call, result, looped);
	else if (looped)
		transfer_looped((__u64)result - call->moved);
	else
		transfer_bounded((__u64)result - call->moved);
out:
	connection = find_connection(call->sk, call->inode);
	if (connection)
		leave_connection(connection, call);
	bpf_map_delete_elem(&calls, &pid_tgid);
	return 0;
}

#endif /* L7TRACE_CALLS_BPF_H */
