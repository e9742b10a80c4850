/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How often the probed functions of a file are called, and by processes out of
 * scope, which pay for a trap too. User space gives each file a number, as the
 * cookie of its probes.
 */
#ifndef L7TRACE_HITS_BPF_H
#define L7TRACE_HITS_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "scope.bpf.h"

#define HITS_OUT_OF_SCOPE 0
#define HITS_IN_SCOPE (~0U) /* of any process, where processes are not told apart */

struct hit_key {
	__u32 file; /* the cookie; 0 is none */
	__u32 tgid; /* or one of the above */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct hit_key);
	__type(value, __u64);
} probe_hits SEC(".maps");

/* Not static: seen by the verifier once. */
__noinline int count_hit(__u32 file, __u32 tgid)
{
	struct hit_key key = { .file = file, .tgid = tgid };
	__u64 *hits = bpf_map_lookup_elem(&probe_hits, &key);
	__u64 none = 0;

	if (!hits) {
		bpf_map_update_elem(&probe_hits, &key, &none, BPF_NOEXIST);
		hits = bpf_map_lookup_elem(&probe_hits, &key);
	}
	if (hits)
		__sync_fetch_and_add(hits, 1);
	return 0;
}

/* The entry of a probed function: counts it. True when what it does is to be looked at. */
static __always_inline bool probe_hit(void *context, __u32 tgid)
{
	bool ours = scope_has_current(tgid);
	__u32 file = 0;

	if (tgid == l7_config.self_tgid)
		return false;
	/* 5.15 and later; on an older kernel the branch is dead code, and nothing is counted. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_attach_cookie))
		file = bpf_get_attach_cookie(context);
	if (file)
		count_hit(file, !ours                                   ? HITS_OUT_OF_SCOPE
				: l7_config.scope_flags & L7_SCOPE_HITS ? tgid
									: HITS_IN_SCOPE);
	return ours && !(l7_config.scope_flags & L7_SCOPE_HITS);
}

#endif /* L7TRACE_HITS_BPF_H */
