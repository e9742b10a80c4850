/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of a connection: made at its first call in scope, found again by
 * its sock whatever descriptor, thread or process uses it, removed when the
 * socket ends.
 */
#ifndef L7TRACE_CONNECTION_BPF_H
#define L7TRACE_CONNECTION_BPF_H

#include "counters.bpf.h"
#include "scope.bpf.h"
#include "socket.bpf.h"

/* Marks an id that was made here because the socket has no cookie. */
#define OWN_ID_BIT (1ULL << 63)

/* A counter that has not been extended before starts one lap up, so that what lies a little behind it is positive. */
#define FIRST_LAP (1ULL << 32)

/* The 64-bit offset with these low 32 bits that is nearest to `near`. */
static __always_inline __u64 extend_counter(__u64 near, __u32 counter)
{
	return near + (__s64)(__s32)(counter - (__u32)near);
}

/* Only forward: another CPU may have told a later one. It is a reference to extend by, so a race does no harm. */
static __always_inline void advance_position(struct connection *connection, __u32 direction, __u64 offset)
{
	if ((__s64)(offset - connection->position[direction & 1]) > 0)
		connection->position[direction & 1] = offset;
}

static __always_inline void emit_close(__u64 id, __u32 tgid, __u32 reason)
{
	struct l7_close_event *event = bpf_ringbuf_reserve(&control_ring, sizeof(*event), 0);

	if (!event) {
		count_loss(L7_LOSS_CONTROL_RING_FULL);
		return;
	}
	event->header.type = L7_EVENT_CLOSE;
	event->header.flags = 0;
	event->header.size = sizeof(*event);
	event->connection_id = id;
	event->time_ns = bpf_ktime_get_ns();
	event->tgid = tgid;
	event->reason = reason;
	bpf_ringbuf_submit(event, 0);
}

static __always_inline void forget_connection(__u64 sk, struct connection *connection, __u32 tgid)
{
	/* Copied first: the slot may be another connection's as soon as it is deleted. */
	__u64 id = connection->opened ? connection->id : 0;
	__u32 reason = connection->is_reset ? L7_CLOSE_RESET : L7_CLOSE_SOCKET;

	if (bpf_map_delete_elem(&connections, &sk) == 0 && id)
		emit_close(id, tgid, reason);
}

/* ktls.bpf.h */
__noinline int emit_ktls_event(__u64 sk, __u64 inode, __u32 change);

static __always_inline void remove_connection(__u64 sk, struct connection *connection, __u32 tgid)
{
	if (connection->ktls_id)
		emit_ktls_event(number_of((struct sock *)sk), connection->inode, L7_TLS_CLOSE);
	forget_connection(sk, connection, tgid);
}

static __always_inline struct connection *find_connection(__u64 sk, __u64 inode)
{
	struct connection *connection = bpf_map_lookup_elem(&connections, &sk);

	return connection && connection->inode == inode ? connection : NULL;
}

static __always_inline __u8 take_role_hint(__u64 sk, __u64 inode)
{
	struct socket_key key = { .sk = sk, .inode = inode };
	__u8 *hint = bpf_map_lookup_elem(&role_hints, &key);
	__u8 evidence = hint ? *hint : L7_EVIDENCE_NONE;

	if (hint)
		bpf_map_delete_elem(&role_hints, &key);
	return evidence;
}

/*
 * What is done once in a connection's life is in functions that are not static
 * and take numbers: the verifier looks at such a function once, and not along
 * every path that leads to it.
 */
__noinline int create_connection(__u64 sk, __u64 inode, __u32 family, __u32 taken)
{
	struct connection fresh = {};
	struct connection *stale;

	fresh.inode = inode;
	fresh.created_ns = bpf_ktime_get_ns();
	fresh.family = family;
	fresh.decided = !!(l7_config.scope_flags & L7_SCOPE_CIPHERTEXT);
	fresh.counted = family == AF_UNIX || tcp_is_multipath(sk) || tcp_is_overridden(sk);
	fresh.evidence = take_role_hint(sk, inode);
	if (fresh.evidence == L7_EVIDENCE_CONNECT)
		fresh.role = L7_ROLE_CLIENT;
	else if (fresh.evidence == L7_EVIDENCE_ACCEPT)
		fresh.role = L7_ROLE_SERVER;
	if (fresh.family == AF_UNIX || tcp_is_multipath(sk)) {
		/* We count, so we must have been there from connect or accept on. */
		fresh.from_start = fresh.evidence != L7_EVIDENCE_NONE;
		if (fresh.family == AF_UNIX && fresh.evidence == L7_EVIDENCE_NONE)
			fresh.evidence = unix_path_evidence((struct sock *)sk, &fresh.role);
	} else {
		__u32 egress = tcp_counter(sk, L7_EGRESS);
		__u32 ingress = tcp_counter(sk, L7_INGRESS) - taken;

		/* Asked after the counters were read: what was untouched still was so before. */
		fresh.from_start = tcp_is_untouched(sk, taken) &&
				   (!fresh.counted || fresh.evidence != L7_EVIDENCE_NONE);
		fresh.ktls_from_start = fresh.from_start;
		fresh.start[L7_EGRESS] = FIRST_LAP + egress;
		fresh.start[L7_INGRESS] = FIRST_LAP + ingress;
		fresh.position[L7_EGRESS] = fresh.start[L7_EGRESS];
		fresh.position[L7_INGRESS] = fresh.start[L7_INGRESS];
	}

	stale = bpf_map_lookup_elem(&connections, &sk);
	if (stale && stale->inode != inode) /* its end was missed and the address is used again */
		forget_connection(sk, stale, 0);
	if (bpf_map_update_elem(&connections, &sk, &fresh, BPF_NOEXIST) && !find_connection(sk, inode))
		count_loss(L7_LOSS_CONNECTIONS_FULL);
	return 0;
}

