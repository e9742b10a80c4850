/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Receives that were asleep in the kernel when tracing began: a thread per
 * connection that waits for the next request, a client that waits for its
 * answer. Their entry was not seen, but their arguments still stand in the
 * thread's registers. What does not stand there is the stream's counter at the
 * entry, which proves the place of every other call. Without it the place is
 * the counter now less what the call has taken, and that is right if nobody
 * else has taken a byte since. Who says so:
 *
 * - Inside the call (the sock tracepoints) the socket is known for certain. A
 *   thread of a process with several holds a reference on the file of every
 *   call that it is in; so if the file has just the descriptor's and our own,
 *   no other call is under way now. And one that came to its end since our
 *   bytes were taken was here before it gave its reference back, or had an
 *   entry, and left its mark: `received`. So the references are looked at
 *   first and the mark after them.
 * - At the exit of the call (the fd walk) our own reference is gone, another
 *   thread's call may be over and not have left its mark yet, and the
 *   descriptor may have become another socket's while we slept: what it means
 *   now proves nothing. It does in a process that never had a second thread,
 *   whose table and socket nobody shares: who sleeps closes nothing. So there,
 *   and only there, the call is taken.
 *
 * Both need a call whose bytes were taken in one go (no MSG_WAITALL, no
 * SO_RCVLOWAT: such a call may have taken a part long ago), and a socket that
 * is TCP's or AF_UNIX's own (no kTLS, no sockmap, whose lengths are not the
 * counter's; no multipath TCP).
 *
 * What can't be proven is not emitted and is no loss either: it is what was
 * under way when tracing began, as everything before. It shows as a hole when
 * something before it was seen. Sends are not rebuilt at all: their time is
 * their entry, which nobody knows, and a latency would be invented.
 */
#ifndef L7TRACE_REBUILD_BPF_H
#define L7TRACE_REBUILD_BPF_H

#include "entry.bpf.h"
#include "begin.bpf.h"

/* Were the bytes of this receive taken out of the socket's own queue and in one go? */
static __always_inline bool receive_is_plain(const struct socket_facts *facts, __u32 flags)
{
	struct sock *sk = (struct sock *)facts->sk;

	if ((flags & MSG_WAITALL) || facts->multipath || BPF_CORE_READ(sk, sk_rcvlowat) > 1 ||
	    BPF_CORE_READ(sk, sk_user_data))
		return false;
	return facts->family == AF_UNIX || !BPF_CORE_READ((struct inet_connection_sock *)sk, icsk_ulp_ops);
}

/* References on the file of the current task's descriptor if that is this socket's, else 0. */
static __always_inline __u64 references_of_fd(int fd, const struct socket_facts *facts)
{
	struct file *file = file_of_fd(fd);
	struct socket_facts found = {};

	if (!sock_of_file(file, &found) || found.sk != facts->sk || found.inode != facts->inode)
		return 0;
	return file_references(file);
}

/* Has the current task a table of descriptors of its own? If it has now, it had when it fell asleep, or was not alone. */
static __always_inline bool table_is_shared(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, files, count.counter) > 1;
}

/* Inside a call: is it the only one on the socket? A task with a table of its own takes no reference for its call. */
static __always_inline bool is_alone_inside(int fd, const struct socket_facts *facts)
{
	return references_of_fd(fd, facts) == (table_is_shared() ? 2 : 1);
}

/* At the exit of a call: could anybody but this task have used the descriptor, or changed it, while it slept? */
static __always_inline bool is_alone_at_exit(int fd, const struct socket_facts *facts)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	/* A thread that has ended left its run time to its process; it may have put another socket in the place. */
	return !table_is_shared() && BPF_CORE_READ(task, signal, nr_threads) == 1 &&
	       BPF_CORE_READ(task, signal, sum_sched_runtime) == 0 && references_of_fd(fd, facts) == 1;
}

/* Makes the record that the entry would have made, for a call that took `bytes` and was alone. */
static __always_inline bool remember_receive(const struct socket_facts *facts, const struct entry *entry,
					     struct connection *connection, __u64 bytes, __u32 fin)
{
	struct call *call = new_call();

