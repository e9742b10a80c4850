/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The functions of the kernel by which sockets send and receive: below the
 * system calls, so io_uring, sendfile and the kernel's own senders pass here
 * too. What is done at their entries and returns; fentry.bpf.h and
 * kprobe.bpf.h attach it.
 *
 * They are the functions of a socket's family (inet_sendmsg and its kin), not
 * of TCP: their arguments have been the same for ten years, and kTLS and
 * sockmap, which take over TCP's own, stay below them.
 */
#ifndef L7TRACE_FUNCTIONS_BPF_H
#define L7TRACE_FUNCTIONS_BPF_H

#include "calls.bpf.h"
#include "iter.bpf.h"
#include "leave.bpf.h"
#include "lifecycle.bpf.h"
#include "process.bpf.h"

/* The registers of the current thread as it entered the kernel; NULL where that is not to be had. */
static __always_inline struct pt_regs *current_user_registers(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
#if defined(__TARGET_ARCH_x86)
	/* At the top of the thread's stack in the kernel. */
	return (void *)BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), stack) + KERNEL_STACK_SIZE -
	       bpf_core_type_size(struct pt_regs);
#else
	return NULL;
#endif
}

/* Where the thread's stack stands, and its goroutine: what calls of a TLS library are compared with. */
static __always_inline void read_user_stack(struct call *call)
{
	struct pt_regs *regs = tls_is_probed ? current_user_registers() : NULL;

	if (!regs)
		return;
	call->stack = BPF_CORE_READ(regs, FUNCTION_STACK_FIELD);
	call->goroutine = BPF_CORE_READ(regs, GO_GOROUTINE_FIELD);
}

/* A call is under way that another one begins in, or whose return was missed: what it moved is not known. */
static __always_inline void notice_unfinished(void)
{
	struct call *call = current_call();
	struct connection *connection;

	if (!call)
		return;
	count_loss(L7_LOSS_MISSED_RETURNS);
	connection = find_connection(call->sk, call->inode);
	if (!connection)
		return;
	leave_connection(connection, call);
	account_lost(connection, call->direction, HOLE_OF_UNKNOWN_SIZE);
}

/* Bytes of a socket that nobody asked for are counted where nobody else counts them: others of it may be asked for. */
static __always_inline bool is_foreign(const struct socket_facts *facts, struct begun *begun)
{
	struct connection *connection = find_connection(facts->sk, facts->inode);

	begun->foreign = 1;
	return connection && connection->counted;
}

/* A function of the kernel is about to move bytes of this socket. The record of the call, or NULL where there is none. */
static __always_inline struct call *enter_function(struct socket *socket, __u32 direction)
{
	bool ours = scope_has_current(bpf_get_current_pid_tgid() >> 32);
	struct socket_facts facts = {};
	struct begun begun = {};
	struct call *call;

	facts.sk = (__u64)BPF_CORE_READ(socket, sk);
	if (!facts.sk)
		return NULL;
	facts.inode = inode_of_socket(socket);
	if (ours)
		notice_unfinished();
	if (ours ? !begin_call(&facts, direction, &begun) : !is_foreign(&facts, &begun))
		return NULL;
	call = remember_call(&facts, direction, &begun);
	if (!call)
		return NULL;
	call->kind = CALL_ITER;
	if (ours)
		read_user_stack(call);
	return call;
}

static __always_inline int enter_message(struct socket *socket, struct msghdr *message, __u32 flags, __u32 direction)
{
	struct call *call = enter_function(socket, direction);

	if (!call)
		return 0;
	call->flags = flags;
	if (call->ktls && BPF_CORE_READ(message, msg_controllen) > CONTROL_HEADER)
		call->control = (__u64)BPF_CORE_READ(message, msg_control);
	read_iter(call, &message->msg_iter);
	return 0;
}

/* One page, or a part of it, to be sent: what sendfile was made of before 6.5. */
static __always_inline int enter_page(struct socket *socket, struct page *page, __u32 offset)
{
	struct call *call = enter_function(socket, L7_EGRESS);
	__u64 address = address_of_page(page);

	if (!call)
		return 0;
	call->memory = address ? MEMORY_KERNEL : MEMORY_NONE;
	call->buffer = address + offset;
	return 0;
}

/* From a socket into a pipe: what the process gets of it are pages that it may never look at. */
static __always_inline int enter_splice_read(struct socket *socket)
{
	struct call *call = enter_function(socket, L7_INGRESS);

	if (call)
		call->memory = MEMORY_NONE;
	return 0;
}

#if defined(__TARGET_ARCH_x86)
/* The value of a variable of the kernel's that stands there; 0 where it is not to be had. */
static __always_inline __u64 value_at(__u64 address)
{
	__u64 value = 0;

	if (!address || bpf_probe_read_kernel(&value, sizeof(value), (void *)address))
		return 0;
	return value;
}

static __always_inline __u64 kernel_variable(const char *name, __u32 size)
{
	__u64 address = 0;

	return bpf_kallsyms_lookup_name(name, size, 0, &address) ? 0 : value_at(address);
}

/* Run once by user space: where pages stand (pages.bpf.h). The kernel chooses these places at each boot. */
SEC("?syscall")
int find_pages(void *context)
{
	char array_name[] = "vmemmap_base";
	char memory_name[] = "page_offset_base";
	__u64 memory = kernel_variable(memory_name, sizeof(memory_name));

	page_memory = memory;
	page_array = memory ? kernel_variable(array_name, sizeof(array_name)) : 0;
	return 0;
}

/* The same before 5.16, where the kernel looks no name up: user space has read both addresses in /proc/kallsyms. */
SEC("?raw_tp")
int find_pages_at(struct bpf_raw_tracepoint_args *context)
{
	page_memory = value_at(context->args[0]);
	page_array = page_memory ? value_at(context->args[1]) : 0;
	return 0;
}
#endif

/* connect, by whatever call: the intent is enough, as at connect(2). */
static __always_inline int enter_connect(struct socket *socket)
{
	if (!scope_has_current(bpf_get_current_pid_tgid() >> 32))
		return 0;
	return hint_role_of(socket, L7_EVIDENCE_CONNECT);
}

/* A sock was just given to the socket that accept makes. */
static __always_inline int enter_graft(struct socket *socket)
{
	if (!scope_has_current(bpf_get_current_pid_tgid() >> 32))
		return 0;
	return hint_role_of(socket, L7_EVIDENCE_ACCEPT);
}

/* The last reference on the socket's file is gone, in whatever process. */
static __always_inline int enter_release(struct socket *socket)
{
	struct socket_facts facts = {};

	facts.sk = (__u64)BPF_CORE_READ(socket, sk);
	if (!facts.sk)
		return 0;
	facts.inode = inode_of_socket(socket);
	socket_goes(&facts, bpf_get_current_pid_tgid() >> 32);
	return 0;
}

static __always_inline int enter_map(struct file *file, unsigned long protection)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (!tls_is_probed || !file || !(protection & PROT_EXEC) || !scope_has_current(tgid))
		return 0;
	emit_process(tgid, 0, L7_PROCESS_MAP);
	return 0;
}

#endif /* L7TRACE_FUNCTIONS_BPF_H */
