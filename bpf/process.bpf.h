/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes in scope: followed through fork and exec, forgotten at exit. */
#ifndef L7TRACE_PROCESS_BPF_H
#define L7TRACE_PROCESS_BPF_H

#include "counters.bpf.h"
#include "scope.bpf.h"
#include "tls_match.bpf.h"

static __always_inline void emit_process(__u32 tgid, __u32 parent_tgid, __u32 change)
{
	struct l7_process_event *event = bpf_ringbuf_reserve(&control_ring, sizeof(*event), 0);

	if (!event) {
		count_loss(L7_LOSS_CONTROL_RING_FULL);
		return;
	}
	event->header.type = L7_EVENT_PROCESS;
	event->header.flags = 0;
	event->header.size = sizeof(*event);
	event->time_ns = bpf_ktime_get_ns();
	event->cgroup_id = bpf_get_current_cgroup_id();
	event->tgid = tgid;
	event->parent_tgid = parent_tgid;
	event->change = change;
	event->pad = 0;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
}

/* A new image has none of the old one's calls and objects. What is left of objects user space deletes. */
static __always_inline void forget_tls(__u32 tgid)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&tls_calls, &pid_tgid);
	bpf_map_delete_elem(&tls_unbound, &tgid);
}

static __always_inline void follow_process(__u32 tgid)
{
	__u32 value = 1;

	if (bpf_map_update_elem(&scope_processes, &tgid, &value, BPF_ANY))
		count_loss(L7_LOSS_PROCESSES_FULL);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_tgid = BPF_CORE_READ(parent, tgid);
	__u32 tgid = BPF_CORE_READ(child, tgid);
	bool ours = (l7_config.scope_flags & L7_SCOPE_CHILDREN) && parent_tgid == l7_config.self_tgid;

	if (tgid == parent_tgid) /* a thread */
		return 0;
	if (!ours && !scope_has_current(parent_tgid))
		return 0;
	if (l7_config.scope_flags & L7_SCOPE_PROCESSES)
		follow_process(tgid);
	emit_process(tgid, parent_tgid, L7_PROCESS_FORK);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct comm_key key = {};

	if (tgid == l7_config.self_tgid)
		return 0;
	if (l7_config.scope_flags & L7_SCOPE_PROCESSES) {
		bpf_get_current_comm(key.comm, sizeof(key.comm));
		if (bpf_map_lookup_elem(&scope_comms, &key))
			follow_process(tgid);
	}
	forget_tls(tgid);
	if ((__u32)old_pid !=
	    tgid) { /* a thread has become its process: nobody will tell of the end of the one that it was */
		__u64 pid_tgid = (__u64)tgid << 32 | (__u32)old_pid;

		bpf_map_delete_elem(&calls, &pid_tgid);
	}
	if (scope_has_current(tgid))
		emit_process(tgid, BPF_CORE_READ(task, real_parent, tgid), L7_PROCESS_EXEC);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tgid = BPF_CORE_READ(task, tgid);

	bpf_map_delete_elem(&calls, &pid_tgid);
	bpf_map_delete_elem(&tls_calls, &pid_tgid);
	if (BPF_CORE_READ(task, signal, live.counter) || !scope_has_current(tgid))
		return 0;
	bpf_map_delete_elem(&scope_processes, &tgid);
	bpf_map_delete_elem(&tls_unbound, &tgid);
	emit_process(tgid, BPF_CORE_READ(task, real_parent, tgid), L7_PROCESS_EXIT);
	return 0;
}

#endif /* L7TRACE_PROCESS_BPF_H */
