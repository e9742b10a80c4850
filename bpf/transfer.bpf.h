/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a call, or one message of it, has moved: where in its stream it lies,
 * and the record of it. Both paths end here: the sock tracepoints, inside the
 * call, and the exit of the call where those are not to be had.
 */
#ifndef L7TRACE_TRANSFER_BPF_H
#define L7TRACE_TRANSFER_BPF_H

#include "classify.bpf.h"
#include "emit.bpf.h"
#include "ktls.bpf.h"
#include "place.bpf.h"
#include "tls_match.bpf.h"

/*
 * Bytes wanted from the beginning of a call. Where HTTP/2's frames end, and whether a message ends with them, stands in
 * front of each: of a call with many, the beginning is not enough.
 */
static __always_inline __u32 head_limit(__u32 protocol)
{
	return protocol == L7_PROTOCOL_HTTP2 ? l7_config.framed_limit : l7_config.capture_limit;
}

/* The bytes of the segment as far as they are wanted, where they lie in one buffer. */
static __always_inline void plan_flat(struct segment *segment, const struct call *call, __u64 bytes, __u32 limit)
{
	__u64 rest;

	segment->head = bytes < limit ? bytes : limit;
	rest = bytes - segment->head;
	segment->tail = rest < l7_config.tail_limit ? rest : l7_config.tail_limit;
	segment->buffer = call->buffer;
	segment->vectors = 0;
	segment->memory = call->memory;
	segment->skip = call->skip;
}

/* Where the bytes of this call, or of its message number `messages`, lie in the process. */
static __always_inline void plan_segment(struct segment *segment, const struct call *call, __u64 bytes, __u32 limit)
{
	__u64 header_address = call->buffer;
	struct user_msghdr header = {};
	struct user_iovec only = {};

	plan_flat(segment, call, bytes, limit);
	if (call->kind == CALL_FLAT)
		return;
	segment->vectors = call->count;
	if (call->kind == CALL_ITER)
		return;
	if (call->kind != CALL_VECTOR) {
		if (call->kind == CALL_MESSAGES)
			header_address += (__u64)call->messages * sizeof(struct user_mmsghdr);
		if (bpf_probe_read_user(&header, sizeof(header), (void *)header_address)) {
			segment->flags |= L7_DATA_FAULT;
			count_loss(L7_LOSS_USER_FAULT);
			return;
		}
		segment->buffer = header.vectors;
		segment->vectors = header.vector_count;
	}
	/* A single element, by far the most common, is as good as a flat buffer. */
	if (segment->vectors == 1 && !bpf_probe_read_user(&only, sizeof(only), (void *)segment->buffer)) {
		segment->buffer = only.base;
		segment->vectors = 0;
	}
}

/* A receive returned 0: has the peer ended its direction, and where? */
static __always_inline bool end_of_stream(struct connection *connection, __u64 sk, struct segment *segment)
{
	struct sock *sock = (struct sock *)sk;

	if (connection->ended || !(BPF_CORE_READ(sock, sk_shutdown) & RCV_SHUTDOWN))
		return false;
	if (connection->counted) {
		if (connection->family == AF_UNIX && BPF_CORE_READ(sock, sk_receive_queue.qlen))
			return false;
		segment->offset = connection->position[L7_INGRESS];
	} else {
		__u32 now = tcp_counter(sk, L7_INGRESS);

		if (now != BPF_CORE_READ((struct tcp_sock *)sk, rcv_nxt))
			return false;
		if (tcp_fin_was_read(sk))
			now--;
		else
			segment->flags |= L7_DATA_OFFSET_UNPROVEN; /* a reset, or our own shutdown */
		segment->offset = extend_counter(connection->position[L7_INGRESS], now);
	}
	connection->ended = 1;
	segment->flags |= L7_DATA_END_OF_STREAM;
	return true;
}

/*
 * What a call has moved goes through three functions, one after the other:
 * place_call accounts for it, match_call (tls_match.bpf.h) looks whether it
 * tells whose ciphertext it is, and describe_call says what of it is wanted.
 * They are not static and find the call by the thread, so that the verifier
 * takes each as a whole, and their stacks do not add up.
 */
enum placement {
	PLACED_NOWHERE, /* nothing is to be told of it */
	PLACED,
	PLACED_TO_MATCH, /* its bytes may tell whose ciphertext the socket carries */
	PLACED_READY,    /* nothing is left to ask: its segment is described */
};

/*
 * By far the most calls: one buffer, of a connection that is told of and whose protocol is known. What describe_call would do is
 * done where the connection is at hand.
 */
static __always_inline bool describe_at_once(const struct connection *connection, struct call *call, __u64 bytes)
{
	struct segment *segment = &call->segment;

	if (call->kind != CALL_FLAT || call->ktls || !bytes || segment->flags || !connection->opened ||
	    connection->protocol == L7_PROTOCOL_UNKNOWN)
		return false;
	plan_flat(segment, call, bytes, head_limit(connection->protocol));
	segment->connection_id = connection->id;
	segment->protocol = connection->protocol;
	return true;
}

