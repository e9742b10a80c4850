// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The least that a tracer can do who reads what a process's calls move: the arguments kept from entry to exit, the bytes
 * copied into a ring in three classes of size, no wake-up. It does not look whether a descriptor is a socket, takes the
 * first part of an iovec only, and knows nothing of streams. What l7trace costs in the kernel is measured beside it.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <asm/unistd.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct pt_regs {
#if defined(__TARGET_ARCH_x86)
	unsigned long di, si, dx, orig_ax;
#else
	__u64 regs[31];
	__s32 syscallno;
#endif
} __attribute__((preserve_access_index));

#if defined(__TARGET_ARCH_x86)
#define NUMBER(regs) ((long)(regs)->orig_ax)
#define BUFFER(regs) ((regs)->si)
#define VECTORED(number) ((number) == __NR_readv || (number) == __NR_writev)
#else
#define NUMBER(regs) ((long)(regs)->syscallno)
#define BUFFER(regs) ((regs)->regs[1])
#define VECTORED(number) ((number) == __NR_readv || (number) == __NR_writev)
#endif

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} scope SEC(".maps");

struct call {
	__u64 buffer;
	__u64 time;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

struct record {
	__u64 enter, exit, thread, length, number;
};

__u64 lost = 0;

static __always_inline int moves_data(long number)
{
	switch (number) {
	case __NR_read:
	case __NR_readv:
	case __NR_recvfrom:
	case __NR_recvmsg:
	case __NR_write:
	case __NR_writev:
	case __NR_sendto:
	case __NR_sendmsg:
		return 1;
	}
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter, struct pt_regs *regs, long number)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u32 process = thread >> 32;
	struct call call;

	if (!moves_data(number) || !bpf_map_lookup_elem(&scope, &process))
		return 0;
	call.buffer = BUFFER(regs);
	call.time = bpf_ktime_get_ns();
	bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

static __always_inline int emit(const struct call *call, long number, __u64 buffer, __u64 length, const __u32 capacity)
{
	struct record *record = bpf_ringbuf_reserve(&ring, sizeof(*record) + capacity, 0);

	if (!record) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	record->enter = call->time;
	record->exit = bpf_ktime_get_ns();
	record->thread = bpf_get_current_pid_tgid();
	record->length = length;
	record->number = number;
	if (length > capacity)
		length = capacity;
	bpf_probe_read_user(record + 1, length, (void *)buffer);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(leave, struct pt_regs *regs, long result)
{
	long number = NUMBER(regs);
	__u64 thread = bpf_get_current_pid_tgid();
	__u64 buffer, length = result;
	struct call *call;

	if (!moves_data(number))
		return 0;
	call = bpf_map_lookup_elem(&calls, &thread);
	if (!call)
		return 0;
	buffer = call->buffer;
	if (VECTORED(number))
		bpf_probe_read_user(&buffer, sizeof(buffer), (void *)buffer);
	if (result > 0) {
		if (length <= 256)
			emit(call, number, buffer, length, 256);
		else if (length <= 1024)
			emit(call, number, buffer, length, 1024);
		else
			emit(call, number, buffer, length, 4096);
	}
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
