/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was asked for, decided before anything of a process is read. */
#ifndef L7TRACE_SCOPE_BPF_H
#define L7TRACE_SCOPE_BPF_H

#include "maps.bpf.h"

/* Nesting of cgroups that is searched; deeper ones do not match. */
#define SCOPE_CGROUP_LEVELS 16

static __always_inline bool scope_has_cgroup(void)
{
	for (int level = 0; level < SCOPE_CGROUP_LEVELS; level++) {
		__u64 id = bpf_get_current_ancestor_cgroup_id(level);

		if (!id)
			break;
		if (bpf_map_lookup_elem(&scope_cgroups, &id))
			return true;
	}
	return false;
}

/* Is the current task, whose tgid this is, in scope? (Ports are a matter of the socket.) */
static __always_inline bool scope_has_current(__u32 tgid)
{
	if (tgid == l7_config.self_tgid)
		return false;
	if ((l7_config.scope_flags & L7_SCOPE_PROCESSES) && !bpf_map_lookup_elem(&scope_processes, &tgid))
		return false;
	if ((l7_config.scope_flags & L7_SCOPE_CGROUPS) && !scope_has_cgroup())
		return false;
	return true;
}

/* AF_UNIX sockets have no ports and so are out of a scope of ports. */
static __always_inline bool scope_has_ports(__u16 family, __u16 local, __u16 remote)
{
	__u8 *side;

	if (!(l7_config.scope_flags & L7_SCOPE_PORTS))
		return true;
	if (family == AF_UNIX)
		return false;
	side = bpf_map_lookup_elem(&scope_ports, &local);
	if (side && (*side & L7_PORT_LOCAL))
		return true;
	side = bpf_map_lookup_elem(&scope_ports, &remote);
	return side && (*side & L7_PORT_REMOTE);
}

#endif /* L7TRACE_SCOPE_BPF_H */
