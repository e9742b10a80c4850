/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel structs that are read, with the few fields that are read.
 * Offsets come from the running kernel's BTF when the object is loaded
 * (CO-RE), so order and size here mean nothing. Where a field has changed its
 * name or type, a flavour (name___flavour) stands for each form.
 */
#ifndef L7TRACE_KERNEL_BPF_H
#define L7TRACE_KERNEL_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* Keeps the compiler from folding a bound into something that the verifier cannot follow. */
#define OPAQUE(value) asm volatile("" : "+r"(value))

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long long counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

typedef struct {
	atomic64_t refcnt;
} file_ref_t;

typedef struct {
	struct net *net;
} possible_net_t;

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

struct in6_addr {
	__u8 bytes[16]; /* only its address is taken */
};

struct hlist_node {
	struct hlist_node *next;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags;
	struct proto *skc_prot; /* what does the socket's calls now */
};

enum sock_flags {
	SOCK_DEAD,
	SOCK_DONE, /* TCP: the peer's FIN has come */
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

struct sk_buff_head {
	__u32 qlen;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	struct socket *sk_socket;
	void *sk_user_data; /* of kernel code that has taken the socket over */
	struct pid *sk_peer_pid;
	__u16 sk_type;
	__u16 sk_protocol;
	__u8 sk_shutdown;
	int sk_err;
	int sk_rcvlowat;
	struct proto *sk_prot_creator; /* what did them when the socket was made */
};

struct tcp_ulp_ops {
	char name[16];
};

struct inet_connection_sock {
	struct tcp_ulp_ops *icsk_ulp_ops; /* kTLS and the like */
};

struct proto { /* the functions that do a socket's calls: their addresses are compared */
	void *sendmsg;
	void *recvmsg;
};

struct tcp_sock {
	__u32 copied_seq;
	__u32 write_seq;
	__u32 rcv_nxt;
	__u32 snd_nxt;
	__u64 bytes_received;
	__u64 bytes_sent;
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct page { /* only its size is taken */
	unsigned long flags;
};

struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len;
	unsigned int bv_offset;
};

enum iter_type { /* the values are the running kernel's */
		 ITER_IOVEC,
		 ITER_KVEC,
		 ITER_BVEC,
		 ITER_UBUF, /* 6.0 */
};

struct iov_iter {
	__u8 iter_type;
	unsigned long iov_offset;
	unsigned long count;
	const void *__iov;
	void *ubuf;
	unsigned long nr_segs;
};

struct iov_iter___named { /* before 6.4 */
	const void *iov;
};

struct iov_iter___flags { /* before 5.14: with the direction in the lowest bit */
	unsigned int type;
};

struct msghdr {
	struct iov_iter msg_iter;
	void *msg_control;
	unsigned long msg_controllen;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct file___counted { /* before 6.13 */
	atomic_long_t f_count;
};

struct file___ref { /* 6.13 and later: kept as the number of references less one */
	file_ref_t f_ref;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
};

struct thread_info {
	unsigned long flags;
#if defined(__TARGET_ARCH_x86)
	__u32 status;
#endif
};

struct signal_struct {
	atomic_t live;
	int nr_threads;
	unsigned long long sum_sched_runtime; /* of threads that have ended */
};

struct task_struct {
	struct thread_info thread_info;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	char comm[16];
	void *stack;
	struct files_struct *files;
	struct signal_struct *signal;
};

/* Registers of a thread as it entered a system call. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di, si, dx, cx, bx, r10, r8, r14, ax, orig_ax, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 orig_x0;
	__s32 syscallno;
};
#else
#error "the registers of this architecture are not known here"
#endif

#pragma clang attribute pop

struct linux_binprm;

/*
 * A field of the struct of this type at an address, which may be a number. Kernels since 6.2 take it as a load of the program's
 * own, which gives 0 where nothing is; older ones need a helper for it, which takes five times as long. Whether this is such a one
 * libbpf asks the kernel's modules too, before its 1.3 as root alone: the object is compiled without the question as well.
 */
#ifdef L7_WITHOUT_CASTS
#define FIELD(type, address, field) BPF_CORE_READ((type *)(address), field)
#else
extern void *bpf_rdonly_cast(void *address, __u32 type) __ksym __weak;

#define FIELD(type, address, field)                                                                                   \
	({                                                                                                            \
		typeof(((type *)0)->field) __value;                                                                   \
                                                                                                                      \
		if (bpf_rdonly_cast)                                                                                  \
			__value = ((type *)bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(type)))->field; \
		else                                                                                                  \
			__value = BPF_CORE_READ((type *)(address), field);                                            \
		__value;                                                                                              \
	})
#endif

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_NUMBER(regs) ((long)(regs)->orig_ax)
#define SYSCALL_ARG1(regs) ((regs)->di)
#define SYSCALL_ARG1_KEPT(regs) ((regs)->di)                     /* also where the result may stand already */
#define SYSCALL_IS_UNDER_WAY(regs) ((long)(regs)->ax == -ENOSYS) /* stands there until the result does */
#define SYSCALL_ARG2(regs) ((regs)->si)
#define SYSCALL_ARG3(regs) ((regs)->dx)
#define SYSCALL_ARG4(regs) ((regs)->r10)
#define COMPAT_FLAGS thread_info.status
#define COMPAT_BIT 2 /* TS_COMPAT */
/* Of a function of the process, at its first instruction and, RETURNED_*, where it has returned to. */
#define FUNCTION_ARG1(regs) ((regs)->di)
#define FUNCTION_ARG2(regs) ((regs)->si)
#define FUNCTION_ARG3(regs) ((regs)->dx)
#define FUNCTION_ARG4(regs) ((regs)->cx)
#define FUNCTION_ARG5(regs) ((regs)->r8)
#define FUNCTION_STACK(regs) ((regs)->sp)
#define FUNCTION_STACK_FIELD sp
#define GO_GOROUTINE_FIELD r14
#define KERNEL_STACK_SIZE 16384 /* THREAD_SIZE, but under KASAN */
#define RETURNED_VALUE(regs) ((regs)->ax)
#define RETURNED_STACK(regs) ((regs)->sp - 8) /* the return address is off it again */
/* Of a function of Go 1.17 and later (src/cmd/compile/abi-internal.md): results stand where arguments did. */
#define GO_GOROUTINE(regs) ((regs)->r14)
#define GO_ARG1(regs) ((regs)->ax)
#define GO_ARG2(regs) ((regs)->bx)
#define GO_RESULT1(regs) ((regs)->ax)
#elif defined(__TARGET_ARCH_arm64)
#define SYSCALL_NUMBER(regs) ((long)(regs)->syscallno)
#define SYSCALL_ARG1(regs) ((regs)->regs[0])
#define SYSCALL_ARG1_KEPT(regs) ((regs)->orig_x0)
#define SYSCALL_IS_UNDER_WAY(regs) ((regs)->regs[0] == (regs)->orig_x0) /* else the result */
#define SYSCALL_ARG2(regs) ((regs)->regs[1])
#define SYSCALL_ARG3(regs) ((regs)->regs[2])
#define SYSCALL_ARG4(regs) ((regs)->regs[3])
#define COMPAT_FLAGS thread_info.flags
#define COMPAT_BIT (1UL << 22) /* TIF_32BIT */
#define FUNCTION_ARG1(regs) ((regs)->regs[0])
#define FUNCTION_ARG2(regs) ((regs)->regs[1])
#define FUNCTION_ARG3(regs) ((regs)->regs[2])
#define FUNCTION_ARG4(regs) ((regs)->regs[3])
#define FUNCTION_ARG5(regs) ((regs)->regs[4])
#define FUNCTION_STACK(regs) ((regs)->sp)
#define FUNCTION_STACK_FIELD sp
#define GO_GOROUTINE_FIELD regs[28]
#define RETURNED_VALUE(regs) ((regs)->regs[0])
#define RETURNED_STACK(regs) ((regs)->sp)
#define GO_GOROUTINE(regs) ((regs)->regs[28])
#define GO_ARG1(regs) ((regs)->regs[0])
#define GO_ARG2(regs) ((regs)->regs[1])
#define GO_RESULT1(regs) ((regs)->regs[0])
#endif

/* User-space layouts of a 64-bit process; calls by the 32-bit ABI are left alone (call_is_compat). */
struct user_iovec {
	__u64 base;
	__u64 length;
};

struct user_msghdr {
	__u64 name;
	__u32 name_length;
	__u32 pad;
	__u64 vectors;
	__u64 vector_count;
	__u64 control;
	__u64 control_length;
	__u32 flags;
	__u32 pad2;
};

struct user_mmsghdr {
	struct user_msghdr header;
	__u32 length;
	__u32 pad;
};

enum {
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,

	SOCK_STREAM = 1,
	IPPROTO_TCP = 6,
	IPPROTO_MPTCP = 262,

	/* sk_state */
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LISTEN = 10,

	/* sk_shutdown */
	RCV_SHUTDOWN = 1,

	/* flags of send and receive calls */
	MSG_OOB = 0x1,
	MSG_PEEK = 0x2,
	MSG_TRUNC = 0x20,
	MSG_WAITALL = 0x100,
	MSG_ERRQUEUE = 0x2000,

	EPIPE = 32,
	EEXIST = 17,
	ENOSYS = 38,
	ECONNRESET = 104,

	PROT_EXEC = 4,
	MAP_ANONYMOUS = 0x20,

	S_IFMT = 0170000,
	S_IFSOCK = 0140000,
};

#endif /* L7TRACE_KERNEL_BPF_H */
