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

/* Nothing lives here any more: it was closed, and the last of its calls has returned. */
static __always_inline void close_go_object(struct tls_object *object, __u64 address, __u32 tgid)
{
	struct tls_key key = { .object = address, .tgid = tgid };
	__u8 closed = 1;

	if (object->unborn) {
		bpf_map_delete_elem(&tls_objects, &key);
		return;
	}
	bpf_map_update_elem(&go_closed, &key, &closed, BPF_ANY);
	close_tls_object(address);
}

/*
 * Is it what the call was made of? A call holds what it was made of, so that nothing else comes to live at its address
 * meanwhile: what was taken for the next life there began with it, or earlier.
 */
static __always_inline bool is_of_call(const struct tls_object *object, const struct go_call *call)
{
	return object->id == call->id || (object->previous_id && object->previous_id == call->id);
}

/*
 * A call of this object that moves plaintext begins. False when another thread has closed it meanwhile, and where it stood in the map
 * another one stands by now: that one's count is left as it was. (Where none stands yet, the next one begins with a count of its own.)
 */
static __always_inline bool begin_go_call(struct tls_object *object, const struct go_call *call)
{
	__u32 direction = call->direction & 1;

	__sync_fetch_and_add(&object->under_way[direction], 1);
	if (!is_of_call(object, call)) {
		__sync_fetch_and_add(&object->under_way[direction], -1);
		return false;
	}
	/* crypto/tls lets one of them go first, and returns do not tell which it was. */
	if (object->under_way[direction] > 1)
		object->mixed[direction] = 1;
	return true;
}

/* A call is over, or will not be seen to end; so is an object that waits for the last one. */
static __always_inline void end_go_call(const struct go_call *call, __u32 tgid)
{
	struct tls_object *object = find_tls_object(call->object, tgid);

	if (!object || !is_of_call(object, call))
		return;
	if (call->kind == GO_MOVES) {
		__sync_fetch_and_add(&object->under_way[call->direction & 1], -1);
		if (!object->under_way[call->direction & 1])
			object->mixed[call->direction & 1] = 0;
	}
	if ((object->ended || object->unborn) && !tls_object_is_busy(object))
		close_go_object(object, call->object, tgid);
}

/* A call was left by a panic, or its return was not seen. */
static __always_inline void abandon_go_level(const struct go_call *call, __u32 tgid)
{
	if (call->kind == GO_MOVES) {
		mark_unseen(call->object, tgid);
		count_loss(L7_LOSS_TLS_UNFINISHED);
	}
	end_go_call(call, tgid);
}

/* The levels that a call at this depth can be inside of stay. */
static __always_inline void drop_stale_go_levels(struct go_calls *calls, __u64 depth, __u32 tgid)
{
	if (calls->depth > 1 && calls->level[1].frame.depth >= depth) {
		abandon_go_level(&calls->level[1], tgid);
		calls->depth = 1;
	}
	if (calls->depth == 1 && calls->level[0].frame.depth >= depth) {
		abandon_go_level(&calls->level[0], tgid);
		calls->depth = 0;
	}
}

/* The place of a call inside of those that the goroutine is in; NULL where there is none. */
static __always_inline struct go_call *new_go_level(struct go_calls *calls, __u64 address, const struct go_frame *frame)
{
	struct go_call *call;

	if (calls->depth >= TLS_LEVELS)
		return NULL;
	call = &calls->level[calls->depth++ ? 1 : 0];
	call->object = address;
	call->enter_ns = bpf_ktime_get_ns();
	call->frame = *frame;
	return call;
}

/* The goroutine is in one call less. */
static __always_inline void leave_go_level(const struct go_key *key, struct go_calls *calls)
{
	calls->depth--;
	if (!calls->depth)
		bpf_map_delete_elem(&go_calls, key);
}

/* The call of this kind that returns here; what was inside of it never did. NULL when its entry was not seen. */
static __always_inline struct go_call *returning_go_call(struct go_calls *calls, __u64 depth, __u32 kind, __u32 tgid)
{
	struct go_call *call;

	if (calls->depth > 1 && calls->level[0].frame.depth == depth) {
		abandon_go_level(&calls->level[1], tgid);
		calls->depth = 1;
	}
	call = innermost_go(calls);
	return call && call->frame.depth == depth && call->kind == kind ? call : NULL;
}

/*
 * The object of an address that a call names: known, joined in the middle, or where one was closed, of which nothing is known yet.
 * Another thread may close it at any point. It says so before it takes the object away, and is asked in the opposite order.
 */
