/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What events of TLS objects have in common, whoever does the TLS: a library, or the kernel. */
#ifndef L7TRACE_TLS_EVENTS_BPF_H
#define L7TRACE_TLS_EVENTS_BPF_H

#include "connection.bpf.h"

/* Marks an id of a TLS object. Cookies count from 1 and never come here; ids of our own have bit 63. */
#define TLS_ID_BIT (1ULL << 62)

/* The clock and the CPU name it: no two objects are made in one nanosecond on one CPU. */
static __always_inline __u64 new_tls_id(void)
{
	return TLS_ID_BIT | (bpf_ktime_get_ns() << 10 & (TLS_ID_BIT - 1)) | (bpf_get_smp_processor_id() & 1023);
}

/* An event that says when and in which process; NULL when there is no room. */
static __always_inline struct l7_tls_event *reserve_tls_event(__u32 change)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct l7_tls_event *event = bpf_ringbuf_reserve(&control_ring, sizeof(*event), 0);

	if (!event) {
		count_loss(L7_LOSS_CONTROL_RING_FULL);
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->header.type = L7_EVENT_TLS;
	event->header.size = sizeof(*event);
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup_id = bpf_get_current_cgroup_id();
	event->tgid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	event->change = change;
	read_process_name(event->comm);
	return event;
}

#endif /* L7TRACE_TLS_EVENTS_BPF_H */
