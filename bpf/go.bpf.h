/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Go's crypto/tls, 1.17 and later, whose functions pass arguments and results
 * in registers. A return probe would break Go's stacks, so user space attaches
 * go_return to each return instruction. Calls are known by their goroutine.
 */
#ifndef L7TRACE_GO_BPF_H
#define L7TRACE_GO_BPF_H

#include "tls_calls.bpf.h"

static __always_inline struct go_calls *goroutine_calls(const struct go_key *key)
{
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, key);
	struct go_calls none = {};

	if (calls)
		return calls;
	if (bpf_map_update_elem(&go_calls, key, &none, BPF_NOEXIST)) {
		count_loss(L7_LOSS_TLS_FULL);
		return NULL;
	}
	return bpf_map_lookup_elem(&go_calls, key);
}

/* A call of this object that moves plaintext begins. */
static __always_inline void begin_go_call(struct tls_object *object, __u32 direction)
{
	__sync_fetch_and_add(&object->under_way[direction], 1);
	/* crypto/tls lets one of them go first, and returns do not tell which it was. */
	if (object->under_way[direction] > 1)
		object->mixed[direction] = 1;
}

/* Both the end of an object and the last of its calls have come. */
static __always_inline void close_go_object(__u64 address, __u32 tgid)
{
	struct tls_key key = { .object = address, .tgid = tgid };
	__u8 closed = 1;

	bpf_map_update_elem(&go_closed, &key, &closed, BPF_ANY);
	close_tls_object(address);
}

static __always_inline bool is_closed_go_object(__u64 address, __u32 tgid)
{
	struct tls_key key = { .object = address, .tgid = tgid };

	return bpf_map_lookup_elem(&go_closed, &key);
}

/* It is over, or will not be seen to end. A closed object ends with the last of them. */
static __always_inline void end_go_call(const struct go_call *call, __u32 tgid)
{
	struct tls_object *object = find_tls_object(call->object, tgid);

	if (call->kind != GO_MOVES || !object || object->id != call->id)
		return;
	__sync_fetch_and_add(&object->under_way[call->direction & 1], -1);
	if (!object->under_way[call->direction & 1])
		object->mixed[call->direction & 1] = 0;
	if (!tls_object_is_busy(object) && object->ended)
		close_go_object(call->object, tgid);
}

/* The place of a call inside of those that the goroutine is in; more than there are places for have been left by a panic. */
static __always_inline struct go_call *new_go_level(struct go_calls *calls, __u32 tgid)
{
	if (calls->depth >= TLS_LEVELS) {
		mark_unseen(calls->level[0].object, tgid);
		mark_unseen(calls->level[1].object, tgid);
		end_go_call(&calls->level[0], tgid);
		end_go_call(&calls->level[1], tgid);
		count_loss(L7_LOSS_TLS_UNFINISHED);
		calls->depth = 0;
	}
	return &calls->level[calls->depth++ ? 1 : 0];
}

static __always_inline int enter_go_call(struct pt_regs *regs, __u32 direction, __u32 kind)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = tgid };
	__u64 address = GO_ARG1(regs);
	struct tls_object *object;
	struct go_calls *calls;
	struct go_call *call;

	if (!probe_hit(regs, tgid) || !address)
		return 0;
	object = find_tls_object(address, tgid);
	if (!object && !is_closed_go_object(address, tgid)) {
		object = get_tls_object(address, tgid, L7_SOURCE_GO_TLS, direction);
		if (!object)
			return 0;
	}
	if (object)
		apply_tls_verdict(object);
	if (object && object->muted && object->connection_id) {
		mark_object_unseen(object);
		return 0;
	}
	calls = goroutine_calls(&key);
	if (!calls) {
		if (object)
			mark_object_unseen(object);
		return 0;
	}
	/* The same object again: the function began anew on a larger stack. (One that panicked would look alike.) */
	call = innermost_go(calls);
	if (kind == GO_HANDSHAKE && call && call->object == address && call->kind == GO_MOVES)
		return 0; /* a handshake inside of Read or Write */
	if (!call || call->object != address)
		call = new_go_level(calls, tgid);
	else
		end_go_call(call, tgid);
	call->object = address;
	call->buffer = GO_ARG2(regs);
	call->enter_ns = bpf_ktime_get_ns();
	call->direction = direction;
	call->kind = kind;
	call->id = object ? object->id : 0;
	if (object && kind == GO_MOVES)
		begin_go_call(object, direction);
	return 0;
}

/* func (c *Conn) Read(b []byte) (int, error) */
SEC("uprobe")
int go_read(struct pt_regs *regs)
{
	return enter_go_call(regs, L7_INGRESS, GO_MOVES);
}

/* func (c *Conn) Write(b []byte) (int, error) */
SEC("uprobe")
int go_write(struct pt_regs *regs)
{
	return enter_go_call(regs, L7_EGRESS, GO_MOVES);
}

/* Has a call of this object moved plaintext? */
static __always_inline bool go_has_moved(const struct tls_object *object)
{
	return object->position[L7_EGRESS] || object->position[L7_INGRESS];
}

/* func (c *Conn) handshakeContext(ctx context.Context) error: moves ciphertext, which tells whose socket it is */
SEC("uprobe")
int go_context(struct pt_regs *regs)
{
	return enter_go_call(regs, L7_INGRESS, GO_HANDSHAKE);
}

/* The goroutine is in one call less. */
static __always_inline void leave_go_level(const struct go_key *key, struct go_calls *calls)
{
	calls->depth--;
	if (!calls->depth)
		bpf_map_delete_elem(&go_calls, key);
}

/* A return instruction of it. */
SEC("uprobe")
int go_context_return(struct pt_regs *regs)
{
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = bpf_get_current_pid_tgid() >> 32 };
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, &key);
	struct go_call *call = calls ? innermost_go(calls) : NULL;

	if (call && call->kind == GO_HANDSHAKE)
		leave_go_level(&key, calls);
	return 0;
}

/* A call failed on an object that never moved anything: a handshake that came to nothing, or one that was closed before. */
static __always_inline void close_unused(struct tls_object *object, __u64 address)
{
	if (!object->connection_id && !go_has_moved(object))
		close_tls_object(address);
}

/* A return instruction of either. */
SEC("uprobe")
int go_return(struct pt_regs *regs)
{
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = bpf_get_current_pid_tgid() >> 32 };
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, &key);
	struct go_call *call = calls ? innermost_go(calls) : NULL;
	__s64 length = (__s64)GO_RESULT1(regs);
	struct tls_object *object;

	if (!call || call->kind != GO_MOVES)
		return 0;
	calls->depth--;
	object = find_tls_object(call->object, key.tgid);
	/* Another object's life may have begun at this address (of one that was not closed): it did not move this. */
	if (object && object->id == call->id) {
		if (length > 0)
			emit_plaintext(call->object, call->buffer, length, call->enter_ns, call->direction & 1);
		else
			close_unused(object, call->object);
	}
	end_go_call(call, key.tgid);
	if (!calls->depth)
		bpf_map_delete_elem(&go_calls, &key);
	return 0;
}

#endif /* L7TRACE_GO_BPF_H */