/*
 * Makes the state of a connection that stands; NULL when there is no room. Its ingress begins with what was `taken`
 * out of it (TCP: the counter's change) by the call that shows it. The address of the sock must be a plain number.
 */
static __always_inline struct connection *make_connection(const struct socket_facts *facts, __u32 taken)
{
	create_connection(facts->sk, facts->inode, facts->family, taken);
	return find_connection(facts->sk, facts->inode);
}

static __always_inline struct connection *get_connection(const struct socket_facts *facts)
{
	struct connection *connection = find_connection(facts->sk, facts->inode);

	return connection ? connection : make_connection(facts, 0);
}

/* The id is given once. In a tracepoint program `cookie` is what the socket has; 0 makes an id of ours. */
static __always_inline void name_connection(struct connection *connection, __u64 cookie)
{
	if (connection->id)
		return;
	/* Both halves are the state's own, so racing threads name it alike. */
	connection->id = cookie ? cookie
				: OWN_ID_BIT | (connection->created_ns & 0x7fffffff) << 32 | (__u32)connection->inode;
}

/* What user space has said of an id since the generation that is known; 0 for nothing. */
static __always_inline __u8 new_verdict(__u64 id, __u32 *known)
{
	__u32 generation = verdict_generation;
	__u8 *verdict;

	if (*known == generation)
		return 0;
	*known = generation;
	verdict = id ? bpf_map_lookup_elem(&verdicts, &id) : NULL;
	return verdict ? *verdict : 0;
}

static __always_inline void apply_verdict(struct connection *connection)
{
	__u8 verdict = new_verdict(connection->id, &connection->verdict_generation);

	if (!verdict)
		return;
	connection->decided = 1;
	/* What was said of it before it was bound to a TLS object does not bring its ciphertext back. */
	connection->muted = connection->tls_id || verdict == L7_VERDICT_MUTE;
	if (verdict == L7_VERDICT_FRAMED)
		connection->protocol = L7_PROTOCOL_HTTP2;
}

/* The process's name: its threads may have others (MySQL 9 calls those of its connections "connection"). */
static __always_inline void read_process_name(char name[L7_COMM_LEN])
{
	struct task_struct *leader = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), group_leader);

	bpf_core_read_str(name, L7_COMM_LEN, &leader->comm);
}

/* Tells of a connection before its first data; tried again at the next call when the ring was full. */
__noinline int open_connection(__u64 address, __u64 inode)
{
	struct connection *connection = find_connection(address, inode);
	struct sock *sk = (struct sock *)address;
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct l7_open_event *event;

	if (!connection)
		return 0;
	event = bpf_ringbuf_reserve(&control_ring, sizeof(*event), 0);
	if (!event) {
		count_loss(L7_LOSS_CONTROL_RING_FULL);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->header.type = L7_EVENT_OPEN;
	event->header.size = sizeof(*event);
	event->connection_id = connection->id;
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup_id = bpf_get_current_cgroup_id();
	event->egress_offset = connection->start[L7_EGRESS];
	event->ingress_offset = connection->start[L7_INGRESS];
	event->inode = connection->inode;
	event->tgid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	event->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	event->family = connection->family;
	event->role = connection->role;
	event->role_evidence = connection->evidence;
	event->from_start = connection->from_start;
	read_process_name(event->comm);
	if (event->family == AF_UNIX)
		read_unix_addresses(sk, event);
	else
		read_tcp_addresses(sk, event);
	connection->opened = 1;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

#endif /* L7TRACE_CONNECTION_BPF_H */
