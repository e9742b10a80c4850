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
#include "tls_plaintext.bpf.h"

/* A call of this object moved something that nobody looked at. */
static __always_inline void mark_unseen(__u64 address, __u32 tgid)
{
	struct tls_object *object = find_tls_object(address, tgid);

	if (object)
		mark_object_unseen(object);
}

static __always_inline bool moves_plaintext(__u32 shape)
{
	return shape != TLS_CONTEXT && shape != TLS_STATUS;
}

static __always_inline void abandon_level(struct tls_call *call, __u32 tgid)
{
	if (!moves_plaintext(call->shape))
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

/* A call in scope, of the object at this address. */
static __always_inline int enter_object_call(struct pt_regs *regs, __u64 address, __u32 source, __u32 shape,
					     __u32 direction, __u64 length_at)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 stack = FUNCTION_STACK(regs);
	struct tls_object *object;
	struct tls_calls *calls;
	struct tls_call *call;

	object = get_tls_object(address, tgid, source, moves_plaintext(shape) ? direction : L7_INGRESS);
	calls = thread_calls();
	if (!object)
		return 0;
	if (!calls) {
		if (moves_plaintext(shape))
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
	    (!moves_plaintext(shape) || (moves_plaintext(call->shape) && call->direction == direction)))
		return 0;
	if (calls->depth >= TLS_LEVELS) {
		if (moves_plaintext(shape))
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

/* The same, of a function whose first argument is the object. */
static __always_inline int enter_tls_call(struct pt_regs *regs, __u32 source, __u32 shape, __u32 direction,
					  __u64 length_at)
{
	__u64 address = FUNCTION_ARG1(regs);

	if (!probe_hit(regs, bpf_get_current_pid_tgid() >> 32) || !address)
		return 0;
	return enter_object_call(regs, address, source, shape, direction, length_at);
}

/* Bytes that the return of a call says were moved; 0 when none were. */
static __always_inline __u64 returned_length(const struct tls_call *call, __u64 value)
{
	__u64 length = 0;

	switch (call->shape) {
	case TLS_RESULT:
	case TLS_VECTORS:
		return (__s32)value > 0 ? (__u32)value : 0;
	case TLS_RESULT64:
	case TLS_SENDFILE:
		return (__s64)value > 0 ? value : 0;
	case TLS_WRITTEN:
	case TLS_EARLY:
		if ((__u32)value != 1)
			return 0;
		/* More than any call moves: what is not known is a hole. */
		if (bpf_probe_read_user(&length, sizeof(length), (void *)call->length_at))
			return ~0ULL;
		return length;
	}
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
	if (call->shape == TLS_STATUS)
		settle_early_data(call->object, (__s32)RETURNED_VALUE(regs));
	length = returned_length(call, RETURNED_VALUE(regs));
	if (length && call->shape == TLS_VECTORS)
		emit_plaintext_vectors(call->object, call->buffer, call->length_at, length, call->enter_ns);
	else if (length)
		emit_plaintext(call->object, call->buffer, length, call->enter_ns,
			       call->direction | (call->shape == TLS_SENDFILE ? PLAINTEXT_LENGTH_ONLY : 0) |
				       (call->shape == TLS_EARLY ? PLAINTEXT_EARLY : 0));
	return 0;
}

#endif /* L7TRACE_TLS_CALLS_BPF_H */
