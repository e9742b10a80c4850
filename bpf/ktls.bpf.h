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

#include "tls_events.bpf.h"

/* A control message that a receive is given: struct cmsghdr, then the type of the record. */
#define CONTROL_HEADER 16
#define RECORD_OF_DATA 23

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

/* Tells of the object: that it is bound to its socket, or over. 1 when the ring was full. */
__noinline int emit_ktls_event(__u64 sk, __u64 inode, __u32 change)
{
	struct connection *connection = find_connection(sk, inode);
	struct l7_tls_event *event;

	if (!connection)
		return 0;
	event = reserve_tls_event(change);
	if (!event)
		return 1;
	event->tls_id = connection->ktls_id;
	event->connection_id = connection->id;
	event->object = sk;
	event->proof = L7_PROOF_SOCKET;
	event->source = L7_SOURCE_KTLS;
	event->from_start = connection->ktls_from_start;
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
		connection->ktls_id = new_tls_id();
	connection->protocol = L7_PROTOCOL_TLS;
	connection->decided = 1;
	connection->muted = 1;
	connection->ktls_untold = emit_ktls_event(sk, connection->inode, L7_TLS_BOUND);
}

static __always_inline void apply_ktls_verdict(struct connection *connection)
{
	__u8 verdict = new_verdict(connection->ktls_id, &connection->ktls_generation);

	if (!verdict)
		return;
	connection->ktls_muted = verdict == L7_VERDICT_MUTE;
	if (verdict == L7_VERDICT_FRAMED)
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
