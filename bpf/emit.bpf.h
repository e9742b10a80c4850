/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One record per call in the data ring. A reservation must have a constant
 * size, so there are size classes; the smallest that fits is taken, and a
 * smaller one when the ring has no room for it. The rest of a class is left as
 * it is: header.size says what of a record means anything.
 */
#ifndef L7TRACE_EMIT_BPF_H
#define L7TRACE_EMIT_BPF_H

#include "copy.bpf.h"
#include "counters.bpf.h"

/* Payload bytes of the classes. The larger three have room for a tail behind 16, 64 and 256 KiB. */
#define CLASS_0 256U
#define CLASS_1 1024U
#define CLASS_2 4096U
#define CLASS_3 (16384U + 2 * TAIL_MAX)
#define CLASS_4 (65536U + 2 * TAIL_MAX)
#define CLASS_5 (262144U + 2 * TAIL_MAX)

/* One wake-up for every wakeup_bytes that come in; the reader looks by itself after some milliseconds. */
static __always_inline __u64 wakeup_flags(__u64 reserved)
{
	__u64 waiting = bpf_ringbuf_query(&data_ring, BPF_RB_AVAIL_DATA);
	__u64 before = waiting > reserved ? waiting - reserved : 0;

	/* Has the number of whole wakeup_bytes that wait changed? */
	if ((waiting ^ before) & -(__u64)l7_config.wakeup_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

static __always_inline void fill_record(struct l7_data_event *event, const struct call *call)
{
	const struct segment *segment = &call->segment;
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	event->header.type = L7_EVENT_DATA;
	event->header.flags = segment->flags;
	event->header.size = sizeof(*event) + segment->captured + segment->tailed;
	event->connection_id = segment->connection_id;
	event->stream_offset = segment->offset;
	event->enter_ns = call->enter_ns;
	event->exit_ns = bpf_ktime_get_ns();
	event->byte_count = segment->total;
	event->captured = segment->captured;
	event->tail = segment->tailed;
	event->tgid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	event->direction = call->direction;
	event->source = call->source;
	event->protocol = segment->protocol;
	__builtin_memset(event->pad, 0, sizeof(event->pad));
}

/* How the bytes of a call lie, and how an array of parts is walked. A constant at every call. */
enum emit_mode {
	EMIT_FLAT,    /* in one buffer */
	EMIT_BOUNDED, /* in parts: a loop with a bound */
	EMIT_LOOPED,  /* in parts: by bpf_loop */
};

/* False when the ring has no room for this class. `capacity` is a constant at every call. */
static __always_inline bool emit_class(struct call *call, const __u32 capacity, const int mode)
{
	struct l7_data_event *event = bpf_ringbuf_reserve(&data_ring, sizeof(*event) + capacity, 0);
	__u8 *payload;

	if (!event)
		return false;
	payload = (__u8 *)(event + 1);
	if (mode == EMIT_FLAT)
		copy_flat(&call->segment, payload, capacity);
	else
		copy_vectors(call, payload, capacity, CHUNK_OF(capacity), mode == EMIT_LOOPED);
	fill_record(event, call);
	bpf_ringbuf_submit(event, wakeup_flags(sizeof(*event) + capacity));
	return true;
}

static __always_inline bool emit_without_payload(const struct call *call)
{
	struct l7_data_event *event = bpf_ringbuf_reserve(&data_ring, sizeof(*event), 0);

	if (!event)
		return false;
	fill_record(event, call);
	bpf_ringbuf_submit(event, wakeup_flags(sizeof(*event)));
	return true;
}

static __always_inline void count_lost_segment(const struct segment *segment)
{
	count_loss(L7_LOSS_DATA_RING_FULL);
	count_loss_by(L7_LOSS_DATA_RING_BYTES, segment->total);
}

/* Emits a segment whose bytes are not to be had, or counts it as lost. */
static __always_inline void emit_length(const struct call *call)
{
	if (!emit_without_payload(call))
		count_lost_segment(&call->segment);
}

/* What a class can hold: reads at a variable place (vectors, tails) need slack behind them. */
static __always_inline bool class_fits(const struct segment *segment, const __u32 capacity)
{
	if (segment->tail && (segment->tail > CHUNK_OF(capacity) || segment->head > capacity - CHUNK_OF(capacity)))
		return false;
	return segment->head + segment->tail <= (segment->vectors ? capacity - CHUNK_OF(capacity) : capacity);
}

/* For a smaller class than the one wanted: the tail is given up before the head. */
static __always_inline void shrink_to(struct segment *segment, const __u32 capacity)
{
	__u64 usable = segment->vectors ? capacity - CHUNK_OF(capacity) : capacity;

	segment->tail = 0;
	segment->cut = 1;
	if (segment->head > usable)
		segment->head = usable;
}

static __always_inline int smallest_class(const struct segment *segment)
{
	if (class_fits(segment, CLASS_0))
		return 0;
	if (class_fits(segment, CLASS_1))
		return 1;
	if (class_fits(segment, CLASS_2))
		return 2;
	if (class_fits(segment, CLASS_3))
		return 3;
	return class_fits(segment, CLASS_4) ? 4 : 5;
}

/*
 * What is left of the beginning of a call where the ring fills up, beyond three quarters and beyond seven eighths: so much that it fits
 * into CLASS_2, with the usual tail, and into CLASS_1 without.
 */
#define SHED_HEAD 2048U
#define SHED_HEAD_MORE 768U

/*
 * The reader does not keep up: what is least missed goes first, so that there is room for what tells of messages. Beyond three
 * quarters of the ring the middles of long calls, which are bodies and rows; beyond seven eighths their ends too. Frames of HTTP/2 may begin
 * anywhere in a call, so of those the whole is kept while it fits. It is over when the ring has been read again. Not static, for
 * the verifier's sake, as the next.
 */
__noinline int shed(void)
{
	struct call *call = current_call();
	__u64 waiting = bpf_ringbuf_query(&data_ring, BPF_RB_AVAIL_DATA);
	__u64 size = bpf_ringbuf_query(&data_ring, BPF_RB_RING_SIZE);
	struct segment *segment;
	__u64 head, rest;

	if (!call || waiting < size / 4 * 3)
		return 0;
	segment = &call->segment;
	head = waiting < size / 8 * 7 ? SHED_HEAD : SHED_HEAD_MORE;
	if (segment->head <= head && (head == SHED_HEAD || !segment->tail))
		return 0;
	if (segment->head > head)
		segment->head = head;
	rest = segment->total - segment->head;
	segment->tail = head != SHED_HEAD ? 0 : rest < l7_config.tail_limit ? rest : l7_config.tail_limit;
	segment->cut = 1;
	return 0;
}

static __always_inline void begin_emission(struct call *call)
{
	call->segment.cut = 0;
	if (call->segment.head > SHED_HEAD_MORE && call->segment.protocol != L7_PROTOCOL_HTTP2)
		shed();
}

#define EMIT_OR_SHRINK(capacity, smaller, mode)       \
	do {                                          \
		if (emit_class(call, capacity, mode)) \
			return emitted(call);         \
		shrink_to(&call->segment, smaller);   \
	} while (0)

static __always_inline int emitted(const struct call *call)
{
	if (call->segment.flags & L7_DATA_FAULT)
		count_loss(L7_LOSS_USER_FAULT);
	if (call->segment.cut)
		count_loss(L7_LOSS_RING_TRUNCATED);
	return 0;
}

/* The whole ladder of classes. */
static __always_inline int emit_ladder(struct call *call, const int mode)
{
	begin_emission(call);
	switch (smallest_class(&call->segment)) {
	case 5:
		EMIT_OR_SHRINK(CLASS_5, CLASS_4, mode);
		/* fallthrough */
	case 4:
		EMIT_OR_SHRINK(CLASS_4, CLASS_3, mode);
		/* fallthrough */
	case 3:
		EMIT_OR_SHRINK(CLASS_3, CLASS_2, mode);
		/* fallthrough */
	case 2:
		EMIT_OR_SHRINK(CLASS_2, CLASS_1, mode);
		/* fallthrough */
	case 1:
		EMIT_OR_SHRINK(CLASS_1, CLASS_0, mode);
		/* fallthrough */
	default:
		if (emit_class(call, CLASS_0, mode))
			return emitted(call);
	}
	count_lost_segment(&call->segment);
	return 0;
}

/* Every second class: a walk with a bound is the dearest thing that the verifier has to look at. */
static __always_inline int emit_short_ladder(struct call *call, const int mode)
{
	begin_emission(call);
	switch (smallest_class(&call->segment)) {
	case 5:
	case 4:
		EMIT_OR_SHRINK(CLASS_5, CLASS_3, mode);
		/* fallthrough */
	case 3:
	case 2:
		EMIT_OR_SHRINK(CLASS_3, CLASS_1, mode);
		/* fallthrough */
	default:
		if (emit_class(call, CLASS_1, mode))
			return emitted(call);
	}
	count_lost_segment(&call->segment);
	return 0;
}
#undef EMIT_OR_SHRINK

/*
 * Emits the segment of the thread's call, or as much of it as the ring has
 * room for, or counts it as lost. Not static, so that the verifier takes each
 * as a whole, once, and not along every path that leads to it. They find the
 * call by the thread: kernels before 5.12 let no pointer into such a function.
 */
__noinline int emit_flat(void)
{
	struct call *call = current_call();

	if (!call)
		return 0;
	if (call->segment.flags & (L7_DATA_LENGTH_ONLY | L7_DATA_END_OF_STREAM | L7_DATA_FAULT)) {
		emit_length(call);
		return 0;
	}
	return emit_ladder(call, EMIT_FLAT);
}

__noinline int emit_vectors_looped(void)
{
	struct call *call = current_call();

	return call ? emit_ladder(call, EMIT_LOOPED) : 0;
}

__noinline int emit_vectors_bounded(void)
{
	struct call *call = current_call();

	return call ? emit_short_ladder(call, EMIT_BOUNDED) : 0;
}

static __always_inline void emit_segment(const struct call *call, const bool looped)
{
	const struct segment *segment = &call->segment;

	if (!segment->vectors || (segment->flags & (L7_DATA_LENGTH_ONLY | L7_DATA_END_OF_STREAM | L7_DATA_FAULT)))
		emit_flat();
	else
		looped ? emit_vectors_looped() : emit_vectors_bounded();
}

#endif /* L7TRACE_EMIT_BPF_H */
