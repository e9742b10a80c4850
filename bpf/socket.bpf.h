/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a descriptor of the current task to its socket, and what a socket says
 * of itself. Everything is read with bpf_probe_read_kernel: a pointer that has
 * gone stale gives an error or nonsense that the checks here refuse, never a
 * crash.
 */
#ifndef L7TRACE_SOCKET_BPF_H
#define L7TRACE_SOCKET_BPF_H

#include "maps.bpf.h"

struct socket_facts {
	__u64 sk;
	__u64 inode;
	/* by read_socket_facts */
	__u16 family;
	__u16 local_port; /* host order; 0 for AF_UNIX */
	__u16 remote_port;
	__u8 state;   /* sk_state; AF_UNIX uses the values of TCP */
	__u8 counted; /* as in struct connection */
	__u8 multipath;
};

/*
 * This is at every call of a process in scope, so it loads, where the kernel lets it. Through casts, as the verifier goes through all of the
 * kernel's types for each pointer that it loads from a task it trusts: milliseconds. Before casts, from a typed task (5.11), else by reads.
 */
static __always_inline struct fdtable *file_table(void)
{
	struct files_struct *files;

#ifdef L7_WITHOUT_CASTS
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return bpf_get_current_task_btf()->files->fdt;
#endif
	files = FIELD(struct task_struct, bpf_get_current_task(), files);
	return FIELD(struct files_struct, files, fdt);
}

