/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The system calls that matter, by number. A table and not a switch: what stands in it the verifier does not know, so it goes once, and not
 * once for each call, through what follows. Numbers are those of the 64-bit ABI.
 */
#ifndef L7TRACE_SYSCALL_TABLE_BPF_H
#define L7TRACE_SYSCALL_TABLE_BPF_H

#include <asm/unistd.h>

#include "maps.bpf.h"

enum {
	SYSCALLS = 512, /* those in the table have numbers below 340 on all architectures */

	/* What it is to us. */
	SYSCALL_NONE = 0,
	SYSCALL_MOVES, /* moves data */
	SYSCALL_MAPS,
	SYSCALL_CHANGES, /* of descriptors and connections */
};

struct known_syscall {
	__u8 what;
	__u8 kind;      /* enum call_kind */
	__u8 direction; /* enum l7_direction */
	__u8 flags_at;  /* which argument has flags of a receive, from 1; 0: none */
};

#define MOVES(kind, direction, flags_at)                 \
	{                                                \
		SYSCALL_MOVES, kind, direction, flags_at \
	}

static const volatile struct known_syscall known_syscalls[SYSCALLS] = {
	[__NR_read] = MOVES(CALL_FLAT, L7_INGRESS, 0),
	[__NR_readv] = MOVES(CALL_VECTOR, L7_INGRESS, 0),
	[__NR_recvfrom] = MOVES(CALL_FLAT, L7_INGRESS, 4),
	[__NR_recvmsg] = MOVES(CALL_MESSAGE, L7_INGRESS, 3),
	[__NR_recvmmsg] = MOVES(CALL_MESSAGES, L7_INGRESS, 4),
	[__NR_splice] = MOVES(CALL_LENGTH_ONLY, L7_INGRESS, 0),
	[__NR_write] = MOVES(CALL_FLAT, L7_EGRESS, 0),
	[__NR_writev] = MOVES(CALL_VECTOR, L7_EGRESS, 0),
	[__NR_sendto] = MOVES(CALL_FLAT, L7_EGRESS, 0),
	[__NR_sendmsg] = MOVES(CALL_MESSAGE, L7_EGRESS, 0),
	[__NR_sendmmsg] = MOVES(CALL_MESSAGES, L7_EGRESS, 0),
	[__NR_sendfile] = MOVES(CALL_LENGTH_ONLY, L7_EGRESS, 0),
	[__NR_mmap] = { .what = SYSCALL_MAPS },
	[__NR_connect] = { .what = SYSCALL_CHANGES },
	[__NR_close] = { .what = SYSCALL_CHANGES },
	[__NR_dup3] = { .what = SYSCALL_CHANGES },
#ifdef __NR_dup2
	[__NR_dup2] = { .what = SYSCALL_CHANGES },
#endif
};

#undef MOVES

/* Is it one of the system calls whose bytes are read? */
static __always_inline bool call_moves_data(long number)
{
	return (unsigned long)number < SYSCALLS && known_syscalls[number].what == SYSCALL_MOVES;
}

#endif /* L7TRACE_SYSCALL_TABLE_BPF_H */
