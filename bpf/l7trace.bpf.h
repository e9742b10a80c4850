/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the kernel side and user space: every struct and enum
 * that crosses the rings or the shared maps stands here and nowhere else.
 *
 * Rules: fixed-width fields only, explicit padding, never packed, enums stored
 * in fixed-width fields, a static assertion on each size. User space mirrors
 * this file by hand in src/Probe/Events/EventLayout.cs; a unit test reads the
 * object's BTF and compares names, sizes, offsets and enum values.
 */
#ifndef L7TRACE_BPF_H
#define L7TRACE_BPF_H

/* Raised on every change of a struct or an enum value below. */
#define L7_ABI_VERSION 5

#define L7_COMM_LEN 16
#define L7_UNIX_PATH_LEN 108

/* First field of every record, in both rings. */
enum l7_event_type {
	L7_EVENT_NONE = 0,
	/* control ring */
	L7_EVENT_OPEN = 1,    /* struct l7_open_event: a connection is first seen */
	L7_EVENT_CLOSE = 2,   /* struct l7_close_event: it is gone for good */
	L7_EVENT_PROCESS = 3, /* struct l7_process_event: fork, exec, exit in scope */
	L7_EVENT_TLS = 4,     /* struct l7_tls_event: the life of a TLS library's object */
	L7_EVENT_SECRET = 5,  /* struct l7_secret_event: a secret of a TLS connection, when they are asked for */
	/* data ring */
	L7_EVENT_DATA = 16, /* struct l7_data_event + payload */
};

enum l7_direction {
	L7_EGRESS = 0,  /* the traced process sent it */
	L7_INGRESS = 1, /* the traced process received it */
};

enum l7_role {
	L7_ROLE_UNKNOWN = 0,
	L7_ROLE_CLIENT = 1,
	L7_ROLE_SERVER = 2,
};

/* How the role is known; user space may overrule the weaker kinds. */
enum l7_role_evidence {
	L7_EVIDENCE_NONE = 0,
	L7_EVIDENCE_CONNECT = 1,   /* connect(2) was seen on this socket */
	L7_EVIDENCE_ACCEPT = 2,    /* accept(2) returned this socket */
	L7_EVIDENCE_UNIX_PATH = 3, /* AF_UNIX: the end that inherited the listener's path is the server */
};

enum l7_source {
	L7_SOURCE_SOCKET = 0,
	L7_SOURCE_OPENSSL = 1,
	L7_SOURCE_GNUTLS = 2,
	L7_SOURCE_GO_TLS = 3,
	L7_SOURCE_KTLS = 4, /* a socket whose TLS the kernel does: calls carry the plaintext */
	L7_SOURCE_NSS = 5,
};

/* What the first bytes look like; user space confirms, corrects, unmutes. */
enum l7_protocol {
	L7_PROTOCOL_UNKNOWN = 0,
	L7_PROTOCOL_MYSQL = 1,
	L7_PROTOCOL_HTTP1 = 2,
	L7_PROTOCOL_HTTP2 = 3,
	L7_PROTOCOL_TLS = 4,
	L7_PROTOCOL_OTHER = 5, /* clearly something else: muted in the kernel */
};

/* Bits of l7_data_event.flags. */
enum l7_data_flags {
	L7_DATA_OFFSET_UNPROVEN = 1, /* the counter's change was not the call's length */
	L7_DATA_END_OF_STREAM = 2,   /* receive returned 0: the peer's direction ended; byte_count is 0 */
	L7_DATA_LENGTH_ONLY = 4,     /* no payload by nature: sendfile, splice, MSG_TRUNC, a muted connection */
	L7_DATA_FAULT = 8,           /* user memory could not be read: captured is less than it could be */
	L7_DATA_WRITE_PENDING =
		16, /* TLS, ingress: a write of the same object by another thread has not returned yet */
};

enum l7_close_reason {
	L7_CLOSE_SOCKET = 0,  /* TCP state CLOSE, or last reference of an AF_UNIX socket */
	L7_CLOSE_PROCESS = 1, /* reserved for user space: the only owner ended */
	L7_CLOSE_RESET = 2,   /* TCP: one end broke it off (RST) */
};

enum l7_process_change {
	L7_PROCESS_FORK = 1, /* tgid is the child, parent_tgid the parent */
	L7_PROCESS_EXEC = 2,
	L7_PROCESS_EXIT = 3, /* the last thread is gone */
	L7_PROCESS_MAP = 4,  /* a file is about to be mapped to be executed: it may be a library of TLS */
};

enum l7_tls_change {
	L7_TLS_OPEN = 1,  /* an object is first seen */
	L7_TLS_BOUND = 2, /* whose socket carries its ciphertext is proven */
	L7_TLS_CLOSE = 3, /* its life is over; the same address may be another one's from now on */
};

