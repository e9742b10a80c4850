/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes of the process into a record: the beginning of a call and, when the
 * call is longer than what is captured, its end. Byte counts are not made
 * here; whatever this copies or cannot copy, they stay exact.
 */
#ifndef L7TRACE_COPY_BPF_H
#define L7TRACE_COPY_BPF_H

#include "maps.bpf.h"
#include "pages.bpf.h"

/* The longest tail, as documented at l7_config.tail_limit. */
#define TAIL_MAX 4096U

/* Steps of the walk along an iovec array: bpf_loop where the kernel has it, else a bounded loop. */
#define LOOPED_STEPS 4096
#define BOUNDED_STEPS 24

/* Longest single read at a variable place (a tail, a part of a vector): that much slack a class of records keeps for it. */
#define CHUNK_OF(capacity) ((capacity) > 4 * TAIL_MAX ? TAIL_MAX : (capacity) / 4)

/* Reads bytes of a call, from where they lie. `length` must be bounded for the verifier. */
static __always_inline long read_bytes(void *to, __u32 length, __u64 from, __u32 memory)
{
	if (l7_config.backend == L7_BACKEND_SYSCALL || memory <= MEMORY_PARTS)
		return bpf_probe_read_user(to, length, (void *)from);
	return bpf_probe_read_kernel(to, length, (void *)from);
}

/* Element number `index` of an array of parts, less the `skip` bytes that the first may begin with. */
static __always_inline long read_element(struct user_iovec *element, __u64 array, __u64 index, __u64 skip, __u32 memory)
{
	const void *from = (void *)(array + index * sizeof(*element));

	if (l7_config.backend == L7_BACKEND_SYSCALL || memory == MEMORY_USER)
		return bpf_probe_read_user(element, sizeof(*element), from);
	if (bpf_probe_read_kernel(element, sizeof(*element), from))
		return -1;
	if (memory == MEMORY_PAGES && !part_of_pages(element))
		return -1;
	if (index == 0) {
		if (skip > element->length)
			return -1;
		element->base += skip;
		element->length -= skip;
	}
	return 0;
}

/* `capacity` is a constant at every call. */
static __always_inline void copy_flat(struct segment *segment, __u8 *payload, const __u32 capacity)
{
	const __u32 chunk = CHUNK_OF(capacity);
	__u64 head = segment->head;
	__u64 tail = segment->tail;

	OPAQUE(head);
	if (head > capacity)
		head = capacity;
	if (read_bytes(payload, head, segment->buffer, segment->memory)) {
		segment->flags |= L7_DATA_FAULT;
		return;
	}
	segment->captured = head;
	if (!tail)
		return;
	OPAQUE(tail);
	if (tail > chunk)
		return;
	OPAQUE(head);
	if (head > capacity - chunk)
		return;
	if (read_bytes(payload + head, tail, segment->buffer + segment->total - tail, segment->memory)) {
		segment->flags |= L7_DATA_FAULT;
		return;
	}
	segment->tailed = tail;
}

struct vector_target {
	struct call *call;
	__u8 *payload;
	__u64 capacity;
	__u64 chunk; /* the longest single read; reads start `chunk` before the capacity's end at the latest */
};

/* Copies what it can of the current element. 1 when the walk is over. */
static __always_inline long copy_part(struct segment *segment, struct walk *walk, __u8 *payload, const __u64 capacity,
				      const __u64 chunk, bool in_head)
{
	__u64 part = (in_head ? segment->head : segment->total) - walk->at;
	__u64 stored = walk->stored;

	if (part > walk->left)
		part = walk->left;
	OPAQUE(stored);
	if (stored > capacity - chunk)
		return 1;
	OPAQUE(part);
	if (part > chunk)
		part = chunk;
	if (read_bytes(payload + stored, part, walk->base, segment->memory)) {
		segment->flags |= L7_DATA_FAULT;
		return 1;
	}
	walk->stored = stored + part;
	if (in_head)
		segment->captured += part;
	else
		segment->tailed += part;
	walk->base += part;
	walk->left -= part;
	walk->at += part;
	return 0;
}

/* One step: fetch an element if the last one is used up, then skip a part of it or copy one. 1 when the walk is over. */
static __always_inline long vector_step(struct vector_target *target, const bool tails)
{
	struct segment *segment = &target->call->segment;
	struct walk *walk = &target->call->walk;
	__u64 tail_start = segment->total - segment->tail;
	struct user_iovec element = {};
	__u64 skip;

	if (walk->at >= (tails ? segment->total : segment->head))
		return 1;
	if (!walk->left) {
		if (walk->next >= segment->vectors)
			return 1;
		if (read_element(&element, segment->buffer, walk->next, segment->skip, segment->memory)) {
			segment->flags |= L7_DATA_FAULT;
			return 1;
		}
		walk->next++;
		walk->base = element.base;
		walk->left = element.length;
	}
	if (!tails || walk->at < segment->head || walk->at >= tail_start)
		return copy_part(segment, walk, target->payload, target->capacity, target->chunk,
				 !tails || walk->at < segment->head);
	skip = tail_start - walk->at;
	if (skip > walk->left)
		skip = walk->left;
	walk->base += skip;
	walk->left -= skip;
	walk->at += skip;
	return 0;
}

static long vector_step_looped(__u32 index, void *target)
{
	return vector_step(target, true);
}

static __always_inline void copy_vectors(struct call *call, __u8 *payload, const __u32 capacity, const __u32 chunk,
					 const bool looped)
{
	struct vector_target target = {
		.call = call,
		.payload = payload,
		.capacity = capacity,
		.chunk = chunk,
	};
	struct segment *segment = &call->segment;

	__builtin_memset(&call->walk, 0, sizeof(call->walk));
	if (looped) {
		bpf_loop(LOOPED_STEPS, vector_step_looped, &target, 0);
	} else { /* the beginning only: each way to go counts once for each step */
		for (int i = 0; i < BOUNDED_STEPS; i++)
			if (vector_step(&target, false))
				break;
	}
	/* A tail that does not reach the end of the call is none, nor is one behind a head cut short. */
	if (segment->tailed != segment->tail || segment->captured != segment->head)
		segment->tailed = 0;
}

#endif /* L7TRACE_COPY_BPF_H */
