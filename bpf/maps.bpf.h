/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All maps. User space finds them by name, sets the sizes of the rings (and,
 * if it likes, of `connections` and `calls`) before load. Hash maps that hold
 * state in flight are plain and preallocated, never LRU: an eviction would be
 * a loss that nobody counts.
 */
#ifndef L7TRACE_MAPS_BPF_H
#define L7TRACE_MAPS_BPF_H

#include "config.bpf.h"

/* Open, close, process events: small and never starved by data. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} control_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} data_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, L7_LOSS_REASONS);
	__type(key, __u32);
	__type(value, __u64);
} loss_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u32);
} scope_processes SEC(".maps");

struct comm_key {
	char comm[L7_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct comm_key);
	__type(value, __u8);
} scope_comms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u8);
} scope_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u16);
	__type(value, __u8);
} scope_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} verdicts SEC(".maps");

/*
 * A connection in scope, from its first call to the end of its socket. The key
 * is the address of its struct sock; a value counts only while its inode is
 * that socket's (addresses are used again). User space may delete an entry
 * when it knows that the socket is gone: the worst that follows is a second
 * open event.
 */
struct connection {
	__u64 inode;
	__u64 id; /* 0 until the first event */
	__u64 created_ns;
	__u64 start[2];    /* by enum l7_direction: stream offset at which capture began */
	__u64 position[2]; /* the last counter seen, extended; where we count: bytes moved */
	__u32 busy[2];     /* where we count: calls between entry and accounting */
	__u32 verdict_generation;
	__u16 family;
	__u8 role;     /* enum l7_role */
	__u8 evidence; /* enum l7_role_evidence */
	__u8 from_start;
	__u8 opened;   /* the open event is in the control ring */
	__u8 ended;    /* the end of the received stream has been told */
	__u8 protocol; /* enum l7_protocol */
	__u8 muted;
	__u8 decided;   /* a verdict was given: the kernel does not mute any more */
	__u8 looked_at; /* segments that were classified */
	__u8 votes;     /* of them, those that looked like something to mute */
	__u8 received;  /* a receive of it was seen to begin, or to have been under way */
	__u8 is_reset;  /* it was broken off, by either end */
	__u8 counted; /* the protocol does not count what calls move, so we do: AF_UNIX, kTLS, sockmap, multipath TCP */
	__u8 pad[1];
	__u64 tls_id; /* of the TLS object whose ciphertext this socket carries; 0: none known */
	/* Of kTLS: its plaintext is told under an id of its own, and stands in streams of its own (ktls.bpf.h). */
	__u64 ktls_id;
	__u64 ktls_position[2];
	__u32 ktls_generation;
	__u8 ktls_protocol;
	__u8 ktls_muted;
	__u8 ktls_untold;     /* the control ring had no room for it */
	__u8 ktls_from_start; /* the socket was seen before the kernel did its TLS */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct connection);
} connections SEC(".maps");

enum call_kind {
	CALL_FLAT,        /* buffer, length */
	CALL_VECTOR,      /* iovec array, count */
	CALL_MESSAGE,     /* msghdr */
	CALL_MESSAGES,    /* mmsghdr array, count */
	CALL_LENGTH_ONLY, /* no memory of the process is involved */
	CALL_ITER,        /* what an iov_iter stood for when a function of the kernel was entered */
};

/* Where the bytes of a call lie. */
enum memory {
	MEMORY_USER,   /* in the process, as does the array of their parts */
	MEMORY_PARTS,  /* in the process; the array is the kernel's copy of it */
	MEMORY_KERNEL, /* in the kernel: what it sends itself */
	MEMORY_PAGES,  /* in pages of the kernel's: files, registered buffers */
	MEMORY_NONE,   /* nowhere that we can read */
};

