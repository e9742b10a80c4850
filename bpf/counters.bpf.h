/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every loss is counted by its reason (enum l7_loss_reason). */
#ifndef L7TRACE_COUNTERS_BPF_H
#define L7TRACE_COUNTERS_BPF_H

#include "maps.bpf.h"

static __always_inline void count_loss_by(__u32 reason, __u64 amount)
{
	__u64 *counter = bpf_map_lookup_elem(&loss_counters, &reason);

	/* Atomic: a program can be preempted by another one on its own CPU. */
	if (counter)
		__sync_fetch_and_add(counter, amount);
}

static __always_inline void count_loss(__u32 reason)
{
	count_loss_by(reason, 1);
}

#endif /* L7TRACE_COUNTERS_BPF_H */
