/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls of Go's crypto/tls that are under way, by goroutine: it goes from thread to thread in them, and its stack may move. */
#ifndef L7TRACE_GO_CALLS_BPF_H
#define L7TRACE_GO_CALLS_BPF_H

#include "tls_objects.bpf.h"

/* In struct g of Go's runtime, the same since 1.5: stack.hi */
#define GO_STACK_BEGIN 8

struct go_key {
	__u64 goroutine;
	__u32 tgid;
	__u32 pad;
};

/* What a call of Go's crypto/tls is. All may move ciphertext while they run. */
enum go_kind {
	GO_MOVES, /* Read, Write */
	GO_HANDSHAKE,
	GO_CLOSE,
};

/*
 * Where a call stands in its goroutine's stack, which grows down and may move. The depth stays: by it a return is matched to its
 * entry, so that a call which never returned (a panic) or was not seen to begin can't take another one's place.
 */
struct go_frame {
	__u64 begin; /* of the stack, at the call's entry */
	__u64 depth; /* in bytes; 0: not known */
};

struct go_call {
	__u64 object;
	__u64 buffer;
	__u64 enter_ns;
	__u32 direction; /* enum l7_direction */
	__u32 kind;      /* enum go_kind */
	__u64 id;        /* of the object */
	struct go_frame frame;
};

struct go_calls {
	struct go_call level[TLS_LEVELS];
	__u32 depth;
	__u32 pad;
};

/* Those of processes that ended, user space deletes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct go_key);
	__type(value, struct go_calls);
} go_calls SEC(".maps");

/*
 * Objects that Go has closed. What is read of one after that, out of its buffer, is nobody's; another one at its address
 * begins with a handshake. A cache: what is lost is that what is read so has an unknown peer.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct tls_key);
	__type(value, __u8);
} go_closed SEC(".maps");

static __always_inline struct go_call *innermost_go(struct go_calls *calls)
{
	__u32 depth = calls->depth;

	if (!depth || depth > TLS_LEVELS)
		return NULL;
	return &calls->level[depth == 1 ? 0 : 1];
}

/* Where the function stands whose first instruction or return instruction this is: the same place of both. */
static __always_inline struct go_frame read_go_frame(struct pt_regs *regs)
{
	struct go_frame frame = {};

	if (bpf_probe_read_user(&frame.begin, sizeof(frame.begin), (void *)(GO_GOROUTINE(regs) + GO_STACK_BEGIN)))
		frame.begin = 0;
	if (frame.begin > FUNCTION_STACK(regs))
		frame.depth = frame.begin - FUNCTION_STACK(regs);
	return frame;
}

/* The object that a goroutine is in a call of; 0 for none. */
static __always_inline __u64 object_of_goroutine(__u64 goroutine)
{
	struct go_key key = { .goroutine = goroutine, .tgid = bpf_get_current_pid_tgid() >> 32 };
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, &key);
	struct go_call *call = calls ? innermost_go(calls) : NULL;

	return call ? call->object : 0;
}

#endif /* L7TRACE_GO_CALLS_BPF_H */
