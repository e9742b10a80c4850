/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TLS records, and the place where the two ends of one meet: the object that
 * makes or reads it, and the socket that carries it.
 *
 * What is compared holds at least 16 bytes behind the record's header that are
 * ciphertext or a hello's random, which no other record of the process shares;
 * of other records nothing is believed. If two candidates share them all the
 * same, neither is.
 */
#ifndef L7TRACE_TLS_RECORDS_BPF_H
#define L7TRACE_TLS_RECORDS_BPF_H

#include "infer.bpf.h"
#include "maps.bpf.h"

#define RECORD_HEADER 5
#define RECORD_LEAST 24              /* bytes of a record that is believed: 16 behind its header, and 3 more */
#define RECORD_BYTES 32              /* of them that are compared, if it has as many */
#define RECORD_LIFE_NS 5000000000ULL /* how long after one end the other may come */

struct tls_record {
	__u32 tgid;
	__u32 direction; /* enum l7_direction */
	__u8 bytes[RECORD_BYTES];
};

/* Who has one end of a record. 0 in `id`: two have, and so nobody. */
struct tls_candidate {
	__u64 id;     /* egress: of the object that wrote it; ingress: of the connection that received it */
	__u64 holder; /* egress: the object's address; ingress: the sock's */
	__u64 inode;  /* ingress */
	__u64 time_ns;
};

/* A cache: what is lost is a proof, and the next record brings another. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct tls_record);
	__type(value, struct tls_candidate);
} tls_records SEC(".maps");

/* A record header (RFC 8446, 5.1) of any type but heartbeat. */
static __always_inline bool is_record_header(const __u8 *at)
{
	__u32 length = infer_be16(at + 3);

	return at[0] >= 20 && at[0] <= 23 && at[1] == 3 && at[2] <= 4 && length && length <= 16384 + 2048;
}

/* One end of a record: the other one may find it. */
static __always_inline void offer_record(const struct tls_record *record, __u64 id, __u64 holder, __u64 inode)
{
	struct tls_candidate *known = bpf_map_lookup_elem(&tls_records, record);
	struct tls_candidate fresh = { .id = id, .holder = holder, .inode = inode, .time_ns = bpf_ktime_get_ns() };

	if (known && known->id != id && fresh.time_ns - known->time_ns < RECORD_LIFE_NS)
		fresh.id = 0;
	bpf_map_update_elem(&tls_records, record, &fresh, BPF_ANY);
}

/* The other end of a record: who has the first, if that is certain. A record is used once. */
static __always_inline bool take_record(const struct tls_record *record, struct tls_candidate *found)
{
	struct tls_candidate *known = bpf_map_lookup_elem(&tls_records, record);

	if (!known)
		return false;
	*found = *known;
	/* That two have it stays known: a third one must not be believed either. */
	if (!found->id)
		return false;
	bpf_map_delete_elem(&tls_records, record);
	return bpf_ktime_get_ns() - found->time_ns < RECORD_LIFE_NS;
}

/* RFC 8446, 4.1.3: what stands in a HelloRetryRequest for the server's random, which is the same for everybody. */
static __always_inline bool is_retry_request(const __u8 *record)
{
	return record[11] == 0xcf && record[12] == 0x21 && record[13] == 0xad && record[14] == 0x74;
}

/* Application data, or a hello with its random: other records of a handshake in the clear may be alike. */
static __always_inline bool is_telling_record(const __u8 *record)
{
	if (record[0] == 23)
		return true;
	return record[0] == 22 && (record[5] == 1 || record[5] == 2) && !is_retry_request(record);
}

/* The first bytes of a record, of `total` that are there; false when they prove nothing. */
static __always_inline bool read_record(struct tls_record *record, __u64 address, __u64 total, __u32 direction)
{
	__u32 length;

	if (total < RECORD_LEAST || bpf_probe_read_user(record->bytes, RECORD_LEAST, (void *)address) ||
	    !is_record_header(record->bytes) || !is_telling_record(record->bytes))
		return false;
	length = RECORD_HEADER + infer_be16(record->bytes + 3);
	if (length < RECORD_LEAST)
		return false;
	/* Both ends must compare the same number of bytes, whatever lies behind the record in their buffers. */
	if (length >= RECORD_BYTES &&
	    (total < RECORD_BYTES || bpf_probe_read_user(record->bytes, RECORD_BYTES, (void *)address)))
		return false;
	record->direction = direction;
	record->tgid = bpf_get_current_pid_tgid() >> 32;
	return true;
}

#endif /* L7TRACE_TLS_RECORDS_BPF_H */