/* How it is proven. The values equal those of user space's PeerProof. */
enum l7_tls_proof {
	L7_PROOF_UNKNOWN = 0,
	L7_PROOF_SOCKET = 1,           /* kTLS: the socket's own calls carry the plaintext */
	L7_PROOF_NESTED_CALL = 2,      /* a socket call inside the TLS call moved a TLS record */
	L7_PROOF_CIPHERTEXT_MATCH = 3, /* the record that the object made, or was given, passed on the socket */
};

/* Why something is missing: index into the per-CPU counters map. */
enum l7_loss_reason {
	L7_LOSS_DATA_RING_FULL = 0,  /* records that did not fit at any size class */
	L7_LOSS_DATA_RING_BYTES = 1, /* bytes moved by those calls */
	L7_LOSS_RING_TRUNCATED = 2,  /* records that took a smaller class for want of room */
	L7_LOSS_CONTROL_RING_FULL = 3,
	L7_LOSS_CALLS_FULL = 4,       /* no room to remember a call between entry and exit */
	L7_LOSS_CONNECTIONS_FULL = 5, /* no room for a new connection */
	L7_LOSS_UNATTRIBUTED = 6,     /* the descriptor meant another socket at exit than at entry */
	L7_LOSS_USER_FAULT = 7,       /* user memory not readable */
	L7_LOSS_OFFSET_UNPROVEN = 8,  /* calls whose offset could not be proven */
	L7_LOSS_PROCESSES_FULL = 9,   /* no room to follow a child process */
	L7_LOSS_TLS_FULL = 10,        /* no room for a TLS object, or for a call of its library */
	L7_LOSS_TLS_UNFINISHED = 11,  /* TLS calls whose return was not seen: what they moved is not known */
	L7_LOSS_UNSEEN_BYTES =
		12, /* bytes moved on sockets in scope past what is traced (io_uring, the kernel's own) */
	L7_LOSS_MISSED_RETURNS = 13, /* calls of which the entry was seen and the return was not */
	L7_LOSS_TLS_UNPROVEN =
		14, /* TLS calls in a scope of ports before it was proven that their connection is one of it */
	L7_LOSS_REASONS = 15,
};

struct l7_event_header {
	__u16 type;  /* enum l7_event_type */
	__u16 flags; /* enum l7_data_flags for data, else 0 */
	__u32 size;  /* bytes of this record that are meaningful, header included */
};

/* Addresses are in network byte order, IPv4 in the first four bytes; ports in host order. */
struct l7_open_event {
	struct l7_event_header header;
	__u64 connection_id; /* the socket's cookie (bit 63 set: made by us, where no cookie is to be had) */
	__u64 time_ns;       /* CLOCK_MONOTONIC */
	__u64 cgroup_id;
	__u64 egress_offset; /* stream offset at which capture begins, per direction */
	__u64 ingress_offset;
	__u64 inode;      /* of the socket (sockfs) */
	__u64 peer_inode; /* AF_UNIX: of the other end, 0 if unknown */
	__u32 tgid;
	__u32 tid;
	__u32 netns;     /* network namespace inode number */
	__u32 peer_tgid; /* AF_UNIX: from the peer's credentials, 0 if unknown */
	__u16 family;    /* AF_UNIX 1, AF_INET 2, AF_INET6 10 */
	__u16 local_port;
	__u16 remote_port;
	__u8 role;          /* enum l7_role */
	__u8 role_evidence; /* enum l7_role_evidence */
	__u8 from_start;    /* 1: both offsets are the stream's own beginning */
	__u8 pad[7];
	__u8 local_address[16];
	__u8 remote_address[16];
	char comm[L7_COMM_LEN];
	char unix_path[L7_UNIX_PATH_LEN]; /* the listener's path; abstract names keep their leading NUL */
	__u32 unix_path_len;
};
_Static_assert(sizeof(struct l7_open_event) == 256, "l7_open_event");

struct l7_close_event {
	struct l7_event_header header;
	__u64 connection_id;
	__u64 time_ns;
	__u32 tgid;   /* 0 when the kernel closed it outside a process of ours */
	__u32 reason; /* enum l7_close_reason */
};
_Static_assert(sizeof(struct l7_close_event) == 32, "l7_close_event");

struct l7_process_event {
	struct l7_event_header header;
	__u64 time_ns;
	__u64 cgroup_id;
	__u32 tgid;
	__u32 parent_tgid;
	__u32 change; /* enum l7_process_change */
	__u32 pad;
	char comm[L7_COMM_LEN];
};
_Static_assert(sizeof(struct l7_process_event) == 56, "l7_process_event");

/*
 * The life of one object of a TLS library (OpenSSL's SSL, GnuTLS's session, NSS's socket): its plaintext comes as data events whose
 * connection_id is this tls_id, and whose offsets count from 0 what its calls moved since it was first seen.
 */