static __always_inline struct tls_object *get_go_object(__u64 address, __u32 tgid, __u32 direction)
{
	struct tls_key key = { .object = address, .tgid = tgid };
	struct tls_object *object = find_tls_object(address, tgid);

	if (object)
		return object;
	if (!bpf_map_lookup_elem(&go_closed, &key))
		return get_tls_object(address, tgid, L7_SOURCE_GO_TLS, direction);
	add_tls_object(address, L7_SOURCE_GO_TLS, OBJECT_UNBORN);
	return find_tls_object(address, tgid);
}

static __always_inline int enter_go_call(struct pt_regs *regs, __u32 direction, __u32 kind)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = tgid };
	__u64 address = GO_ARG1(regs);
	struct tls_object *object;
	struct go_frame frame;
	struct go_calls *calls;
	struct go_call *call;

	if (!probe_hit(regs, tgid) || !address)
		return 0;
	frame = read_go_frame(regs);
	calls = bpf_map_lookup_elem(&go_calls, &key);
	call = calls ? innermost_go(calls) : NULL;
	if (call && call->object == address) {
		if (call->frame.depth == frame.depth && call->kind == kind && call->direction == direction) {
			/* It began anew on a larger stack. (After a panic it would look alike.) */
			call->buffer = GO_ARG2(regs);
			call->frame = frame;
			return 0;
		}
		if (kind == GO_HANDSHAKE && call->kind == GO_MOVES && call->frame.depth < frame.depth)
			return 0; /* a handshake inside of Read or Write */
	}
	if (calls)
		drop_stale_go_levels(calls, frame.depth, tgid);
	object = get_go_object(address, tgid, direction);
	if (!object)
		return 0;
	apply_tls_verdict(object);
	if (object->muted && object->connection_id) {
		mark_object_unseen(object);
		return 0;
	}
	calls = frame.depth ? goroutine_calls(&key) : NULL;
	call = calls ? new_go_level(calls, address, &frame) : NULL;
	if (!call) {
		mark_object_unseen(object);
		return 0;
	}
	call->buffer = GO_ARG2(regs);
	call->direction = direction;
	call->kind = kind;
	call->id = object->id;
	if (kind == GO_MOVES && !begin_go_call(object, call))
		leave_go_level(&key, calls);
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

/* A return instruction of it. */
SEC("uprobe")
int go_context_return(struct pt_regs *regs)
{
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = bpf_get_current_pid_tgid() >> 32 };
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, &key);
	struct go_call *call;

	if (!calls)
		return 0;
	call = returning_go_call(calls, read_go_frame(regs).depth, GO_HANDSHAKE, key.tgid);
	if (!call)
		return 0;
	end_go_call(call, key.tgid);
	leave_go_level(&key, calls);
	return 0;
}

/* Where the bytes of a call stand when it returns: a buffer on the goroutine's stack has moved with it. */
static __always_inline __u64 go_buffer(const struct go_call *call, const struct go_frame *now)
{
	__u64 entry = call->frame.begin - call->frame.depth;

	if (call->buffer - entry < call->frame.depth)
		return call->buffer + (now->begin - call->frame.begin);
	return call->buffer;
}

/* A call failed, the last one of an object that never moved anything: a handshake that came to nothing, or was never seen. */
static __always_inline void close_unused(const struct go_call *call)
{
	struct tls_object *object = find_tls_object(call->object, bpf_get_current_pid_tgid() >> 32);

	if (object && is_of_call(object, call) && !object->unborn && !object->connection_id && !go_has_moved(object) &&
	    !tls_object_is_busy(object))
		close_tls_object(call->object);
}

/* A return instruction of either. */
SEC("uprobe")
int go_return(struct pt_regs *regs)
{
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = bpf_get_current_pid_tgid() >> 32 };
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, &key);
	struct go_frame frame = read_go_frame(regs);
	__s64 length = (__s64)GO_RESULT1(regs);
	struct tls_object *object;
	struct go_call *call;

	if (!calls)
		return 0;
	call = returning_go_call(calls, frame.depth, GO_MOVES, key.tgid);
	if (!call)
		return 0;
	object = find_tls_object(call->object, key.tgid);
	/* What is read of a closed one, out of its buffer, is nobody's. */
	if (object && is_of_call(object, call) && !object->unborn && length > 0)
		emit_plaintext(call->object, go_buffer(call, &frame), length, call->enter_ns, call->direction & 1);
	end_go_call(call, key.tgid);
	if (length <= 0)
		close_unused(call);
	leave_go_level(&key, calls);
	return 0;
}

#endif /* L7TRACE_GO_BPF_H */
