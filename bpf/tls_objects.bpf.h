/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects of TLS libraries (OpenSSL's SSL, GnuTLS's session): known by their
 * address in their process from the first call that names one to the call that
 * frees it. A pointer that is used again is another object, so it never
 * inherits a peer.
 */
#ifndef L7TRACE_TLS_OBJECTS_BPF_H
#define L7TRACE_TLS_OBJECTS_BPF_H

#include "tls_events.bpf.h"

#define TLS_LEVELS 2 /* calls of different objects inside each other: TLS in TLS */

struct tls_key {
	__u64 object;
	__u32 tgid;
	__u32 pad;
};

/* What is known of early data (TLS 1.3) that an object has sent. */
enum tls_early {
	EARLY_NONE,
	EARLY_SENT,   /* whether the peer has taken it is not known yet */
	EARLY_SERVER, /* it reads the peer's: what it writes then is lost to nobody */
};

struct tls_object {
	__u64 id;
	__u64 connection_id; /* 0: not bound yet */
	__u64 sk;            /* of that connection */
	__u64 inode;
	/*
	 * By enum l7_direction: plaintext bytes that its calls moved. Each is read and added to by calls of its direction, of
	 * which there is one at a time (of Go: mixed), so that a reader and a writer don't take each other's place.
	 */
	__u64 position[2];
	__u32 verdict_generation;
	__u32 references; /* beyond the first */
	__u8 source;      /* enum l7_source */
	__u8 proof;       /* enum l7_tls_proof */
	__u8 from_start;
	__u8 protocol; /* enum l7_protocol */
	__u8 looked_at;
	__u8 muted;
	__u8 unseen
		[2]; /* by direction: calls passed that were not looked at (or OBJECT_READ_UNSEEN: may have); a hole of unknown size */
	__u8 mixed
		[2]; /* Go: by direction, several calls are under way at once: in which order they move bytes is not known */
	__u8 bio_seen;      /* its records are seen when it makes them: what is not one of them is not its own */
	__u8 untold;        /* user space has yet to hear of the binding */
	__u32 under_way[2]; /* Go: by direction, calls that have not returned, of any thread */
	__u32 ended;        /* Go: closed while some were under way; its life ends with the last of them */
	__u64 previous_id;  /* Go: of the life before, in which calls began that are under way in this one; or 0 */
	__u32 unborn; /* Go: named by calls where one was closed: no object of user space's before it is known to be another one */
	__u32 unread; /* calls in a scope of ports that were not read, as it was not bound; it counts when it is */
	__u32 early;  /* enum tls_early */
	__u32 pad;
};

/* Bits of how an object is added. */
#define OBJECT_FROM_START 1
#define OBJECT_READ_UNSEEN 2 /* a read may be under way: a hole of unknown size stands before the first one */
#define OBJECT_UNBORN 4

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct tls_key);
	__type(value, struct tls_object);
} tls_objects SEC(".maps");

/* By tgid: live objects that are not bound. While there are none, no socket call is looked at for their sake. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u64);
} tls_unbound SEC(".maps");

static __always_inline struct tls_object *find_tls_object(__u64 object, __u32 tgid)
{
	struct tls_key key = { .object = object, .tgid = tgid };

	return bpf_map_lookup_elem(&tls_objects, &key);
}

static __always_inline bool process_has_unbound(__u32 tgid)
{
	__u64 *unbound = bpf_map_lookup_elem(&tls_unbound, &tgid);

	return unbound && (__s64)*unbound > 0;
}

static __always_inline void add_unbound(__u32 tgid, __s64 change)
{
	__u64 *unbound = bpf_map_lookup_elem(&tls_unbound, &tgid);
	__u64 none = 0;

	if (!unbound) {
		/* Without room nothing of this process is matched: peers stay unknown, none is wrong. */
		bpf_map_update_elem(&tls_unbound, &tgid, &none, BPF_NOEXIST);
		unbound = bpf_map_lookup_elem(&tls_unbound, &tgid);
	}
	/* An exec forgets the count before the objects are forgotten. */
	if (unbound && (change > 0 || (__s64)*unbound > 0))
		__sync_fetch_and_add(unbound, change);
}

/* Not static: seen by the verifier once. They take numbers only. 1 when the ring was full. */
__noinline int emit_tls_event(__u64 address, __u32 change)
{
	struct tls_object *object = find_tls_object(address, bpf_get_current_pid_tgid() >> 32);
	struct l7_tls_event *event;

	if (!object)
		return 0;
	event = reserve_tls_event(change);
	if (!event)
		return 1;
	event->tls_id = object->id;
	event->connection_id = object->connection_id;
	event->object = address;
	event->proof = object->proof;
	event->source = object->source;
	event->from_start = object->from_start;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* The socket it was bound to carries another object's ciphertext from now on, or nobody's. */
static __always_inline void unbind_connection(const struct tls_object *object)
{
	struct connection *connection;

	if (!object->connection_id)
		return;
	connection = find_connection(object->sk, object->inode);
	if (connection && connection->tls_id == object->id)
		connection->tls_id = 0;
}

/* The life of an object is over: freed, cleared, or its address is handed out anew. */
__noinline int close_tls_object(__u64 address)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct tls_key key = { .object = address, .tgid = tgid };
	struct tls_object *object = bpf_map_lookup_elem(&tls_objects, &key);

	struct tls_object gone;

	if (!object)
		return 0;
	gone = *object;
	emit_tls_event(address, L7_TLS_CLOSE);
	/* Two threads may close one object: it counts once. */
	if (bpf_map_delete_elem(&tls_objects, &key))
		return 0;
	unbind_connection(&gone);
	if (!gone.connection_id)
		add_unbound(tgid, -1);
	return 0;
}

/* A life at this address, where there was none. Of threads that add it at once (Go's), one does. */
__noinline int add_tls_object(__u64 address, __u32 source, __u32 how)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct tls_key key = { .object = address, .tgid = tgid };
	struct tls_object fresh = {};
	long error;

	fresh.id = new_tls_id();
	fresh.source = source;
	fresh.from_start = how & OBJECT_FROM_START;
	fresh.unseen[L7_INGRESS] = how & OBJECT_READ_UNSEEN;
	fresh.unborn = !!(how & OBJECT_UNBORN);
	error = bpf_map_update_elem(&tls_objects, &key, &fresh, BPF_NOEXIST);
	if (error) {
		if (error != -EEXIST)
			count_loss(L7_LOSS_TLS_FULL);
		return 0;
	}
	if (how & OBJECT_UNBORN)
		return 0;
	add_unbound(tgid, 1);
	emit_tls_event(address, L7_TLS_OPEN);
	return 0;
}

/* A new life at this address; whatever lived there before is over. */
__noinline int open_tls_object(__u64 address, __u32 source, __u32 from_start)
{
	close_tls_object(address);
	return add_tls_object(address, source, from_start ? OBJECT_FROM_START : 0);
}

/* Go: a call of any thread has not returned. */
static __always_inline bool tls_object_is_busy(const struct tls_object *object)
{
	return object->under_way[L7_EGRESS] || object->under_way[L7_INGRESS];
}

static __always_inline void apply_tls_verdict(struct tls_object *object)
{
	__u8 verdict = new_verdict(object->id, &object->verdict_generation);

	if (!verdict)
		return;
	object->muted = verdict == L7_VERDICT_MUTE;
	if (verdict == L7_VERDICT_FRAMED)
		object->protocol = L7_PROTOCOL_HTTP2;
}

#endif /* L7TRACE_TLS_OBJECTS_BPF_H */
