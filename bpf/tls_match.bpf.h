/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which socket carries a TLS object's ciphertext. Two proofs, and no guess:
 *
 * - a socket call nested in a call of the TLS library, by the same thread,
 *   whose bytes begin with a TLS record;
 * - the ciphertext itself: the first bytes of a record that the object wrote
 *   are what a socket sends, or those that a socket received are what the
 *   object reads, in the same process, whichever thread does it.
 */
#ifndef L7TRACE_TLS_MATCH_BPF_H
#define L7TRACE_TLS_MATCH_BPF_H

#include "go_calls.bpf.h"
#include "tls_objects.bpf.h"
#include "tls_records.bpf.h"

/* What a call of the library does with the bytes. */
enum tls_shape {
	TLS_CONTEXT,  /* moves no plaintext, but ciphertext while it runs */
	TLS_STATUS,   /* moves nothing; the return value says what came of early data */
	TLS_RESULT,   /* the return value is the length, if above 0 */
	TLS_RESULT64, /* the same, as wide as ssize_t */
	TLS_WRITTEN,  /* returns 1 and writes the length to where an argument points */
	TLS_EARLY,    /* the same, of early data: whether the peer takes it is known later */
	TLS_SENDFILE, /* as TLS_RESULT64; the bytes are a file's */
	TLS_VECTORS,  /* as TLS_RESULT; the buffer is an array of `length_at` buffers (struct tls_vector) */
};

struct tls_call {
	__u64 object;
	__u64 stack; /* the thread's stack pointer at the entry: which return belongs to it */
	__u64 enter_ns;
	__u64 buffer;
	__u64 length_at;
	__u64 header_at; /* where the header of a record was read to that goes on behind it */
	__u8 shape;      /* enum tls_shape */
	__u8 direction;  /* enum l7_direction */
	__u8 pad[6];
};

/* Calls of TLS libraries that a thread (pid_tgid) is in, outermost first. */
struct tls_calls {
	struct tls_call level[TLS_LEVELS];
	__u32 depth;
	__u32 pad;
	/* A function under way that writes to a buffer of its caller: BIO_read in the innermost call, or gnutls_init. */
	__u64 inner_stack;
	__u64 inner_buffer;
	__u64 inner_length_at;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct tls_calls);
} tls_calls SEC(".maps");

static __always_inline struct tls_call *innermost(struct tls_calls *calls)
{
	__u32 depth = calls->depth;

	if (!depth || depth > TLS_LEVELS)
		return NULL;
	return &calls->level[depth == 1 ? 0 : 1];
}

static __always_inline struct tls_call *current_tls_call(void)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&tls_calls, &pid_tgid);

	return calls ? innermost(calls) : NULL;
}

/* Deeper than this a thread's stack is another one. */
#define STACK_REACH (1ULL << 20)

/* Is a socket call that was made at this depth of the stack inside of the TLS call? */
static __always_inline bool is_inside(const struct tls_call *call, __u64 stack)
{
	return stack && stack < call->stack && call->stack - stack < STACK_REACH;
}

/* May the bytes of this connection's next call tell whose ciphertext it carries? */
static __always_inline bool tls_is_wanted(const struct connection *connection)
{
	if (!tls_is_probed || connection->tls_id)
		return false;
	return process_has_unbound(bpf_get_current_pid_tgid() >> 32) || current_tls_call();
}

/*
 * Object and connection are one from here on. The ciphertext is of no more use: the plaintext is there. `id` is the object's
 * as it was proven: its entry may have become another one's meanwhile.
 */
static __always_inline void bind_tls(struct tls_object *object, __u64 id, __u64 address, struct connection *connection,
				     __u64 sk, __u32 proof)
{
	if (!connection->opened)
		open_connection(sk, connection->inode);
	if (!object->connection_id)
		add_unbound(bpf_get_current_pid_tgid() >> 32, -1);
	object->sk = sk;
	object->inode = connection->inode;
	object->proof = proof;
	object->connection_id = connection->id;
	if (object->id != id) {
		object->connection_id = 0;
		add_unbound(bpf_get_current_pid_tgid() >> 32, 1);
		return;
	}
	/* What it moved until now was its connection's, and that is in scope. */
	if (object->unread) {
		count_loss_by(L7_LOSS_TLS_UNPROVEN, object->unread);
		object->unread = 0;
	}
	connection->tls_id = id;
	connection->protocol = L7_PROTOCOL_TLS;
	connection->decided = 1;
	connection->muted = 1;
	object->untold = emit_tls_event(address, L7_TLS_BOUND);
}

/* The socket of a call inside of a call of this object moved a record, and no other object is known to have made it. */
static __always_inline void bind_nested(struct connection *connection, __u64 sk, __u64 address, __u64 buffer)
{
	struct tls_object *object = find_tls_object(address, bpf_get_current_pid_tgid() >> 32);
	__u8 header[8] = {};

	if (!object || object->unborn || bpf_probe_read_user(header, RECORD_HEADER, (void *)buffer) ||
	    !is_record_header(header))
		return;
	if (object->connection_id) {
		/* The object was given another socket. Nothing that it read of the first goes on here. */
		__u32 source = object->source;

		open_tls_object(address, source, 0);
		object = find_tls_object(address, bpf_get_current_pid_tgid() >> 32);
		if (!object)
			return;
	}
	bind_tls(object, object->id, address, connection, sk, L7_PROOF_NESTED_CALL);
}

