/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The return of a function that sends or receives: from fexit, a kretprobe or a sock tracepoint. */
#ifndef L7TRACE_LEAVE_BPF_H
#define L7TRACE_LEAVE_BPF_H

#include "entry.bpf.h"
#include "transfer.bpf.h"

/* How the bytes of a call are put into a record at its return: a constant at every call. */
enum leave_mode {
	LEAVE_LENGTH,  /* not at all: their number is told */
	LEAVE_BOUNDED, /* arrays of parts in a bounded loop */
	LEAVE_LOOPED,  /* the same by bpf_loop */
};

/* A function that sends or receives has returned. The record of the call says what it was about. */
static __always_inline int leave_function(long result, __u32 direction, const int mode)
{
	struct call *call = current_call();
	struct connection *connection;

	if (!call || call->kind != CALL_ITER || call->direction != direction)
		return 0;
	if (result < 0 || (direction == L7_INGRESS && (call->flags & MSG_NO_STREAM)))
		goto out;
	if (result == 0 && (direction == L7_EGRESS || mode == LEAVE_LENGTH))
		goto out;
	if (call->foreign) {
		connection = find_connection(call->sk, call->inode);
		if (connection)
			account_lost(connection, direction, result);
		goto out;
	}
	if (mode == LEAVE_LENGTH) {
		if (transfer_length(result, cookie_of_sock(call->sk)))
			emit_length(call);
	} else if (transfer(result, cookie_of_sock(call->sk), call->flags)) {
		emit_segment(call, mode == LEAVE_LOOPED);
	}
out:
	end_call(call);
	return 0;
}

#endif /* L7TRACE_LEAVE_BPF_H */
