/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the life of a connection of Go's crypto/tls begins and ends. */
#ifndef L7TRACE_GO_LIFE_BPF_H
#define L7TRACE_GO_LIFE_BPF_H

#include "go.bpf.h"

/*
 * func (c *Conn) clientHandshake and serverHandshake, once in a connection's life: a new life at this address, whatever the
 * garbage collector let stand there before. What a call of it has begun a moment ago, inside of which this is, or which waits for
 * it, goes on. A handshake in the middle (renegotiation) is joined there.
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
	bool is_moving;

	if (!probe_hit(regs, tgid) || !address)
		return 0;
	object = find_tls_object(address, tgid);
	if (object && !object->connection_id && !go_has_moved(object) && !object->ended) {
		object->from_start = 1;
		object->unseen[L7_EGRESS] = 0;
		object->unseen[L7_INGRESS] = 0;
		emit_tls_event(address, L7_TLS_OPEN);
		return 0;
	}
	calls = bpf_map_lookup_elem(&go_calls, &key);
	call = calls ? innermost_go(calls) : NULL;
	is_moving = call && call->object == address && call->kind == GO_MOVES;
	open_tls_object(address, L7_SOURCE_GO_TLS, !(is_moving && object));
	bpf_map_delete_elem(&go_closed, &closed);
	object = find_tls_object(address, tgid);
	if (!object || !is_moving)
		return 0;
	/* Of the calls that are under way only this one is known to be the new life's. */
	if (!object->from_start)
		mark_object_unseen(object);
	call->id = object->id;
	begin_go_call(object, call->direction & 1);
	return 0;
}

/* Nothing of this life begins any more. What has not returned may have the last bytes to tell. */
static __always_inline void end_go_object(struct tls_object *object, __u64 address)
{
	/* Atomically, as the other side: one of the two sees what both did. */
	__sync_fetch_and_add(&object->ended, 1);
	if (!tls_object_is_busy(object))
		close_go_object(address, bpf_get_current_pid_tgid() >> 32);
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
	struct go_calls *calls;
	struct go_call *call;

	probe_hit(regs, tgid);
	if (!object)
		return 0;
	calls = goroutine_calls(&key);
	if (!calls) {
		end_go_object(object, address);
		return 0;
	}
	call = innermost_go(calls);
	if (call && call->object == address && call->kind == GO_CLOSE)
		return 0; /* it began anew on a larger stack */
	call = new_go_level(calls, tgid);
	call->object = address;
	call->enter_ns = bpf_ktime_get_ns();
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
	struct go_call *call = calls ? innermost_go(calls) : NULL;
	struct tls_object *object;

	if (!call || call->kind != GO_CLOSE)
		return 0;
	object = find_tls_object(call->object, key.tgid);
	/* Nobody uses the old one any more: another one may be made at its address at once. */
	if (object && object->id == call->id)
		end_go_object(object, call->object);
	leave_go_level(&key, calls);
	return 0;
}

#endif /* L7TRACE_GO_LIFE_BPF_H */
