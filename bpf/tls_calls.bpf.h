/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of TLS libraries: remembered at entry, decided at return. A return is
 * matched to its entry by the stack pointer, so that a call which never
 * returned (longjmp, another stack) can't take another one's place.
 */
#ifndef L7TRACE_TLS_CALLS_BPF_H
#define L7TRACE_TLS_CALLS_BPF_H

#include "begin.bpf.h"
#include "hits.bpf.h"
#include "tls_match.bpf.h"

/* Bits of emit_plaintext's last argument, above the direction. */
#define PLAINTEXT_LENGTH_ONLY 2

/* Records that a call may become where each frame in it has to be read: 8 MiB with a framed_limit of 256 KiB. */
#define FRAMED_PIECES 32

static __always_inline void mark_object_unseen(struct tls_object *object)
{
	object->unseen[L7_EGRESS] = 1;
	object->unseen[L7_INGRESS] = 1;
}

/* A call of this object moved something that nobody looked at. */
static __always_inline void mark_unseen(__u64 address, __u32 tgid)
{
	struct tls_object *object = find_tls_object(address, tgid);

	if (object)
		mark_object_unseen(object);
}

static __always_inline void abandon_level(struct tls_call *call, __u32 tgid)
{
	if (call->shape == TLS_CONTEXT)
		return;
	mark_unseen(call->object, tgid);
	count_loss(L7_LOSS_TLS_UNFINISHED);
}

/* The levels that a new call on this stack can be inside of: stacks grow down. What else stands there never returned. */
static __always_inline void drop_stale_levels(struct tls_calls *calls, __u64 stack, __u32 tgid)
{
	if (calls->depth > 1 && calls->level[1].stack <= stack) {
		abandon_level(&calls->level[1], tgid);
		calls->depth = 1;
	}
	if (calls->depth && calls->level[0].stack <= stack) {
		abandon_level(&calls->level[0], tgid);
		calls->depth = 0;
	}
}

static __always_inline struct tls_calls *thread_calls(void)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&tls_calls, &pid_tgid);
	struct tls_calls none = {};

	if (calls)
		return calls;
	if (bpf_map_update_elem(&tls_calls, &pid_tgid, &none, BPF_NOEXIST)) {
		count_loss(L7_LOSS_TLS_FULL);
		return NULL;
	}
	return bpf_map_lookup_elem(&tls_calls, &pid_tgid);
}

/*
 * An object is named by a call: known, or new and joined in the middle. Where one thread may write while another one reads
 * (all but OpenSSL, whose object is one thread's at a time), a read may be under way whose entry was not seen and whose return
 * will not be: a hole, so that no answer is taken for an earlier one's.
 */
static __always_inline struct tls_object *get_tls_object(__u64 address, __u32 tgid, __u32 source, __u32 direction)
{
	struct tls_object *object = find_tls_object(address, tgid);

	if (object)
		return object;
	add_tls_object(address, source, source != L7_SOURCE_OPENSSL && direction == L7_EGRESS ? OBJECT_READ_UNSEEN : 0);
	return find_tls_object(address, tgid);
}

static __always_inline int enter_tls_call(struct pt_regs *regs, __u32 source, __u32 shape, __u32 direction,
					  __u64 length_at)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address = FUNCTION_ARG1(regs);
	__u64 stack = FUNCTION_STACK(regs);
	struct tls_object *object;
	struct tls_calls *calls;
	struct tls_call *call;

	if (!probe_hit(regs, tgid) || !address)
		return 0;
	object = get_tls_object(address, tgid, source, shape == TLS_CONTEXT ? L7_INGRESS : direction);
	calls = thread_calls();
	if (!object)
		return 0;
	if (!calls) {
		if (shape != TLS_CONTEXT)
			mark_object_unseen(object);
		return 0;
	}
	apply_tls_verdict(object);
	if (object->muted && object->connection_id) {
		mark_object_unseen(object);
		return 0;
	}
	/* A function that ends in a jump to another one of the library has left its frame to it. */
	call = innermost(calls);
	if (call && call->object == address && call->stack == stack && call->buffer == FUNCTION_ARG2(regs))
		return 0;
	drop_stale_levels(calls, stack, tgid);
	call = innermost(calls);
	/*
	 * One function of the library that is made of another one: the outer one tells. A write inside of a read is not: it is
	 * a callback's (Node's programs write when they hear that the handshake is done, inside of SSL_read).
	 */
	if (call && call->object == address &&
	    (shape == TLS_CONTEXT || (call->shape != TLS_CONTEXT && call->direction == direction)))
		return 0;
	if (calls->depth >= TLS_LEVELS) {
		if (shape != TLS_CONTEXT)
			mark_object_unseen(object);
		return 0;
	}
	call = &calls->level[calls->depth ? 1 : 0];
	call->object = address;
	call->stack = stack;
	call->enter_ns = bpf_ktime_get_ns();
	call->buffer = FUNCTION_ARG2(regs);
	call->length_at = length_at;
	call->header_at = 0;
	call->shape = shape;
	call->direction = direction;
	calls->inner_stack = 0;
	calls->depth++;
	return 0;
}

/* Bytes that the return of a call says were moved; 0 when none were. */
static __always_inline __u64 returned_length(const struct tls_call *call, __u64 value)
{
	__u64 length = 0;

	switch (call->shape) {
	case TLS_RESULT:
		return (__s32)value > 0 ? (__u32)value : 0;
	case TLS_RESULT64:
	case TLS_SENDFILE:
		return (__s64)value > 0 ? value : 0;
	case TLS_WRITTEN:
		if ((__u32)value != 1)
			return 0;
		/* More than any call moves: what is not known is a hole. */
		if (bpf_probe_read_user(&length, sizeof(length), (void *)call->length_at))
			return ~0ULL;
		return length;
	}
	return 0;
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
	/* Each direction takes its own mark, and adds to its own position: the other one's call may do so at the same time. */
	if (object->unseen[direction]) {
		object->unseen[direction] = 0;
		__sync_fetch_and_add(&object->position[direction], HOLE_OF_UNKNOWN_SIZE);
	}
	offset = object->position[direction];
	__sync_fetch_and_add(&object->position[direction], length);
	/* In a scope of ports nothing is read of what may be another port's. */
	if (object->muted || ((l7_config.scope_flags & L7_SCOPE_PORTS) && !object->connection_id))
		return 0;
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

/* Every function that enter_tls_call was called for returns here. */
SEC("uretprobe")
int tls_return(struct pt_regs *regs)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&tls_calls, &pid_tgid);
	__u64 stack = RETURNED_STACK(regs);
	struct tls_call *call;
	__u64 length;

	if (!calls || !calls->depth)
		return 0;
	if (calls->level[0].stack == stack) {
		if (calls->depth > 1)
			abandon_level(&calls->level[1], pid_tgid >> 32);
		call = &calls->level[0];
		calls->depth = 0;
	} else if (calls->depth > 1 && calls->level[1].stack == stack) {
		call = &calls->level[1];
		calls->depth = 1;
	} else {
		return 0;
	}
	length = returned_length(call, RETURNED_VALUE(regs));
	if (length)
		emit_plaintext(call->object, call->buffer, length, call->enter_ns,
			       call->direction | (call->shape == TLS_SENDFILE ? PLAINTEXT_LENGTH_ONLY : 0));
	return 0;
}

#endif /* L7TRACE_TLS_CALLS_BPF_H */
