/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * OpenSSL 1.1 and 3, and what has its functions (BoringSSL, LibreSSL). User
 * space attaches these to the functions that it finds in a file; which belongs
 * to which stands in src/Probe/Tls/TlsLibrary.cs.
 */
#ifndef L7TRACE_OPENSSL_BPF_H
#define L7TRACE_OPENSSL_BPF_H

#include "tls_calls.bpf.h"

/* int SSL_read(SSL *, void *, int) */
SEC("uprobe")
int openssl_read(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_RESULT, L7_INGRESS, 0);
}

/* int SSL_read_ex(SSL *, void *, size_t, size_t *) */
SEC("uprobe")
int openssl_read_ex(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_WRITTEN, L7_INGRESS, FUNCTION_ARG4(regs));
}

/* int SSL_read_early_data(SSL *, void *, size_t, size_t *), of a server: 1 when it has bytes */
SEC("uprobe")
int openssl_read_early(struct pt_regs *regs)
{
	struct tls_object *object;

	enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_WRITTEN, L7_INGRESS, FUNCTION_ARG4(regs));
	object = find_tls_object(FUNCTION_ARG1(regs), bpf_get_current_pid_tgid() >> 32);
	if (object)
		object->early = EARLY_SERVER;
	return 0;
}

/* int SSL_write(SSL *, const void *, int) */
SEC("uprobe")
int openssl_write(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_RESULT, L7_EGRESS, 0);
}

/* int SSL_write_ex(SSL *, const void *, size_t, size_t *) */
SEC("uprobe")
int openssl_write_ex(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_WRITTEN, L7_EGRESS, FUNCTION_ARG4(regs));
}

/* int SSL_write_early_data(SSL *, const void *, size_t, size_t *): a client's, before its handshake; a server's, before its end */
SEC("uprobe")
int openssl_write_early(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_EARLY, L7_EGRESS, FUNCTION_ARG4(regs));
}

/* int SSL_get_early_data_status(const SSL *): a program must ask, to write once more what was not taken */
SEC("uprobe")
int openssl_early_status(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct tls_object *object = find_tls_object(FUNCTION_ARG1(regs), tgid);

	if (object && object->early == EARLY_SENT)
		return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_STATUS, L7_INGRESS, 0);
	probe_hit(regs, tgid);
	return 0;
}

/* int SSL_write_ex2(SSL *, const void *, size_t, uint64_t flags, size_t *), 3.3 and later */
SEC("uprobe")
int openssl_write_ex2(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_WRITTEN, L7_EGRESS, FUNCTION_ARG5(regs));
}

/* ossl_ssize_t SSL_sendfile(SSL *, int fd, off_t, size_t, int flags): kernel TLS only */
SEC("uprobe")
int openssl_sendfile(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_SENDFILE, L7_EGRESS, 0);
}

/* Moves ciphertext and no plaintext that counts: SSL_do_handshake, SSL_peek, SSL_shutdown */
SEC("uprobe")
int openssl_context(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_OPENSSL, TLS_CONTEXT, L7_EGRESS, 0);
}

/* SSL *SSL_new(SSL_CTX *): what its object says is seen from the first byte on */
SEC("uretprobe")
int openssl_new_return(struct pt_regs *regs)
{
	__u64 address = RETURNED_VALUE(regs);

	if (probe_hit(regs, bpf_get_current_pid_tgid() >> 32) && address)
		open_tls_object(address, L7_SOURCE_OPENSSL, 1);
	return 0;
}

/* int SSL_clear(SSL *): the object begins anew */
SEC("uprobe")
int openssl_clear(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address = FUNCTION_ARG1(regs);

	probe_hit(regs, tgid);
	if (address && find_tls_object(address, tgid))
		open_tls_object(address, L7_SOURCE_OPENSSL, 1);
	return 0;
}

/* void SSL_set_bio(SSL *, BIO *, BIO *), SSL_set_fd and their kin: what a bound object does from now on is on another socket */
SEC("uprobe")
int openssl_set_bio(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address = FUNCTION_ARG1(regs);
	struct tls_object *object = find_tls_object(address, tgid);

	probe_hit(regs, tgid);
	if (object && object->connection_id)
		open_tls_object(address, L7_SOURCE_OPENSSL, 0);
	return 0;
}

