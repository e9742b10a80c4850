/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where in their stream the bytes lie that a call has moved, and whether that is proven. */
#ifndef L7TRACE_PLACE_BPF_H
#define L7TRACE_PLACE_BPF_H

#include "connection.bpf.h"

struct placed {
	__u64 offset;
	bool proven;
};

/*
 * The counter covers every byte of every thread. So when it has changed since
 * the entry (or since the call's message before) by just what this call moved,
 * nobody else moved anything in between, and the bytes lie where it stood.
 */
static __always_inline struct placed place_tcp(struct connection *connection, struct call *call, __u64 sk,
					       __u32 direction, __u64 bytes)
{
	__u32 now = call->proven ? call->expected_seq + (__u32)bytes : tcp_counter(sk, direction);
	__u32 change = now - call->expected_seq;
	__u32 first = now - (__u32)bytes;
	struct placed placed;

	placed.proven = !call->unproven && bytes < (1ULL << 31) && change == (__u32)bytes;
	if (!placed.proven && direction == L7_INGRESS && change == (__u32)bytes + 1 && tcp_fin_was_read(sk)) {
		first--;
		placed.proven = !call->unproven;
	}
	placed.offset = extend_counter(connection->position[direction & 1], first);
	advance_position(connection, direction, placed.offset + bytes);
	call->expected_seq = now;
	return placed;
}

/*
 * Nobody counts the bytes of AF_UNIX but us, nor those of calls that kTLS and
 * sockmap have taken over. Calls that overlap may finish in another order than
 * they are accounted in, so only a call that was alone from its entry to here
 * has a proven place.
 */
static __always_inline struct placed place_counted(struct connection *connection, struct call *call, __u64 *position,
						   __u32 direction, __u64 bytes)
{
	struct placed placed;

	placed.offset = *position;
	placed.proven = !call->unproven && connection->busy[direction & 1] <= 1 && placed.offset == call->expected;
	__sync_fetch_and_add(position, bytes);
	call->expected = placed.offset + bytes;
	return placed;
}

/* Far more than a stream window holds, so that nobody takes what follows for a continuation. */
#define HOLE_OF_UNKNOWN_SIZE (1ULL << 32)

/* Bytes that no record will tell of. TCP counts them itself; where we count, a hole is better than a stream closed up. */
static __always_inline void account_lost(struct connection *connection, __u32 direction, __u64 bytes)
{
	if (connection->counted)
		__sync_fetch_and_add(&connection->position[direction & 1], bytes);
}

/* A call that began on the connection made at this time no longer counts as one in flight. 0: it never did. */
static __always_inline void lower_busy(struct connection *connection, __u32 direction, __u64 created_ns)
{
	if (created_ns && connection->created_ns == created_ns)
		__sync_fetch_and_add(&connection->busy[direction & 1], (__u32)-1);
}

static __always_inline void leave_connection(struct connection *connection, struct call *call)
{
	lower_busy(connection, call->direction, call->connection_created_ns);
	call->connection_created_ns = 0;
}

/* The current thread's call is over. */
static __always_inline void end_call(struct call *call)
{
	if (call->connection_created_ns) {
		struct connection *connection = find_connection(call->sk, call->inode);

		if (connection)
			leave_connection(connection, call);
	}
	call->active = 0;
}

#endif /* L7TRACE_PLACE_BPF_H */