/* The object of this thread's, or goroutine's, call that a socket call is inside of; 0 for none. */
static __always_inline __u64 enclosing_object(__u32 direction)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct call *socket_call = current_call();
	struct tls_calls *calls_here = bpf_map_lookup_elem(&tls_calls, &pid_tgid);
	struct tls_call *call = calls_here ? innermost(calls_here) : NULL;
	struct tls_object *object;

	if (!socket_call)
		return 0;
	if (!call || !is_inside(call, socket_call->stack))
		return object_of_goroutine(socket_call->goroutine);
	object = find_tls_object(call->object, pid_tgid >> 32);
	if (!object)
		return 0;
	/*
	 * OpenSSL's own receives are made by BIO_read. Without one around it, the call is a callback's, which may talk to anybody
	 * (also by TLS). A send inside is its own if it made the record: that is asked by the caller.
	 */
	if (direction == L7_INGRESS && object->source == L7_SOURCE_OPENSSL &&
	    (!calls_here->inner_stack || socket_call->stack >= calls_here->inner_stack))
		return 0;
	return call->object;
}

/*
 * NSS hands on what it is given, in the same place, while its TLS is switched off (SSL_SECURITY), for STARTTLS or a proxy's CONNECT:
 * such a call is none of TLS. A record never stands where the plaintext does.
 */
static __always_inline bool is_handed_on(__u64 address, __u64 buffer)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_object *object = find_tls_object(address, pid_tgid >> 32);
	struct tls_call *call = current_tls_call();

	if (!object || object->source != L7_SOURCE_NSS || !call || call->object != address || call->buffer != buffer)
		return false;
	call->shape = TLS_CONTEXT;
	return true;
}

/* Bytes have passed on a socket that is not bound: do they tell whose they are? The buffer is the process's. */
static __always_inline int match_socket_bytes(__u64 sk, __u64 inode, __u64 buffer, __u64 total, __u32 direction)
{
	struct connection *connection = find_connection(sk, inode);
	struct tls_record record = {};
	struct tls_candidate found;
	struct tls_object *object;
	__u64 enclosing;
	bool tells;

	if (!connection)
		return 0;
	enclosing = enclosing_object(direction);
	if ((enclosing && is_handed_on(enclosing, buffer)) || total < RECORD_HEADER)
		return 0;
	tells = read_record(&record, buffer, total, direction);
	if (direction == L7_INGRESS) {
		if (enclosing)
			bind_nested(connection, sk, enclosing, buffer);
		else if (tells)
			offer_record(&record, connection->id, sk, inode);
		return 0;
	}
	if (tells && take_record(&record, &found)) {
		object = find_tls_object(found.holder, record.tgid);
		if (object && object->id == found.id && !object->connection_id)
			bind_tls(object, found.id, found.holder, connection, sk,
				 found.holder == enclosing ? L7_PROOF_NESTED_CALL : L7_PROOF_CIPHERTEXT_MATCH);
		return 0;
	}
	/* Of an object whose records are seen as it makes them, this is none. */
	object = enclosing ? find_tls_object(enclosing, bpf_get_current_pid_tgid() >> 32) : NULL;
	if (object && !object->bio_seen)
		bind_nested(connection, sk, enclosing, buffer);
	return 0;
}

/* Plaintext of kTLS has passed inside of a call of a TLS library: its object has this socket, and tells the plaintext itself. */
static __always_inline int match_plaintext(const struct call *call)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct connection *connection = find_connection(call->sk, call->inode);
	__u64 enclosing = enclosing_object(call->direction & 1);
	struct tls_object *object = enclosing ? find_tls_object(enclosing, tgid) : NULL;

	if (connection && object && !object->connection_id)
		bind_tls(object, object->id, enclosing, connection, call->sk, L7_PROOF_NESTED_CALL);
	return 0;
}

/* The same for what the thread's call has moved, as it is planned in its segment. */
__noinline int match_call(void)
{
	struct call *call = current_call();
	struct user_iovec first = {};

	if (!call)
		return 0;
	first.base = call->segment.buffer;
	first.length = call->segment.total;
	if (call->segment.vectors && read_element(&first, first.base, 0, call->segment.skip, call->segment.memory))
		return 0;
	if (call->ktls)
		return match_plaintext(call);
	return match_socket_bytes(call->sk, call->inode, first.base, first.length, call->direction & 1);
}

/* An object that is not bound has made a record, or was given one: the other end of it may be a socket's. */
__noinline int match_object_bytes(__u64 address, __u64 buffer, __u64 total, __u32 direction)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct tls_object *object = find_tls_object(address, tgid);
	struct connection *connection;
	struct tls_record record = {};
	struct tls_candidate found;

	if (!object)
		return 0;
	if (direction == L7_EGRESS)
		object->bio_seen = 1;
	if (object->connection_id || !read_record(&record, buffer, total, direction))
		return 0;
	if (direction == L7_EGRESS) {
		offer_record(&record, object->id, address, 0);
		return 0;
	}
	if (!take_record(&record, &found))
		return 0;
	connection = find_connection(found.holder, found.inode);
	if (connection && connection->id == found.id && !connection->tls_id)
		bind_tls(object, object->id, address, connection, found.holder, L7_PROOF_CIPHERTEXT_MATCH);
	return 0;
}

#endif /* L7TRACE_TLS_MATCH_BPF_H */
