/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The beginning of a call that moves data: what is known then is kept until its end. */
#ifndef L7TRACE_BEGIN_BPF_H
#define L7TRACE_BEGIN_BPF_H

#include "transfer.bpf.h"

/* What the connection says at the beginning of a call. */
struct begun {
	__u64 connection_created_ns;
	__u64 expected;
	__u32 expected_seq;
	__u8 counted;
	__u8 unproven;
	__u8 foreign;
	__u8 ktls;
};

/* A record for the current thread's call, empty; NULL when there is no room. */
static __always_inline struct call *new_call(void)
{
	struct call *call = take_call();

	if (!call)
		count_loss(L7_LOSS_CALLS_FULL);
	return call;
}

/* A call on this socket begins. False where nothing of it need be kept. */
static __always_inline bool begin_call(struct socket_facts *facts, __u32 direction, struct begun *begun)
{
	struct connection *connection = find_connection(facts->sk, facts->inode);

	direction &= 1;
	if (connection) {
		facts->family = connection->family;
		if (!connection->counted && tcp_is_overridden(facts->sk)) {
			connection->counted = 1;
			connection->ktls_from_start = 1;
		}
	} else {
		if (!read_socket_facts(facts) || !scope_has_ports(facts->family, facts->local_port, facts->remote_port))
			return false;
		if (socket_is_connected(facts))
			connection = make_connection(facts, 0);
	}
	if (!connection) {
		begun->counted = facts->counted;
		begun->unproven = 1; /* no stream yet whose counters could be compared */
		return true;
	}

	begun->counted = connection->counted;
	apply_verdict(connection);
	if (direction == L7_INGRESS)
		connection->received = 1;
	if (begun->counted) {
		if (facts->family != AF_UNIX && !connection->tls_id)
			begun->ktls = ktls_does(facts->sk, direction);
		/* Bytes are counted even while muted: by the sock tracepoints without this, else at exit. */
		if (connection->muted && !begun->ktls && !tls_is_wanted(connection)) {
			if (l7_config.backend == L7_BACKEND_SYSCALL && l7_config.use_sock_tracepoints)
				return false;
			begun->foreign = l7_config.backend == L7_BACKEND_FUNCTIONS;
		}
		begun->expected = begun->ktls ? connection->ktls_position[direction] : connection->position[direction];
		begun->connection_created_ns = connection->created_ns;
		__sync_fetch_and_add(&connection->busy[direction], 1);
		if (connection->busy[direction] != 1)
			begun->unproven = 1;
		return true;
	}
	begun->expected_seq = tcp_counter(facts->sk, direction);
	advance_position(connection, direction, extend_counter(connection->position[direction], begun->expected_seq));
	return !connection->muted || tls_is_wanted(connection);
}

/* Puts what begin_call said to where the call's end finds it; NULL where there is no room. */
static __always_inline struct call *remember_call(const struct socket_facts *facts, __u32 direction,
						  const struct begun *begun)
{
	struct call *call = new_call();
	struct connection *connection;

	if (!call) {
		connection = find_connection(facts->sk, facts->inode);
		if (!connection)
			return NULL;
		lower_busy(connection, direction, begun->connection_created_ns);
		if (l7_config.backend == L7_BACKEND_FUNCTIONS || !l7_config.use_sock_tracepoints)
			account_lost(connection, direction, HOLE_OF_UNKNOWN_SIZE);
		return NULL;
	}
	call->sk = facts->sk;
	call->inode = facts->inode;
	call->family = facts->family;
	call->direction = direction;
	call->connection_created_ns = begun->connection_created_ns;
	call->expected = begun->expected;
	call->expected_seq = begun->expected_seq;
	call->counted = begun->counted;
	call->unproven = begun->unproven;
	call->foreign = begun->foreign;
	call->ktls = begun->ktls;
	if (begun->ktls)
		call->source = L7_SOURCE_KTLS;
	call->enter_ns = bpf_ktime_get_ns();
	return call;
}

#endif /* L7TRACE_BEGIN_BPF_H */