/* One record to be: bytes that a call, or one message of it, has moved. */
struct segment {
	__u64 connection_id;
	__u64 offset;
	__u64 total;    /* bytes moved */
	__u64 buffer;   /* user address of the bytes, or of an iovec array */
	__u64 vectors;  /* elements of that array; 0: `buffer` is the bytes */
	__u64 head;     /* bytes wanted from the beginning */
	__u64 tail;     /* bytes wanted from the end; 0 unless head < total */
	__u64 captured; /* bytes copied from the beginning */
	__u64 tailed;   /* bytes copied from the end, behind them */
	__u64 skip;     /* bytes of the array's first element that are none of it */
	__u32 flags;    /* enum l7_data_flags */
	__u32 protocol; /* enum l7_protocol */
	__u32 memory;   /* enum memory */
	__u32 cut;      /* 1: there is less of it than was wanted, as the ring has no room */
};

/* How far the copying of an iovec array is. */
struct walk {
	__u64 next; /* element to look at next */
	__u64 base; /* what is left of the current one */
	__u64 left;
	__u64 at;     /* bytes of the call behind us */
	__u64 stored; /* bytes of the record in use */
};

/*
 * A call between its entry and its exit, by thread (pid_tgid). The record stays when the call is over, until its thread is:
 * to make and delete one for each call would cost as much as all else that is done at its entry and exit.
 */
struct call {
	__u64 sk;
	__u64 inode;
	__u64 connection_created_ns; /* whose `busy` was raised; 0: nobody's */
	__u64 enter_ns;
	__u64 buffer;         /* user address, by kind */
	__u64 count;          /* elements of an array of parts; CALL_ITER: 0 where it is one buffer */
	__u64 skip;           /* CALL_ITER: bytes of the first element that are none of it */
	__u64 stack;          /* the thread's stack pointer; 0: not known */
	__u64 goroutine;      /* where Go keeps it; anything in other programs */
	__u64 moved;          /* bytes accounted for so far */
	__u64 messages_moved; /* of an mmsg call: its result */
	__u64 messages_bytes; /* in all of them */
	__u64 expected;       /* where we count: position at which the next bytes must start */
	__u32 expected_seq;   /* where TCP counts: the same */
	__u32 messages;       /* of an mmsg call, done so far */
	__s32 fd;
	__u32 flags; /* of the call, if it has any */
	__u16 family;
	__u8 kind; /* enum call_kind */
	__u8 direction;
	__u8 unproven; /* its offsets cannot be proven, known already at entry */
	__u8 proven;   /* TCP: its messages are proven as a whole */
	__u8 rebuilt;  /* its entry was not seen */
	__u8 source;   /* enum l7_source */
	__u8 memory;   /* CALL_ITER: enum memory */
	__u8 counted;  /* the connection's bytes were counted by us at the entry */
	__u8 ktls;     /* it carries plaintext of kTLS */
	__u8 foreign;  /* nothing of it is told: it is here to be counted */
	__u8 active;   /* the call is under way; else nothing here means anything */
	__u8 pad[3];
	__u64 control; /* kTLS: where the process has a control message, or wants one; 0: none */
	/* Work space. Here and not on a stack, as the verifier does not track values of maps: its states converge. */
	struct segment segment;
	struct walk walk;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

/* The call that the current thread is in; NULL for none that is known. */
static __always_inline struct call *current_call(void)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &pid_tgid);

	return call && call->active ? call : NULL;
}

/* What a record of a call begins as: filled in where it stands, as a stack has no room for it. */
static const struct call no_call;

/* A record for the current thread's call, empty but for its work space; NULL when there is no room. */
static __always_inline struct call *take_call(void)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &pid_tgid);

	if (!call) {
		if (bpf_map_update_elem(&calls, &pid_tgid, &no_call, BPF_ANY))
			return NULL;
		call = bpf_map_lookup_elem(&calls, &pid_tgid);
		if (!call)
			return NULL;
	}
	__builtin_memset(call, 0, __builtin_offsetof(struct call, segment));
	call->segment.flags = 0;
	call->active = 1;
	return call;
}

struct socket_key {
	__u64 sk;
	__u64 inode;
};

/* enum l7_role_evidence of sockets that have not moved data yet. A cache: what is lost is a role. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct socket_key);
	__type(value, __u8);
} role_hints SEC(".maps");

#endif /* L7TRACE_MAPS_BPF_H */
