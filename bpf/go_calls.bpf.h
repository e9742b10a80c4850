/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls of Go's crypto/tls that are under way, by goroutine: it goes from thread to thread in them, and its stack may move. */
#ifndef L7TRACE_GO_CALLS_BPF_H
#define L7TRACE_GO_CALLS_BPF_H

#include "tls_objects.bpf.h"

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

struct go_call {
	__u64 object;
	__u64 buffer;
	__u64 enter_ns;
	__u32 direction; /* enum l7_direction */
	__u32 kind;      /* enum go_kind */
	__u64 id; /* of the object, whose address may be another one's when the call returns; 0: none lives there */
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

/* The object that a goroutine is in a call of; 0 for none. */
static __always_inline __u64 object_of_goroutine(__u64 goroutine)
{
	struct go_key key = { .goroutine = goroutine, .tgid = bpf_get_current_pid_tgid() >> 32 };
	struct go_calls *calls = bpf_map_lookup_elem(&go_calls, &key);
	struct go_call *call = calls ? innermost_go(calls) : NULL;

	return call ? call->object : 0;
}

#endif /* L7TRACE_GO_CALLS_BPF_H */
