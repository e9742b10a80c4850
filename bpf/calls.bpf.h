/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The calls that move data: remembered at entry, forgotten at exit. Where the
 * sock tracepoints are attached they see the bytes in between; else the exit
 * does, by the return value, when the descriptor still means the same socket.
 */
#ifndef L7TRACE_CALLS_BPF_H
#define L7TRACE_CALLS_BPF_H

#include "begin.bpf.h"
#include "rebuild.bpf.h"

/* Messages of an mmsg call: the kernel's own limit (UIO_MAXIOV), and those looked at where there is no bpf_loop. */
#define MAX_MESSAGES 1024
#define BOUNDED_MESSAGES 16

static __always_inline int enter_call(const struct entry *entry)
{
	struct socket_facts facts = {};
	struct begun begun = {};
	struct call *call;

	if (!sock_of_fd(entry->fd, &facts) || !begin_call(&facts, entry->direction, &begun))
		return 0;
	call = remember_call(&facts, entry->direction, &begun);
	if (!call)
		return 0;
	call->buffer = entry->buffer;
	call->count = entry->count;
	call->stack = entry->stack;
	call->goroutine = entry->goroutine;
	call->fd = entry->fd;
	call->flags = entry->flags;
	call->kind = entry->kind;
	if (call->ktls && call->kind == CALL_MESSAGE) {
		struct user_msghdr header = {};

		bpf_probe_read_user(&header, sizeof(header), (void *)call->buffer);
		if (header.control_length > CONTROL_HEADER)
			call->control = header.control;
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
 * One transfer at the exit of a call; messages of an mmsg call are not looked
 * at for TLS, and not classified. What is made of it is not static, for the
 * verifier's sake (see emit.bpf.h), as the next ones.
 */
static __always_inline int transfer_call(__u64 bytes, const bool looped, const bool message)
{
	struct call *call = current_call();
	__u64 cookie;

	if (!call)
		return 0;
	cookie = cookie_of_sock(call->sk);
	/* Known when the object is loaded. The branch that is never taken is not verified: half of the time to load it all. */
	if (!message && l7_config.use_sock_tracepoints) { /* which have told of messages */
		if (transfer_length(bytes, cookie))
			emit_length(call);
	} else if (message) {
		if (place_message(bytes, cookie) != PLACED_NOWHERE && describe_message(call->flags))
			emit_segment(call, looped);
	} else if (transfer(bytes, cookie, call->flags)) {
		emit_segment(call, looped);
	}
	return 0;
}

__noinline int transfer_looped(__u64 bytes)
{
	return transfer_call(bytes, true, false);
}

__noinline int transfer_bounded(__u64 bytes)
{
	return transfer_call(bytes, false, false);
}

__noinline int transfer_message_looped(__u64 bytes)
{
	return transfer_call(bytes, true, true);
}

__noinline int transfer_message_bounded(__u64 bytes)
{
	return transfer_call(bytes, false, true);
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
 * The messages of an mmsg call, one after the other. How many they are, and of how many bytes, stands in the call's record:
 * what the verifier does not track, it need not walk.
 */
static long add_message(__u32 index, void *unused)
{
	struct call *call = current_call();

	if (!call || index >= call->messages_moved)
		return 1;
	call->messages_bytes += message_length(call, index);
	return 0;
}

/* One message: moved by it, in the order of the array. 1 when the walk is over. */
static __always_inline long exit_message(__u32 index, const bool looped)
{
	struct call *call = current_call();
	__s64 length;

	if (!call || index >= call->messages_moved)
		return 1;
	length = message_length(call, index);
	if (length < 0) {
		count_loss(L7_LOSS_USER_FAULT);
		return 1;
	}
	call->messages = index;
	looped ? transfer_message_looped(length) : transfer_message_bounded(length);
	return 0;
}

static long exit_message_looped(__u32 index, void *unused)
{
	return exit_message(index, true);
}

/*
 * The counter tells of all messages of a call at once: together they are
 * proven, or none is.
 */
static __always_inline void prove_messages(struct call *call)
{
	__u64 total = call->messages_bytes;

	call->proven = !call->unproven && !call->counted && total < 1ULL << 31 &&
		       tcp_counter(call->sk, call->direction) - call->expected_seq == (__u32)total;
}

/* Not static, for the verifier's sake (see emit.bpf.h), as the next. */
__noinline int exit_messages_looped(__u32 messages)
{
	struct call *call = current_call();

	if (!call)
		return 0;
	call->messages_moved = messages;
	bpf_loop(MAX_MESSAGES, add_message, NULL, 0);
	prove_messages(call);
	bpf_loop(MAX_MESSAGES, exit_message_looped, NULL, 0);
	return 0;
}

__noinline int exit_messages_bounded(__u32 messages)
{
	struct call *call = current_call();
	struct connection *connection;
	__u32 i;

	if (!call)
		return 0;
	call->messages_moved = messages;
	for (i = 0; i < BOUNDED_MESSAGES; i++)
		if (add_message(i, NULL))
			break;
	/* More than are looked at: where they lie is not known. */
	if (messages <= BOUNDED_MESSAGES)
		prove_messages(call);
	else
		call->unproven = 1;
	for (i = 0; i < BOUNDED_MESSAGES; i++)
		if (exit_message(i, false))
			break;
	connection = find_connection(call->sk, call->inode);
	if (connection && messages > BOUNDED_MESSAGES)
		account_lost(connection, call->direction, HOLE_OF_UNKNOWN_SIZE);
	return 0;
}

static __always_inline int exit_call(const struct pt_regs *regs, long result, const bool looped)
{
	struct call *call = current_call();
	struct connection *connection;
	struct socket_facts facts = {};
	__u64 kind;

	if (!call && !l7_config.use_sock_tracepoints && rebuild_at_exit(regs, result))
		call = current_call();
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
		looped ? exit_messages_looped(result) : exit_messages_bounded(result);
	else if (looped)
		transfer_looped((__u64)result - call->moved);
	else
		transfer_bounded((__u64)result - call->moved);
out:
	end_call(call);
	return 0;
}

#endif /* L7TRACE_CALLS_BPF_H */