struct l7_tls_event {
	struct l7_event_header header;
	__u64 tls_id;        /* bit 62 set: no socket's id has it */
	__u64 connection_id; /* L7_TLS_BOUND: of the socket; else 0 */
	__u64 time_ns;
	__u64 object; /* its address in the process */
	__u64 cgroup_id;
	__u32 tgid;
	__u32 tid;
	__u8 change;     /* enum l7_tls_change */
	__u8 proof;      /* enum l7_tls_proof */
	__u8 source;     /* enum l7_source */
	__u8 from_start; /* 1: its making was seen, so both streams are seen from their beginning */
	__u8 pad[4];
	char comm[L7_COMM_LEN];
};
_Static_assert(sizeof(struct l7_tls_event) == 80, "l7_tls_event");

#define L7_SECRET_LABEL_LEN 40

/* What a TLS library gives to a key log: one line of it. */
struct l7_secret_event {
	struct l7_event_header header;
	__u64 time_ns;
	__u32 tgid;
	__u32 length;                    /* of the secret, bytes: 32 or 48 */
	char label[L7_SECRET_LABEL_LEN]; /* ends with a 0 */
	__u8 client_random[32];
	__u8 secret[48]; /* what is behind length is 0 */
};
_Static_assert(sizeof(struct l7_secret_event) == 144, "l7_secret_event");

/*
 * One call (or one message of an mmsg call). Behind the struct stand `captured`
 * bytes from the call's beginning, then `tail` bytes from its end. What lies
 * between is a hole of byte_count - captured - tail bytes.
 *
 * stream_offset: TCP: the sequence number of the first byte, extended to 64
 * bits (its low 32 bits are the absolute sequence number, so two ends of one
 * connection can be compared). AF_UNIX: bytes counted by us since first seen.
 */
struct l7_data_event {
	struct l7_event_header header;
	__u64 connection_id; /* or, of plaintext, the tls_id */
	__u64 stream_offset;
	__u64 enter_ns; /* CLOCK_MONOTONIC, entry of the call; its exit for a receive under way when tracing began */
	__u64 exit_ns;  /* when the bytes had been moved */
	__u64 byte_count;
	__u32 captured;
	__u32 tail;
	__u32 tgid;
	__u32 tid;
	__u8 direction; /* enum l7_direction */
	__u8 source;    /* enum l7_source */
	__u8 protocol;  /* enum l7_protocol: the kernel's guess so far */
	__u8 pad[5];
};
_Static_assert(sizeof(struct l7_data_event) == 72, "l7_data_event");

/* Bits of l7_config.scope_flags. Bits are ANDed between kinds, entries of one map are ORed. */
enum l7_scope_flags {
	L7_SCOPE_PROCESSES = 1, /* tgid in scope_processes (children follow through fork) or exec name in scope_comms */
	L7_SCOPE_CGROUPS = 2,   /* an ancestor cgroup id is in scope_cgroups */
	L7_SCOPE_PORTS = 4,     /* a port of the connection is in scope_ports */
	L7_SCOPE_CHILDREN = 8,  /* children that the tracer itself forks are added to scope_processes */
	L7_SCOPE_SECRETS = 16,  /* secrets are wanted, or hits: no socket call is looked at */
	L7_SCOPE_CIPHERTEXT = 32, /* nothing is muted but by a verdict: the ciphertext of TLS is wanted */
	L7_SCOPE_HITS = 64, /* calls of probed functions are counted by process, and nothing else is done with them */
};

/* Values of scope_ports. */
enum l7_port_side {
	L7_PORT_LOCAL = 1,
	L7_PORT_REMOTE = 2,
};

/* Values of verdicts, written by user space only, keyed by connection_id or tls_id. */
enum l7_verdict {
	L7_VERDICT_CAPTURE = 1,
	L7_VERDICT_MUTE = 2,
	L7_VERDICT_FRAMED = 3, /* captured, and known to be HTTP/2 */
};

/* Where calls that move data are seen. */
enum l7_backend {
	L7_BACKEND_SYSCALL = 0,   /* at the system calls, and in the sock tracepoints */
	L7_BACKEND_FUNCTIONS = 1, /* at the functions of the kernel that sockets are sent and received by */
};

/* Knobs: one const volatile instance named l7_config, set before load. */
struct l7_config {
	__u32 abi_version;          /* L7_ABI_VERSION, compared by user space before load */
	__u32 self_tgid;            /* the tracer: never traced */
	__u32 capture_limit;        /* bytes from the beginning of a call, 256 .. 262144 */
	__u32 tail_limit;           /* bytes from the end of a longer call, 0 .. 4096 */
	__u32 scope_flags;          /* enum l7_scope_flags; 0: everything but the tracer */
	__u32 wakeup_bytes;         /* wake the reader at this fill of the data ring; a power of two, or 0: never */
	__u32 use_sock_tracepoints; /* 1: sock_send_length and sock_recv_length are attached */
	__u32 framed_limit;         /* as capture_limit, for HTTP/2: what a call is has to be read frame by frame */
	__u32 backend;              /* enum l7_backend */
	__u32 pad;
};
_Static_assert(sizeof(struct l7_config) == 40, "l7_config");

#endif /* L7TRACE_BPF_H */
