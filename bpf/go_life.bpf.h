/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the life of a connection of Go's crypto/tls begins and ends. */
#ifndef L7TRACE_GO_LIFE_BPF_H
#define L7TRACE_GO_LIFE_BPF_H

#include "go.bpf.h"

/*
 * Another life at the address of an object. The calls that are under way are this one's, whose ids and counts they keep: while they
 * hold an object, nothing else is put at its address.
 */
static __always_inline void renew_go_object(struct tls_object *object, __u64 address, __u32 tgid)
{
	if (object->unborn) {
		object->unborn = 0;
		add_unbound(tgid, 1);
	} else {
		emit_tls_event(address, L7_TLS_CLOSE);
		unbind_connection(object);
		if (object->connection_id)
			add_unbound(tgid, 1);
		object->connection_id = 0;
		object->previous_id = object->id;
		object->id = new_tls_id();
	}
	object->position[L7_EGRESS] = 0;
	object->position[L7_INGRESS] = 0;
	object->verdict_generation = 0;
	object->proof = 0;
	object->protocol = L7_PROTOCOL_UNKNOWN;
	object->looked_at = 0;
	object->muted = 0;
	object->untold = 0;
	object->ended = 0;
	object->unread = 0;
}

/*
 * func (c *Conn) clientHandshake and serverHandshake, once in a connection's life: a new life at this address, whatever the
 * garbage collector let stand there before. A handshake in the middle (renegotiation, inside of a client's Read) is joined there.
 */
SEC("uprobe")
int go_handshake(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address = GO_ARG1(regs);
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = tgid };
	struct tls_key closed = { .object = address, .tgid = tgid };
	struct tls_object *object;
	struct go_calls *calls;
	struct go_call *call;
	bool is_reading;

	if (!probe_hit(regs, tgid) || !address)
		return 0;
	object = find_tls_object(address, tgid);
	if (!object) {
		/* What it is inside of found no room, or began before it could be seen. */
		object = get_tls_object(address, tgid, L7_SOURCE_GO_TLS, L7_INGRESS);
		if (object)
			mark_object_unseen(object);
		return 0;
	}
	calls = bpf_map_lookup_elem(&go_calls, &key);
	call = calls ? innermost_go(calls) : NULL;
	is_reading = call && call->object == address && call->kind == GO_MOVES && call->direction == L7_INGRESS;
	object->from_start = 1;
	if (object->unseen[L7_INGRESS] == OBJECT_READ_UNSEEN)
		object->unseen[L7_INGRESS] = 0;
	if (object->unborn || object->connection_id || go_has_moved(object) || object->ended) {
		/* Where the one before was muted, calls of this one may have passed already. */
		if (!object->unborn && (is_reading || object->muted)) {
			object->from_start = 0;
			mark_object_unseen(object);
		}
		renew_go_object(object, address, tgid);
	}
	bpf_map_delete_elem(&go_closed, &closed);
	emit_tls_event(address, L7_TLS_OPEN);
	return 0;
}

/* Nothing of this life begins any more. What has not returned may have the last bytes to tell. */
static __always_inline void end_go_object(struct tls_object *object, __u64 address)
{
	/* Atomically, as the other side: one of the two sees what both did. */
	__sync_fetch_and_add(&object->ended, 1);
	if (!tls_object_is_busy(object))
		close_go_object(object, address, bpf_get_current_pid_tgid() >> 32);
}

/*
 * func (c *Conn) Close() error. Writes of another goroutine begin and succeed until it has barred them, which is somewhere behind
 * its entry, where its thread may lose the processor. So the life ends when it returns.
 */
SEC("uprobe")
int go_close(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = tgid };
	__u64 address = GO_ARG1(regs);
	struct tls_object *object = find_tls_object(address, tgid);
	struct go_frame frame;
	struct go_calls *calls;
	struct go_call *call;

	probe_hit(regs, tgid);
	if (!object || object->unborn)
		return 0;
	frame = read_go_frame(regs);
	calls = frame.depth ? goroutine_calls(&key) : NULL;
	call = calls ? innermost_go(calls) : NULL;
	if (call && call->object == address && call->kind == GO_CLOSE && call->frame.depth == frame.depth)
		return 0; /* it began anew on a larger stack */
	if (calls)
		drop_stale_go_levels(calls, frame.depth, tgid);
	call = calls ? new_go_level(calls, address, &frame) : NULL;
	if (!call) {
		end_go_object(object, address);
		return 0;
	}
	call->buffer = 0;
	call->direction = L7_EGRESS;
	call->kind = GO_CLOSE;
	call->id = object->id;
	return 0;
}

/* A return instruction of it. */
SEC("uprobe")
int go_close_return(struct pt_regs *regs)
{
	struct go_key key = { .goroutine = GO_GOROUTINE(regs), .tgid = bpf_get_current_pid_tgid() >> 32 };
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, &key);
	struct tls_object *object;
	struct go_call *call;

	if (!calls)
		return 0;
	call = returning_go_call(calls, read_go_frame(regs).depth, GO_CLOSE, key.tgid);
	if (!call)
		return 0;
	object = find_tls_object(call->object, key.tgid);
	/* Nobody uses the old one any more: another one may be made at its address at once. */
	if (object && object->id == call->id)
		end_go_object(object, call->object);
	leave_go_level(&key, calls);
	return 0;
}

#endif /* L7TRACE_GO_LIFE_BPF_H */
