/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kTLS: the kernel does the TLS of a socket, and its calls carry plaintext. For
 * user space such a socket is bound to an object of its own, as one that a TLS
 * library serves is: the ciphertext of the handshake is the connection's, the
 * plaintext the object's, and its offsets count from 0 what calls moved.
 *
 * Each direction is given its keys at a time of its own. What calls carry as
 * another type of record (alerts, keys, tickets) has a control message, and is
 * no plaintext of the program's.
 */
#ifndef L7TRACE_KTLS_BPF_H
#define L7TRACE_KTLS_BPF_H

#include "connection.bpf.h"

/* A control message that a receive is given: struct cmsghdr, then the type of the record. */
#define CONTROL_HEADER 16
#define RECORD_OF_DATA 23

/* As TLS_ID_BIT of tls_objects.bpf.h: no socket's id has it. */
#define KTLS_ID_BIT (1ULL << 62)

/*
 * Does the kernel do the TLS of this direction of the (overridden) TCP socket? It has the protocol named so, and with the
 * keys of a direction its own function for that direction's calls.
 */
static __always_inline bool ktls_does(__u64 address, __u32 direction)
{
	struct sock *sk = (struct sock *)address;
	struct proto *now = BPF_CORE_READ(sk, __sk_common.skc_prot);
	struct proto *first = BPF_CORE_READ(sk, sk_prot_creator);
	struct tcp_ulp_ops *protocol = BPF_CORE_READ((struct inet_connection_sock *)sk, icsk_ulp_ops);
	char name[4] = {};

	if (!protocol)
		return false;
	bpf_core_read(name, sizeof(name), &protocol->name);
	if (name[0] != 't' || name[1] != 'l' || name[2] != 's' || name[3])
		return false;
	return direction == L7_EGRESS ? BPF_CORE_READ(now, sendmsg) != BPF_CORE_READ(first, sendmsg)
				      : BPF_CORE_READ(now, recvmsg) != BPF_CORE_READ(first, recvmsg);
}

/* Tells of the object: that it is bound to its socket, or over. */
__noinline int emit_ktls_event(__u64 sk, __u64 inode, __u32 change)
{
	struct connection *connection = find_connection(sk, inode);
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct l7_tls_event *event;

	if (!connection)
		return 0;
	event = bpf_ringbuf_reserve(&control_ring, sizeof(*event), 0);
	if (!event) {
		count_loss(L7_LOSS_CONTROL_RING_FULL);
		return 1;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->header.type = L7_EVENT_TLS;
	event->header.size = sizeof(*event);
	event->tls_id = connection->ktls_id;
	event->connection_id = connection->id;
	event->time_ns = bpf_ktime_get_ns();
	event->object = sk;
	event->cgroup_id = bpf_get_current_cgroup_id();
	event->tgid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	event->change = change;
	event->proof = L7_PROOF_SOCKET;
	event->source = L7_SOURCE_KTLS;
	event->from_start = connection->ktls_from_start;
	read_process_name(event->comm);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* Plaintext is about to be told of: under whose id. Its ciphertext is of no use any more. */
static __always_inline void name_ktls(struct connection *connection, __u64 sk)
{
	if (connection->ktls_id && !connection->ktls_untold)
		return;
	if (!connection->opened)
		open_connection(sk, connection->inode);
	if (!connection->ktls_id)
		connection->ktls_id = KTLS_ID_BIT | (bpf_ktime_get_ns() << 10 & (KTLS_ID_BIT - 1)) |
				      (bpf_get_smp_processor_id() & 1023);
	connection->protocol = L7_PROTOCOL_TLS;
	connection->decided = 1;
	connection->muted = 1;
	connection->ktls_untold = emit_ktls_event(sk, connection->inode, L7_TLS_BOUND);
}

/* User space has said something since the plaintext was looked at. */
static __always_inline void apply_ktls_verdict(struct connection *connection)
{
	__u32 generation = verdict_generation;
	__u64 id = connection->ktls_id;
	__u8 *verdict;

	if (connection->ktls_generation == generation)
		return;
	connection->ktls_generation = generation;
	verdict = bpf_map_lookup_elem(&verdicts, &id);
	if (!verdict)
		return;
	connection->ktls_muted = *verdict == L7_VERDICT_MUTE;
	if (*verdict == L7_VERDICT_FRAMED)
		connection->ktls_protocol = L7_PROTOCOL_HTTP2;
}

/* A call of kTLS with a control message: was it a record of plaintext after all? Only a receive can say so, when it is done. */
static __always_inline bool is_plaintext_record(const struct call *call)
{
	__u8 type = RECORD_OF_DATA;

	if (!call->control)
		return true;
	if (call->direction == L7_EGRESS ||
	    bpf_probe_read_user(&type, sizeof(type), (void *)(call->control + CONTROL_HEADER)))
		return false;
	return type == RECORD_OF_DATA;
}

#endif /* L7TRACE_KTLS_BPF_H */
