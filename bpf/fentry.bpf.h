/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * functions.bpf.h attached by fentry and fexit: the cheapest way, where the
 * kernel has BPF trampolines. A program is for one function, so there is one
 * for each. None of them is loaded by default.
 */
#ifndef L7TRACE_FENTRY_BPF_H
#define L7TRACE_FENTRY_BPF_H

#include "functions.bpf.h"

/*
 * Entry and return of a function that sends or receives. Returns are attached
 * only where the sock tracepoints do not tell of them; NAME_leave_bounded is
 * for kernels without bpf_loop (before 5.17).
 */
#define FENTRY_PAIR(function, direction, enter, arguments...)                                \
	SEC("?fentry/" #function)                                                            \
	int BPF_PROG(function##_enter, struct socket *socket, arguments)                     \
	{                                                                                    \
		return enter;                                                                \
	}                                                                                    \
	SEC("?fexit/" #function)                                                             \
	int BPF_PROG(function##_leave, struct socket *socket, arguments, int result)         \
	{                                                                                    \
		return leave_function(result, direction, LEAVE_LOOPED);                      \
	}                                                                                    \
	SEC("?fexit/" #function)                                                             \
	int BPF_PROG(function##_leave_bounded, struct socket *socket, arguments, int result) \
	{                                                                                    \
		return leave_function(result, direction, LEAVE_BOUNDED);                     \
	}

#define FENTRY_SEND(function)                                                                                  \
	FENTRY_PAIR(function, L7_EGRESS, enter_message(socket, message, 0, L7_EGRESS), struct msghdr *message, \
		    unsigned long size)
#define FENTRY_RECEIVE(function)                                                                                     \
	FENTRY_PAIR(function, L7_INGRESS, enter_message(socket, message, flags, L7_INGRESS), struct msghdr *message, \
		    unsigned long size, int flags)
#define FENTRY_PAGE(function)                                                                             \
	FENTRY_PAIR(function, L7_EGRESS, enter_page(socket, page, offset), struct page *page, int offset, \
		    unsigned long size, int flags)

/* What a splice moves has no payload. */
#define FENTRY_SPLICE(function)                                                                                 \
	SEC("?fentry/" #function)                                                                               \
	int BPF_PROG(function##_enter, struct socket *socket)                                                   \
	{                                                                                                       \
		return enter_splice_read(socket);                                                               \
	}                                                                                                       \
	SEC("?fexit/" #function)                                                                                \
	int BPF_PROG(function##_leave, struct socket *socket, void *position, void *pipe, unsigned long length, \
		     unsigned int flags, int result)                                                            \
	{                                                                                                       \
		return leave_function(result, L7_INGRESS, LEAVE_LENGTH);                                        \
	}

FENTRY_SEND(inet_sendmsg)
FENTRY_SEND(inet6_sendmsg)
FENTRY_SEND(unix_stream_sendmsg)
FENTRY_RECEIVE(inet_recvmsg)
FENTRY_RECEIVE(inet6_recvmsg)
FENTRY_RECEIVE(unix_stream_recvmsg)
FENTRY_PAGE(inet_sendpage)        /* before 6.5 */
FENTRY_PAGE(unix_stream_sendpage) /* before 6.5 */
FENTRY_SPLICE(tcp_splice_read)
FENTRY_SPLICE(unix_stream_splice_read)

SEC("?fentry/security_socket_connect")
int BPF_PROG(connect_enter, struct socket *socket)
{
	return enter_connect(socket);
}

SEC("?fentry/security_sock_graft")
int BPF_PROG(graft_enter, struct sock *sk, struct socket *socket)
{
	return enter_graft(socket);
}

SEC("?fentry/inet_release")
int BPF_PROG(inet_release_enter, struct socket *socket)
{
	return enter_release(socket);
}

SEC("?fentry/unix_release")
int BPF_PROG(unix_release_enter, struct socket *socket)
{
	return enter_release(socket);
}

SEC("?fentry/security_mmap_file")
int BPF_PROG(map_enter, struct file *file, unsigned long protection)
{
	return enter_map(file, protection);
}

#endif /* L7TRACE_FENTRY_BPF_H */