	if (!call)
		return false;
	call->sk = facts->sk;
	call->inode = facts->inode;
	call->buffer = entry->buffer;
	call->count = entry->count;
	call->fd = entry->fd;
	call->flags = entry->flags;
	call->family = facts->family;
	call->counted = facts->counted;
	call->kind = entry->kind;
	call->direction = L7_INGRESS;
	call->rebuilt = 1;
	if (facts->counted)
		call->expected = connection->position[L7_INGRESS];
	else
		call->expected_seq = tcp_counter(facts->sk, L7_INGRESS) - (__u32)bytes - fin;
	/* When it fell asleep is not known. The time of a receive is its exit; so nobody can take a duration from this. */
	call->enter_ns = bpf_ktime_get_ns();
	return true;
}

/*
 * The receive of the current task has no record and has taken `bytes`. True
 * when it has one now, as if the entry had been seen.
 */
static __always_inline bool rebuild_receive(const struct socket_facts *facts, const struct entry *entry, __u64 bytes,
					    bool alone)
{
	struct connection *connection = find_connection(facts->sk, facts->inode);
	bool tcp = facts->family != AF_UNIX;
	/* A call that took bytes and met the peer's FIN took that too, and nobody gets a byte after it. */
	__u32 fin = tcp && bytes && tcp_fin_was_read(facts->sk);

	alone = alone && !(connection && connection->received);
	if (!connection) {
		if (!socket_is_connected(facts))
			return false;
		connection = make_connection(facts, alone && tcp ? (__u32)bytes + fin : 0);
		if (!connection)
			return false;
	}
	connection->received = 1;
	/* The end of a stream is proven by the socket's state, whoever reads it. */
	if (bytes && !alone)
		return false;
	return remember_receive(facts, entry, connection, bytes, fin);
}

/*
 * From sock_recv_length. Costs a look into a map for those who were not asked
 * for, and for what is muted. Not static, for the verifier's sake, as the next.
 */
__noinline int rebuild_inside(__u64 address, __u64 bytes, __u32 flags)
{
	struct sock *sk = (struct sock *)address;
	struct socket_facts facts = { .sk = address };
	struct connection *known;
	struct entry entry = {};
	struct pt_regs *regs;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return false;
	if (!scope_has_current(bpf_get_current_pid_tgid() >> 32))
		return false;
	known = bpf_map_lookup_elem(&connections, &facts.sk);
	if (known && known->received)
		return false;
	if (!read_socket_facts(&facts) || !scope_has_ports(facts.family, facts.local_port, facts.remote_port))
		return false;
	facts.inode = inode_of_sock(sk);
	if (!facts.inode)
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	/* io_uring comes by here on a thread's way out of another call, and in threads of its own. */
	if (!SYSCALL_IS_UNDER_WAY(regs) || call_is_compat() || !describe_receive(regs, &entry))
		return false;
	return rebuild_receive(&facts, &entry, bytes,
			       receive_is_plain(&facts, flags) && is_alone_inside(entry.fd, &facts));
}

/* From the exit of a call, where there are no sock tracepoints. Not inline, so that its stack is not its caller's too. */
static __noinline bool rebuild_at_exit(const struct pt_regs *regs, long result)
{
	struct socket_facts facts = {};
	struct connection *known;
	struct entry entry = {};
	bool alone;

	if (result < 0 || !scope_has_current(bpf_get_current_pid_tgid() >> 32) || !describe_receive(regs, &entry) ||
	    (entry.flags & MSG_NO_STREAM) || call_is_compat())
		return false;
	/* Messages are told by the lengths in the process's memory, all at once. */
	if (entry.kind == CALL_MESSAGES)
		return false;
	if (!sock_of_fd(entry.fd, &facts) || !read_socket_facts(&facts) ||
	    !scope_has_ports(facts.family, facts.local_port, facts.remote_port))
		return false;
	alone = receive_is_plain(&facts, entry.flags) && is_alone_at_exit(entry.fd, &facts);
	known = find_connection(facts.sk, facts.inode);
	if (!alone || (known && known->received)) {
		/* Perhaps its bytes. AF_UNIX's are counted by us alone, so nothing is joined across them. */
		if (known && result > 0)
			account_lost(known, L7_INGRESS, HOLE_OF_UNKNOWN_SIZE);
		return false;
	}
	return rebuild_receive(&facts, &entry, result, true);
}

#endif /* L7TRACE_REBUILD_BPF_H */
