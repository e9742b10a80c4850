/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* GnuTLS 3: sessions, whose records its own socket calls carry. */
#ifndef L7TRACE_GNUTLS_BPF_H
#define L7TRACE_GNUTLS_BPF_H

#include "tls_calls.bpf.h"

/* ssize_t gnutls_record_recv(gnutls_session_t, void *, size_t), gnutls_record_recv_seq */
SEC("uprobe")
int gnutls_read(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_GNUTLS, TLS_RESULT64, L7_INGRESS, 0);
}

/*
 * ssize_t gnutls_record_send(gnutls_session_t, const void *, size_t), gnutls_record_send2, _range.
 * Without a buffer it goes on with what an earlier call was given: of that the length is known, the bytes are not.
 */
SEC("uprobe")
int gnutls_write(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_GNUTLS, FUNCTION_ARG2(regs) ? TLS_RESULT64 : TLS_SENDFILE, L7_EGRESS, 0);
}

/*
 * int gnutls_record_send_early_data(gnutls_session_t, const void *, size_t): goes with the handshake, and the server may refuse it, which
 * is told in the session's flags among other things. So what it is, and what the answer to it, nobody knows: a hole.
 */
SEC("uprobe")
int gnutls_write_early(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct tls_object *object;

	if (!probe_hit(regs, tgid) || !FUNCTION_ARG1(regs))
		return 0;
	object = get_tls_object(FUNCTION_ARG1(regs), tgid, L7_SOURCE_GNUTLS, L7_EGRESS);
	if (object)
		mark_object_unseen(object);
	return 0;
}

/* ssize_t gnutls_record_recv_packet(gnutls_session_t, gnutls_packet_t *): of the bytes, in GnuTLS's own buffer, the length is told */
SEC("uprobe")
int gnutls_read_packet(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_GNUTLS, TLS_SENDFILE, L7_INGRESS, 0);
}

/* ssize_t gnutls_record_send_file(gnutls_session_t, int, off_t *, size_t) */
SEC("uprobe")
int gnutls_send_file(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_GNUTLS, TLS_SENDFILE, L7_EGRESS, 0);
}

/* Moves ciphertext and no plaintext: gnutls_handshake, gnutls_bye, gnutls_record_uncork */
SEC("uprobe")
int gnutls_context(struct pt_regs *regs)
{
	return enter_tls_call(regs, L7_SOURCE_GNUTLS, TLS_CONTEXT, L7_EGRESS, 0);
}

/* int gnutls_init(gnutls_session_t *, unsigned) */
SEC("uprobe")
int gnutls_init_enter(struct pt_regs *regs)
{
	struct tls_calls *calls;

	if (!probe_hit(regs, bpf_get_current_pid_tgid() >> 32))
		return 0;
	calls = thread_calls();
	if (!calls)
		return 0;
	calls->inner_stack = FUNCTION_STACK(regs);
	calls->inner_buffer = FUNCTION_ARG1(regs);
	return 0;
}

SEC("uretprobe")
int gnutls_init_return(struct pt_regs *regs)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&tls_calls, &pid_tgid);
	__u64 address = 0;

	if (!calls || calls->inner_stack != RETURNED_STACK(regs))
		return 0;
	calls->inner_stack = 0;
	if ((__s32)RETURNED_VALUE(regs) < 0 ||
	    bpf_probe_read_user(&address, sizeof(address), (void *)calls->inner_buffer) || !address)
		return 0;
	open_tls_object(address, L7_SOURCE_GNUTLS, 1);
	return 0;
}

/* void gnutls_deinit(gnutls_session_t) */
SEC("uprobe")
int gnutls_free(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address = FUNCTION_ARG1(regs);

	probe_hit(regs, tgid);
	if (find_tls_object(address, tgid))
		close_tls_object(address);
	return 0;
}

#endif /* L7TRACE_GNUTLS_BPF_H */
