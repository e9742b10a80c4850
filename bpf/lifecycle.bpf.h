/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How connections begin (and so which side the process is) and how they end. */
#ifndef L7TRACE_LIFECYCLE_BPF_H
#define L7TRACE_LIFECYCLE_BPF_H

#include "connection.bpf.h"

/* Descriptors of an ending process that are looked at. */
#define EXIT_DESCRIPTORS 65536

/*
 * connect(2), at its entry: the intent is enough, as a connect that fails has
 * no data and one in progress completes later. accept(2), at its exit.
 */
static __always_inline int hint_role(struct socket_facts *facts, __u8 evidence)
{
	struct socket_key key = {};

	if (find_connection(facts->sk, facts->inode) || !read_socket_facts(facts))
		return 0;
	key.sk = facts->sk;
	key.inode = facts->inode;
	bpf_map_update_elem(&role_hints, &key, &evidence, BPF_ANY);
	return 0;
}

static __always_inline int hint_role_of_fd(int fd, __u8 evidence)
{
	struct socket_facts facts = {};

	return sock_of_fd(fd, &facts) ? hint_role(&facts, evidence) : 0;
}

static __always_inline int hint_role_of(struct socket *socket, __u8 evidence)
{
	struct socket_facts facts = {};

	facts.sk = (__u64)BPF_CORE_READ(socket, sk);
	facts.inode = inode_of_socket(socket);
	return facts.sk ? hint_role(&facts, evidence) : 0;
}

/*
 * Nobody has a descriptor of the socket any more. TCP tells of its end itself,
 * by its state, unless it had ended before (bytes could still be read until
 * now); multipath TCP does so on some kernels only.
 */
static __always_inline void socket_goes(struct socket_facts *facts, __u32 tgid)
{
	struct connection *connection = find_connection(facts->sk, facts->inode);

	if (!connection) {
		take_role_hint(facts->sk, facts->inode); /* it never moved a byte */
		return;
	}
	if (!read_socket_facts(facts))
		return;
	if (facts->family == AF_UNIX || facts->multipath || facts->state == TCP_CLOSE)
		remove_connection(facts->sk, connection, tgid);
}

static __always_inline void last_reference_goes(struct file *file, __u32 tgid)
{
	struct socket_facts facts = {};

	if (sock_of_file(file, &facts) && file_has_one_reference(file))
		socket_goes(&facts, tgid);
}

static __always_inline int close_fd(int fd)
{
	last_reference_goes(file_of_fd(fd), bpf_get_current_pid_tgid() >> 32);
	return 0;
}

/* dup2 and dup3 close the descriptor that they replace. */
static __always_inline int replace_fd(int old, int new)
{
	if (old == new || !file_of_fd(old))
		return 0;
	return close_fd(new);
}

/*
 * Broken off: an RST came, which the socket's error says until a call has told
 * it; or one was sent, and then a socket that had not sent its own FIN is
 * closed at once and without an error (SO_LINGER of 0, bytes left unread).
 * Another error, a time-out, is no reset.
 */
static __always_inline int is_reset(const struct sock *sk, int old_state)
{
	int error = BPF_CORE_READ(sk, sk_err);

	if (error == 0)
		return old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT;
	return error == ECONNRESET || error == EPIPE;
}

/*
 * Fires in softirq too, so whose context this is means nothing. A socket that
 * a descriptor still holds may have bytes to read: it ends with its last
 * descriptor (last_reference_goes). Without one nobody can move a byte any more:
 * it has ended with the first change of state behind that, which the last
 * close(2), or the end of the process, makes itself. The peer may keep its half
 * open for as long as it likes.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state, const struct sock *sk, const int old_state, const int new_state)
{
	struct connection *connection;
	struct socket *socket;
	struct file *file;
	__u64 key = (__u64)sk;

	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return 0;
	if (new_state == TCP_CLOSE && is_reset(sk, old_state))
		connection->is_reset = 1;
	socket = BPF_CORE_READ(sk, sk_socket);
	file = socket ? BPF_CORE_READ(socket, file) : NULL;
	if (!file || !file_is_open(file))
		remove_connection(key, connection, 0);
	return 0;
}

/*
 * The sock is freed. Most connections were removed before; what is left is one
 * whose state became CLOSE on another CPU between the look at it by the last
 * close(2) and that descriptor's end.
 */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroy_sock, struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct connection *connection = bpf_map_lookup_elem(&connections, &key);

	if (connection)
		remove_connection(key, connection, 0);
	return 0;
}

struct exit_walk {
	struct file **slots;
	__u32 tgid;
	__u32 count;
};

static long exit_descriptor(__u32 index, void *context)
{
	struct exit_walk *walk = context;
	struct file *file = NULL;

	if (index >= walk->count)
		return 1;
	bpf_probe_read_kernel(&file, sizeof(file), &walk->slots[index]);
	last_reference_goes(file, walk->tgid);
	return 0;
}

/* What an ending process leaves open does not pass close(2). Optional: needs bpf_loop (5.17). */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(exit_sockets, struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct exit_walk walk = { .tgid = tgid };
	struct files_struct *files = BPF_CORE_READ(task, files);
	int holders = BPF_CORE_READ(files, count.counter);

	if (!scope_has_current(tgid) || BPF_CORE_READ(task, signal, live.counter) || !files)
		return 0;
	/* A table that another process shares (CLONE_FILES) outlives this one. */
	if (holders > BPF_CORE_READ(task, signal, nr_threads))
		return 0;
	walk.slots = BPF_CORE_READ(files, fdt, fd);
	walk.count = BPF_CORE_READ(files, fdt, max_fds);
	bpf_loop(EXIT_DESCRIPTORS, exit_descriptor, &walk, 0);
	return 0;
}

#endif /* L7TRACE_LIFECYCLE_BPF_H */