/* int SSL_up_ref(SSL *) */
SEC("uprobe")
int openssl_up_ref(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct tls_object *object = find_tls_object(FUNCTION_ARG1(regs), tgid);

	probe_hit(regs, tgid);
	if (object)
		__sync_fetch_and_add(&object->references, 1);
	return 0;
}

/* void SSL_free(SSL *) */
SEC("uprobe")
int openssl_free(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address = FUNCTION_ARG1(regs);
	struct tls_object *object = find_tls_object(address, tgid);

	probe_hit(regs, tgid);
	if (!object)
		return 0;
	if (object->references)
		__sync_fetch_and_add(&object->references, -1);
	else
		close_tls_object(address);
	return 0;
}

/* int BIO_write(BIO *, const void *, int), inside a call of libssl: the record that an object made */
SEC("uprobe")
int openssl_bio_write(struct pt_regs *regs)
{
	struct tls_call *call = current_tls_call();
	__s32 length = (__s32)FUNCTION_ARG3(regs);

	probe_hit(regs, bpf_get_current_pid_tgid() >> 32);
	if (call && length >= RECORD_LEAST && is_inside(call, FUNCTION_STACK(regs)))
		match_object_bytes(call->object, FUNCTION_ARG2(regs), length, L7_EGRESS);
	return 0;
}

static __always_inline int enter_bio_read(struct pt_regs *regs, __u64 length_at)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&tls_calls, &pid_tgid);
	struct tls_object *object;
	struct tls_call *call;

	probe_hit(regs, pid_tgid >> 32);
	if (!calls)
		return 0;
	call = innermost(calls);
	object = call ? find_tls_object(call->object, pid_tgid >> 32) : NULL;
	if (!object || object->connection_id || !is_inside(call, FUNCTION_STACK(regs)))
		return 0;
	calls->inner_stack = FUNCTION_STACK(regs);
	calls->inner_buffer = FUNCTION_ARG2(regs);
	calls->inner_length_at = length_at;
	return 0;
}

/* A record's header alone, then what is behind it, at the place behind it; or all at once. */
static __always_inline int leave_bio_read(struct tls_calls *calls, __s32 length)
{
	struct tls_call *call = innermost(calls);
	__u64 buffer = calls->inner_buffer;

	calls->inner_stack = 0;
	if (!call || length <= 0)
		return 0;
	if (length == RECORD_HEADER) {
		call->header_at = buffer;
		return 0;
	}
	if (call->header_at && buffer == call->header_at + RECORD_HEADER) {
		buffer -= RECORD_HEADER;
		length += RECORD_HEADER;
	}
	call->header_at = 0;
	match_object_bytes(call->object, buffer, length, L7_INGRESS);
	return 0;
}

/* int BIO_read(BIO *, void *, int), inside a call of libssl */
SEC("uprobe")
int openssl_bio_read(struct pt_regs *regs)
{
	return enter_bio_read(regs, 0);
}

SEC("uretprobe")
int openssl_bio_read_return(struct pt_regs *regs)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&tls_calls, &pid_tgid);

	if (!calls || calls->inner_stack != RETURNED_STACK(regs))
		return 0;
	return leave_bio_read(calls, (__s32)RETURNED_VALUE(regs));
}

/* int bio_read_intern(BIO *, void *, size_t, size_t *), which BIO_read is a wrapper of: 1, and the length behind its argument 4 */
SEC("uprobe")
int openssl_bio_read_ex(struct pt_regs *regs)
{
	return enter_bio_read(regs, FUNCTION_ARG4(regs));
}

SEC("uretprobe")
int openssl_bio_read_ex_return(struct pt_regs *regs)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&tls_calls, &pid_tgid);
	__u64 length = 0;

	if (!calls || calls->inner_stack != RETURNED_STACK(regs))
		return 0;
	if ((__s32)RETURNED_VALUE(regs) <= 0 ||
	    bpf_probe_read_user(&length, sizeof(length), (void *)calls->inner_length_at) || length > 1 << 30)
		length = 0;
	return leave_bio_read(calls, length);
}

#endif /* L7TRACE_OPENSSL_BPF_H */
