/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The plaintext that a call has moved: its place in the object's stream, and its records in the data ring. */
#ifndef L7TRACE_TLS_PLAINTEXT_BPF_H
#define L7TRACE_TLS_PLAINTEXT_BPF_H

#include "begin.bpf.h"
#include "tls_objects.bpf.h"

/* Bits of emit_plaintext's last argument, above the direction. */
#define PLAINTEXT_LENGTH_ONLY 2
#define PLAINTEXT_EARLY 4

/* What SSL_get_early_data_status returns (ssl.h). */
#define EARLY_STATUS_REJECTED 1
#define EARLY_STATUS_ACCEPTED 2

/* Elements of an array that TLS_VECTORS is given: as many as NSPR takes (PR_MAX_IOVECTOR_SIZE). */
#define TLS_VECTOR_ELEMENTS 16

/* Records that a call may become where each frame in it has to be read: 8 MiB with a framed_limit of 256 KiB. */
#define FRAMED_PIECES 32

static __always_inline void mark_object_unseen(struct tls_object *object)
{
	object->unseen[L7_EGRESS] = 1;
	object->unseen[L7_INGRESS] = 1;
}

static __always_inline void classify_plaintext(struct tls_object *object, __u64 buffer, __u64 length)
{
	__u32 protocol;

	if (object->protocol != L7_PROTOCOL_UNKNOWN || object->looked_at >= INFER_SEGMENTS)
		return;
	object->looked_at++;
	protocol = infer_bytes(buffer, 0, length, L7_ROLE_UNKNOWN, MEMORY_USER);
	if (protocol != L7_PROTOCOL_TLS && protocol != L7_PROTOCOL_OTHER)
		object->protocol = protocol;
}

/* Puts a record of a call's plaintext, or of a piece of it, into the ring. */
static __always_inline void emit_plaintext_record(struct call *call, __u64 length, __u32 limit)
{
	call->segment.total = length;
	call->segment.captured = 0;
	call->segment.tailed = 0;
	call->segment.flags &= ~L7_DATA_FAULT;
	if (!(call->segment.flags & L7_DATA_LENGTH_ONLY))
		plan_segment(&call->segment, call, length, limit);
	emit_flat();
}

/*
 * Something is written. What is behind early data of which nobody has asked whether the peer took it (SSL_get_early_data_status) may be
 * the same once more: an answer would be either's.
 */
static __always_inline void follow_early_data(struct tls_object *object, __u32 is_early)
{
	if (is_early && object->early == EARLY_NONE) {
		object->early = EARLY_SENT;
	} else if (!is_early && object->early == EARLY_SENT) {
		object->early = EARLY_NONE;
		mark_object_unseen(object);
	}
}

/* The library says what came of early data: the peer has taken it, or none of it, and the stream begins anew. */
static __always_inline void settle_early_data(__u64 address, __s32 status)
{
	struct tls_object *object = find_tls_object(address, bpf_get_current_pid_tgid() >> 32);

	if (!object || object->early != EARLY_SENT)
		return;
	if (status == EARLY_STATUS_REJECTED)
		open_tls_object(address, object->source, 1);
	else if (status == EARLY_STATUS_ACCEPTED)
		object->early = EARLY_NONE;
}

/*
 * `length` bytes of plaintext were moved: a record of them, at their place in the object's stream. The thread is in no socket
 * call here, so the place where such a call stands is free.
 */
__noinline int emit_plaintext(__u64 address, __u64 buffer, __u64 length, __u64 enter_ns, __u32 kind)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_object *object = find_tls_object(address, pid_tgid >> 32);
	__u32 direction = kind & 1;
	__u32 limit;
	struct call *call;
	__u64 offset;
	int i;

	if (!object)
		return 0;
	if (length > 0x7fffffff) {
		mark_object_unseen(object);
		return 0;
	}
	if (direction == L7_EGRESS)
		follow_early_data(object, kind & PLAINTEXT_EARLY);
	/* Each direction takes its own mark, and adds to its own position: the other one's call may do so at the same time. */
	if (object->unseen[direction]) {
		object->unseen[direction] = 0;
		__sync_fetch_and_add(&object->position[direction], HOLE_OF_UNKNOWN_SIZE);
	}
	offset = object->position[direction];
	__sync_fetch_and_add(&object->position[direction], length);
	if (object->muted)
		return 0;
	/* In a scope of ports nothing is read of what may be another port's. */
	if ((l7_config.scope_flags & L7_SCOPE_PORTS) && !object->connection_id) {
		__sync_fetch_and_add(&object->unread, 1);
		return 0;
	}
	if (object->untold && object->connection_id)
		object->untold = emit_tls_event(address, L7_TLS_BOUND);
	if (!(kind & PLAINTEXT_LENGTH_ONLY))
		classify_plaintext(object, buffer, length);
	call = new_call();
	if (!call)
		return 0;
	call->kind = CALL_FLAT;
	call->buffer = buffer;
	call->enter_ns = enter_ns;
	call->direction = direction;
	call->source = object->source;
	call->segment.offset = offset;
	call->segment.connection_id = object->id;
	if (object->mixed[direction]) {
		call->segment.flags |= L7_DATA_OFFSET_UNPROVEN;
		count_loss(L7_LOSS_OFFSET_UNPROVEN);
	}
	if (kind & PLAINTEXT_LENGTH_ONLY)
		call->segment.flags |= L7_DATA_LENGTH_ONLY;
	if (direction == L7_INGRESS && object->under_way[L7_EGRESS])
		call->segment.flags |= L7_DATA_WRITE_PENDING;
	call->segment.protocol = object->protocol;
	limit = head_limit(object->protocol);
	if (object->protocol == L7_PROTOCOL_HTTP2 && !(kind & PLAINTEXT_LENGTH_ONLY)) {
		/* Programs hand their library a megabyte of frames at once: in pieces, each at its place. */
		for (i = 0; i < FRAMED_PIECES - 1 && length > limit; i++) {
			emit_plaintext_record(call, limit, limit);
			call->segment.offset += limit;
			call->buffer += limit;
			length -= limit;
		}
	}
	emit_plaintext_record(call, length, limit);
	call->active = 0;
	return 0;
}

/* An element of an array that TLS_VECTORS is given: NSPR's PRIOVec, whose length is an int. */
struct tls_vector {
	__u64 base;
	__s32 length;
	__u32 pad;
};

/*
 * `length` bytes were written from an array of buffers, each of which becomes a record. Of an object that is not bound their
 * length alone is told: what NSS is given while its TLS is switched off goes on to the socket as it is, copied to another place.
 */
__noinline int emit_plaintext_vectors(__u64 address, __u64 array, __u64 elements, __u64 length, __u64 enter_ns)
{
	struct tls_object *object = find_tls_object(address, bpf_get_current_pid_tgid() >> 32);
	struct tls_vector vector = {};
	__u64 part;
	int i;

	if (!object)
		return 0;
	for (i = 0; i < TLS_VECTOR_ELEMENTS && object->connection_id && i < (int)elements && length; i++) {
		if (bpf_probe_read_user(&vector, sizeof(vector), (void *)(array + i * sizeof(vector))) ||
		    vector.length < 0)
			break;
		part = (__u64)vector.length < length ? vector.length : length;
		if (part)
			emit_plaintext(address, vector.base, part, enter_ns, L7_EGRESS);
		length -= part;
	}
	if (length)
		emit_plaintext(address, 0, length, enter_ns, L7_EGRESS | PLAINTEXT_LENGTH_ONLY);
	return 0;
}

#endif /* L7TRACE_TLS_PLAINTEXT_BPF_H */
