/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NSS 3: its TLS is a layer of NSPR's descriptors, and programs call NSPR's
 * functions for it, which files, pipes and plain sockets go through as well.
 *
 * A descriptor (struct PRFileDesc, prio.h, of NSPR's public interface) is a
 * stack of layers. The one of TLS is known by its table of methods, which
 * SSL_ImportFD puts there: a process's descriptors are told apart by it, those
 * that it had before too, once it has been seen to import one. The object is
 * what stands behind the layer (struct sslSocketStr), since a layer moves in
 * memory when another one is put on it.
 */
#ifndef L7TRACE_NSS_BPF_H
#define L7TRACE_NSS_BPF_H

#include "tls_calls.bpf.h"

#define NSS_LAYERS 4 /* of a stack that are looked at, from the top */
#define NSS_PEEK 2   /* PR_MSG_PEEK */

struct nss_methods {
	__u64 table;
	__u32 tgid;
	__u32 pad;
};

/* Tables of TLS layers. A cache: what is lost is a process's descriptors until it imports another one. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct nss_methods);
	__type(value, __u8);
} nss_tables SEC(".maps");

/* The beginning of struct PRFileDesc. */
struct nss_layer {
	__u64 methods;
	__u64 secret;
	__u64 lower;
};

/* The object of a descriptor; 0 when it has no layer of TLS, or none that is known. */
static __always_inline __u64 nss_object(__u64 descriptor, __u32 tgid)
{
	struct nss_methods methods = { .tgid = tgid };
	struct nss_layer layer = {};
	int i;

	for (i = 0; i < NSS_LAYERS && descriptor; i++) {
		if (bpf_probe_read_user(&layer, sizeof(layer), (void *)descriptor))
			return 0;
		methods.table = layer.methods;
		if (bpf_map_lookup_elem(&nss_tables, &methods))
			return layer.secret;
		descriptor = layer.lower;
	}
	return 0;
}

static __always_inline int enter_nss_call(struct pt_regs *regs, __u32 shape, __u32 direction, __u64 length_at)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address;

	if (!probe_hit(regs, tgid))
		return 0;
	address = nss_object(FUNCTION_ARG1(regs), tgid);
	return address ? enter_object_call(regs, address, L7_SOURCE_NSS, shape, direction, length_at) : 0;
}

/* PRInt32 PR_Read(PRFileDesc *, void *, PRInt32) */
SEC("uprobe")
int nss_read(struct pt_regs *regs)
{
	return enter_nss_call(regs, TLS_RESULT, L7_INGRESS, 0);
}

/* PRInt32 PR_Write(PRFileDesc *, const void *, PRInt32), and PR_Send, which has flags and a timeout behind that */
SEC("uprobe")
int nss_write(struct pt_regs *regs)
{
	return enter_nss_call(regs, TLS_RESULT, L7_EGRESS, 0);
}

/* PRInt32 PR_Recv(PRFileDesc *, void *, PRInt32, PRIntn flags, PRIntervalTime) */
SEC("uprobe")
int nss_receive(struct pt_regs *regs)
{
	return enter_nss_call(regs, FUNCTION_ARG4(regs) & NSS_PEEK ? TLS_CONTEXT : TLS_RESULT, L7_INGRESS, 0);
}

/* PRInt32 PR_Writev(PRFileDesc *, const PRIOVec *, PRInt32 elements, PRIntervalTime) */
SEC("uprobe")
int nss_write_vectors(struct pt_regs *regs)
{
	return enter_nss_call(regs, TLS_VECTORS, L7_EGRESS, (__u32)FUNCTION_ARG3(regs));
}

/* SECStatus SSL_ForceHandshake(PRFileDesc *), SSL_ForceHandshakeWithTimeout */
SEC("uprobe")
int nss_context(struct pt_regs *regs)
{
	return enter_nss_call(regs, TLS_CONTEXT, L7_INGRESS, 0);
}

/* PRFileDesc *SSL_ImportFD(PRFileDesc *model, PRFileDesc *): what it returns has the layer on top */
SEC("uretprobe")
int nss_import_return(struct pt_regs *regs)
{
	struct nss_methods methods = { .tgid = bpf_get_current_pid_tgid() >> 32 };
	__u64 descriptor = RETURNED_VALUE(regs);
	struct nss_layer layer = {};
	__u8 known = 1;

	if (!probe_hit(regs, methods.tgid) || !descriptor ||
	    bpf_probe_read_user(&layer, sizeof(layer), (void *)descriptor) || !layer.methods || !layer.secret)
		return 0;
	methods.table = layer.methods;
	bpf_map_update_elem(&nss_tables, &methods, &known, BPF_ANY);
	open_tls_object(layer.secret, L7_SOURCE_NSS, 1);
	return 0;
}

/* PRFileDesc *PR_Accept(PRFileDesc *, PRNetAddr *, PRIntervalTime): one that listens hands its TLS on */
SEC("uretprobe")
int nss_accept_return(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address;

	if (!probe_hit(regs, tgid))
		return 0;
	address = nss_object(RETURNED_VALUE(regs), tgid);
	if (address)
		open_tls_object(address, L7_SOURCE_NSS, 1);
	return 0;
}

/* PRStatus PR_Close(PRFileDesc *) */
SEC("uprobe")
int nss_close(struct pt_regs *regs)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 address;

	if (!probe_hit(regs, tgid))
		return 0;
	address = nss_object(FUNCTION_ARG1(regs), tgid);
	if (address && find_tls_object(address, tgid))
		close_tls_object(address);
	return 0;
}

#endif /* L7TRACE_NSS_BPF_H */
