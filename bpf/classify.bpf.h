/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What protocol a connection speaks, by the bytes at the beginnings of its first segments. */
#ifndef L7TRACE_CLASSIFY_BPF_H
#define L7TRACE_CLASSIFY_BPF_H

#include "copy.bpf.h"
#include "infer.bpf.h"

/* Segments that are classified before a connection stays UNKNOWN. */
#define INFER_SEGMENTS 32
/* Elements of an iovec array that are joined for it. */
#define INFER_ELEMENTS 4
/* Votes that mute a connection whose beginning was not seen. */
#define INFER_VOTES 4

/* Where the memory of a segment stands in the last argument of infer_bytes. */
#define INFER_MEMORY_SHIFT 56

/*
 * The protocol of the bytes at the beginning of a segment. Not static for the
 * verifier's sake (see emit.bpf.h). Elements of an iovec array are joined: a
 * header may stand alone in the first. `skip` are bytes of the first that are
 * none of it, with the memory (enum memory) above.
 */
__noinline int infer_bytes(__u64 buffer, __u64 vectors, __u64 total, __u32 sender, __u64 skip)
{
	struct first_bytes gathered = { .sender = sender, .total = total };
	__u64 wanted = total < INFER_BYTES ? total : INFER_BYTES;
	__u32 memory = skip >> INFER_MEMORY_SHIFT;
	__u64 length = 0;

	skip &= (1ULL << INFER_MEMORY_SHIFT) - 1;
	for (__u32 i = 0; i < INFER_ELEMENTS; i++) {
		struct user_iovec element = { .base = buffer, .length = total };
		__u64 part;

		if (length >= wanted || (vectors && i >= vectors))
			break;
		if (vectors && read_element(&element, buffer, i, skip, memory))
			break;
		part = wanted - length;
		if (part > element.length)
			part = element.length;
		OPAQUE(part);
		if (part > INFER_BYTES)
			break;
		if (read_bytes(gathered.at + length, part, element.base, memory))
			break;
		length += part;
		OPAQUE(length);
		if (length > INFER_BYTES)
			break;
		if (!vectors)
			break;
	}
	gathered.length = length;
	return infer_protocol(&gathered);
}

/* Looks at the first bytes until the protocol is known; what is of no use is muted from the next call on. */
static __always_inline void classify(struct connection *connection, const struct segment *segment, __u32 direction)
{
	__u32 sender = L7_ROLE_UNKNOWN;
	__u32 protocol;

	if (connection->protocol != L7_PROTOCOL_UNKNOWN || connection->looked_at >= INFER_SEGMENTS)
		return;
	connection->looked_at++;
	if (connection->role == L7_ROLE_CLIENT || connection->role == L7_ROLE_SERVER)
		sender = (connection->role == L7_ROLE_CLIENT) == (direction == L7_EGRESS) ? L7_ROLE_CLIENT
											  : L7_ROLE_SERVER;
	protocol = infer_bytes(segment->buffer, segment->vectors, segment->total, sender,
			       segment->skip | (__u64)segment->memory << INFER_MEMORY_SHIFT);
	if (protocol == L7_PROTOCOL_UNKNOWN)
		return;
	if (protocol != L7_PROTOCOL_TLS && protocol != L7_PROTOCOL_OTHER) {
		connection->protocol = protocol;
		return;
	}
	if (connection->decided)
		return;
	connection->votes++;
	if (connection->votes < INFER_VOTES &&
	    !(connection->from_start && !(segment->flags & L7_DATA_OFFSET_UNPROVEN) &&
	      segment->offset == connection->start[direction & 1]))
		return;
	connection->protocol = protocol;
	connection->muted = 1;
}

#endif /* L7TRACE_CLASSIFY_BPF_H */