/* `make` is a constant: the connection of a call that began before its socket was connected is made now. */
static __always_inline int place(__u64 bytes, __u64 cookie, const bool make)
{
	struct call *call = current_call();
	struct socket_facts facts = {};
	struct connection *connection;
	struct segment *segment;
	struct placed placed = {};
	__u32 direction;

	if (!call)
		return PLACED_NOWHERE;
	segment = &call->segment;
	direction = call->direction & 1;
	facts.sk = call->sk;
	facts.inode = call->inode;
	facts.family = call->family;
	connection = make ? get_connection(&facts) : find_connection(facts.sk, facts.inode);
	if (!connection)
		return PLACED_NOWHERE;
	segment->flags = 0;
	segment->total = bytes;
	segment->captured = 0;
	segment->tailed = 0;
	if (bytes && call->ktls && !is_plaintext_record(call))
		return PLACED_NOWHERE;
	if (bytes) {
		if (call->ktls) {
			placed = place_counted(connection, call, &connection->ktls_position[direction], direction,
					       bytes);
		} else if (call->counted) {
			placed = place_counted(connection, call, &connection->position[direction], direction, bytes);
		} else {
			placed = place_tcp(connection, call, call->sk, direction, bytes);
			if (connection->counted) { /* since the entry: where these bytes lie nobody knows */
				placed.proven = false;
				account_lost(connection, direction, HOLE_OF_UNKNOWN_SIZE);
			}
		}
		if (call->kind != CALL_MESSAGES && call->kind != CALL_LENGTH_ONLY)
			leave_connection(connection, call);
		call->moved += bytes;
		segment->offset = placed.offset;
		if (!placed.proven)
			segment->flags |= L7_DATA_OFFSET_UNPROVEN;
	} else if (direction != L7_INGRESS || !end_of_stream(connection, call->sk, segment)) {
		return PLACED_NOWHERE;
	}
	name_connection(connection, cookie);
	apply_verdict(connection);
	if (bytes && call->kind != CALL_LENGTH_ONLY && call->memory <= MEMORY_PARTS && tls_is_wanted(connection)) {
		plan_segment(segment, call, bytes, bytes);
		return PLACED_TO_MATCH;
	}
	if (connection->muted && !call->ktls)
		return PLACED_NOWHERE;
	return describe_at_once(connection, call, bytes) ? PLACED_READY : PLACED;
}

__noinline int place_call(__u64 bytes, __u64 cookie)
{
	return place(bytes, cookie, true);
}

/* One message of several: their connection was there at the entry, and there is no stack to make it. */
__noinline int place_message(__u64 bytes, __u64 cookie)
{
	return place(bytes, cookie, false);
}

/* How much is looked at: a constant at every call. */
enum description {
	DESCRIBE_LENGTH,  /* there is no payload */
	DESCRIBE_MESSAGE, /* one of several: it is not classified, for want of stack */
	DESCRIBE_CALL,
};

/* Flags are those that the kernel worked with. True when the call's segment is to be emitted. */
static __always_inline int describe(__u32 flags, const int description)
{
	struct call *call = current_call();
	struct connection *connection;
	struct segment *segment;

	if (!call)
		return 0;
	segment = &call->segment;
	connection = find_connection(call->sk, call->inode);
	if (!connection)
		return 0;
	if (call->ktls && segment->total && !connection->tls_id) {
		name_ktls(connection, call->sk);
		apply_ktls_verdict(connection);
		if (connection->ktls_muted)
			return 0;
	} else if (connection->muted) {
		return 0;
	}
	segment->flags &= ~L7_DATA_FAULT; /* of the plan that was made to match */
	if (segment->flags & L7_DATA_OFFSET_UNPROVEN && segment->total)
		count_loss(L7_LOSS_OFFSET_UNPROVEN);
	if (!connection->opened)
		open_connection(call->sk, call->inode);

	if (description == DESCRIBE_LENGTH || call->kind == CALL_LENGTH_ONLY || call->memory == MEMORY_NONE ||
	    (call->direction == L7_INGRESS && call->family != AF_UNIX && (flags & MSG_TRUNC)))
		segment->flags |= L7_DATA_LENGTH_ONLY;
	else if (segment->total)
		plan_segment(segment, call, segment->total,
			     head_limit(call->ktls ? connection->ktls_protocol : connection->protocol));
	if (call->ktls && segment->total) {
		segment->connection_id = connection->ktls_id;
		segment->protocol = connection->ktls_protocol;
		return 1;
	}
	if (description == DESCRIBE_CALL &&
	    !(segment->flags & (L7_DATA_LENGTH_ONLY | L7_DATA_END_OF_STREAM | L7_DATA_FAULT)))
		classify(connection, segment, call->direction & 1);
	segment->connection_id = connection->id;
	segment->protocol = connection->protocol;
	return 1;
}

__noinline int describe_call(__u32 flags)
{
	return describe(flags, DESCRIBE_CALL);
}

__noinline int describe_message(__u32 flags)
{
	return describe(flags, DESCRIBE_MESSAGE);
}

/* The same for what has no payload. */
__noinline int describe_length(void)
{
	return describe(0, DESCRIBE_LENGTH);
}

/* `bytes` were moved by the thread's call. Always accounts; true when its segment is to be emitted. */
static __always_inline bool transfer(__u64 bytes, __u64 cookie, __u32 flags)
{
	int placement = place_call(bytes, cookie);

	if (placement == PLACED_TO_MATCH)
		match_call();
	if (placement == PLACED_READY && !(flags & MSG_TRUNC))
		return true;
	return placement != PLACED_NOWHERE && describe_call(flags);
}

/* The same for calls without payload. */
static __always_inline bool transfer_length(__u64 bytes, __u64 cookie)
{
	return place_call(bytes, cookie) != PLACED_NOWHERE && describe_length();
}

#endif /* L7TRACE_TRANSFER_BPF_H */