static __always_inline struct file *file_of_fd(int fd)
{
	struct fdtable *table = file_table();
	struct file *file = NULL;
	struct file **slots;

	if (fd < 0 || (__u32)fd >= FIELD(struct fdtable, table, max_fds))
		return NULL;
	slots = FIELD(struct fdtable, table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return file;
}

/* References on an open file: descriptors in any process, calls under way of processes with threads, messages. */
static __always_inline __u64 file_references(struct file *file)
{
	if (bpf_core_field_exists(((struct file___ref *)0)->f_ref))
		return BPF_CORE_READ((struct file___ref *)file, f_ref.refcnt.counter) + 1;
	return BPF_CORE_READ((struct file___counted *)file, f_count.counter);
}

/* True when the one reference that the caller looks at is the last one of an open file. */
static __always_inline bool file_has_one_reference(struct file *file)
{
	return file_references(file) == 1;
}

/* True while somebody holds the file open; false once its release has begun. */
static __always_inline bool file_is_open(struct file *file)
{
	if (bpf_core_field_exists(((struct file___ref *)0)->f_ref))
		return BPF_CORE_READ((struct file___ref *)file, f_ref.refcnt.counter) >= 0;
	return BPF_CORE_READ((struct file___counted *)file, f_count.counter) > 0;
}

/*
 * Has something else than TCP taken over the calls of this TCP socket (kTLS, sockmap)? Then TCP's counters do not count
 * what the calls move.
 */
static __always_inline bool tcp_is_overridden(__u64 sk)
{
	return FIELD(struct sock, sk, __sk_common.skc_prot) != FIELD(struct sock, sk, sk_prot_creator);
}

/* Multipath TCP: the socket stands before TCP sockets of the kernel's own, and has none of TCP's counters. */
static __always_inline bool tcp_is_multipath(__u64 sk)
{
	return BPF_CORE_READ((struct sock *)sk, sk_protocol) == IPPROTO_MPTCP;
}

/* Reads what is needed of a stream socket; false for any other kind. */
static __always_inline bool read_socket_facts(struct socket_facts *facts)
{
	struct sock *sk = (struct sock *)facts->sk;

	if (BPF_CORE_READ(sk, sk_type) != SOCK_STREAM)
		return false;
	facts->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	facts->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	facts->counted = facts->family == AF_UNIX;
	if (facts->family == AF_UNIX)
		return true;
	if (facts->family != AF_INET && facts->family != AF_INET6)
		return false;
	facts->multipath = tcp_is_multipath(facts->sk);
	if (!facts->multipath && BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return false;
	facts->counted = facts->multipath || tcp_is_overridden(facts->sk);
	facts->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	facts->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	return true;
}

/* The sock and the inode of an open file that is a socket of any kind. */
static __always_inline bool sock_of_file(struct file *file, struct socket_facts *facts)
{
	struct socket *socket;
	struct inode *inode;

	if (!file)
		return false;
	inode = FIELD(struct file, file, f_inode);
	if ((FIELD(struct inode, inode, i_mode) & S_IFMT) != S_IFSOCK)
		return false;
	/* An O_PATH descriptor of a socket's path is no socket: its file is nobody's. */
	socket = FIELD(struct file, file, private_data);
	if (!socket || FIELD(struct socket, socket, file) != file)
		return false;
	facts->sk = (__u64)BPF_CORE_READ(socket,
					 sk); /* a number to the verifier, as functions that are not static want it */
	facts->inode = FIELD(struct inode, inode, i_ino);
	return facts->sk != 0;
}

/* Is there a stream, whose counters mean something? A TCP socket that was reset or timed out may still be read. */
static __always_inline bool socket_is_connected(const struct socket_facts *facts)
{
	if (facts->family == AF_UNIX)
		return facts->state == TCP_ESTABLISHED;
	return facts->state != TCP_SYN_SENT && facts->state != TCP_LISTEN && facts->remote_port;
}

static __always_inline bool sock_of_fd(int fd, struct socket_facts *facts)
{
	return sock_of_file(file_of_fd(fd), facts);
}

/* An address that is a number to the verifier, and so may be given to a function that is not static. */
static __always_inline __u64 number_of(struct sock *sk)
{
	__u64 pointer = (__u64)sk;
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

static __always_inline __u64 inode_of_socket(struct socket *socket)
{
	struct socket_alloc *alloc = (void *)socket - bpf_core_field_offset(struct socket_alloc, socket);

	return FIELD(struct socket_alloc, alloc, vfs_inode.i_ino);
}

/* The sockfs inode of a sock, 0 for one that no descriptor can reach (any more). */
static __always_inline __u64 inode_of_sock(struct sock *sk)
{
	struct socket *socket = BPF_CORE_READ(sk, sk_socket);

	return socket ? inode_of_socket(socket) : 0;
}

/* TCP's own count of the stream: the next byte to be written, or to be read by the program. */
static __always_inline __u32 tcp_counter(__u64 sk, __u32 direction)
{
	return direction == L7_EGRESS ? FIELD(struct tcp_sock, sk, write_seq) : FIELD(struct tcp_sock, sk, copied_seq);
}

/* Was the peer's FIN taken out of the receive queue? It counts one in copied_seq and in rcv_nxt, and is last in both. */
static __always_inline bool tcp_fin_was_read(__u64 sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	unsigned long flags = BPF_CORE_READ((struct sock *)sk, __sk_common.skc_flags);

	return (flags & 1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE)) &&
	       BPF_CORE_READ(tcp, copied_seq) == BPF_CORE_READ(tcp, rcv_nxt);
}

/*
 * True when no byte was written or read yet, so that the counters stand at the
 * streams' beginnings. Sent: nothing went out and nothing waits to go out.
 * Received: all that ever arrived still waits, but for what was `taken` just now.
 */
static __always_inline bool tcp_is_untouched(__u64 sk, __u32 taken)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	__u64 received = BPF_CORE_READ(tcp, bytes_received);

	if (BPF_CORE_READ(tcp, bytes_sent) || BPF_CORE_READ(tcp, write_seq) != BPF_CORE_READ(tcp, snd_nxt))
		return false;
	return received >> 32 == 0 &&
	       BPF_CORE_READ(tcp, rcv_nxt) - BPF_CORE_READ(tcp, copied_seq) + taken == (__u32)received;
}

/* 0 when the kernel has not made one yet. */
static __always_inline __u64 cookie_of_sock(__u64 sk)
{
	return BPF_CORE_READ((struct sock *)sk, __sk_common.skc_cookie.counter);
}

static __always_inline void read_tcp_addresses(struct sock *sk, struct l7_open_event *event)
{
	const struct sock_common *common = &sk->__sk_common;

	event->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	event->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (event->family == AF_INET) {
		bpf_core_read(event->local_address, 4, &common->skc_rcv_saddr);
		bpf_core_read(event->remote_address, 4, &common->skc_daddr);
	} else {
		bpf_core_read(event->local_address, 16, &common->skc_v6_rcv_saddr);
		bpf_core_read(event->remote_address, 16, &common->skc_v6_daddr);
	}
}

/* The listener's name stands at the server's end (accept copies it there) and as a rule at that end alone. */
static __always_inline __u8 unix_path_evidence(struct sock *sk, __u8 *role)
{
	struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
	bool own = BPF_CORE_READ((struct unix_sock *)sk, addr) != NULL;
	bool theirs = peer && BPF_CORE_READ((struct unix_sock *)peer, addr) != NULL;

	if (!peer || own == theirs)
		return L7_EVIDENCE_NONE;
	*role = own ? L7_ROLE_SERVER : L7_ROLE_CLIENT;
	return L7_EVIDENCE_UNIX_PATH;
}

static __always_inline void read_unix_addresses(struct sock *sk, struct l7_open_event *event)
{
	struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
	struct unix_address *own = BPF_CORE_READ((struct unix_sock *)sk, addr);
	struct unix_address *theirs = peer ? BPF_CORE_READ((struct unix_sock *)peer, addr) : NULL;
	struct unix_address *listener = event->role == L7_ROLE_CLIENT && theirs ? theirs : own ? own : theirs;
	struct pid *pid = BPF_CORE_READ(sk, sk_peer_pid);

	if (peer)
		event->peer_inode = inode_of_sock(peer);
	if (pid)
		event->peer_tgid = BPF_CORE_READ(pid, numbers[0].nr);
	if (listener) {
		/* The length counts the family before the name and, for a path, the NUL behind it. */
		__u64 length = (__u32)BPF_CORE_READ(listener, len) - (__u32)sizeof(__u16);

		OPAQUE(length);
		if (length > L7_UNIX_PATH_LEN)
			length = 0;
		bpf_core_read(event->unix_path, length, &listener->name[0].sun_path);
		if (length && event->unix_path[0])
			length--;
		event->unix_path_len = length;
	}
}

#endif /* L7TRACE_SOCKET_BPF_H */
