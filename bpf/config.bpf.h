/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What user space sets before the object is loaded, and the two words it changes later. */
#ifndef L7TRACE_CONFIG_BPF_H
#define L7TRACE_CONFIG_BPF_H

#include "kernel.bpf.h"
#include "l7trace.bpf.h"

const volatile struct l7_config l7_config = {
	.abi_version = L7_ABI_VERSION,
	.capture_limit = 16384,
	.tail_limit = 4096,
	.wakeup_bytes = 65536,
	.use_sock_tracepoints = 1,
	.framed_limit = 262144,
};

/* Raised by user space after it wrote to `verdicts`; connections compare it with the one they know. */
volatile __u32 verdict_generation = 0;

/* Set by user space once a TLS library is probed: until then nothing is spent on it. */
volatile __u32 tls_is_probed = 0;

#endif /* L7TRACE_CONFIG_BPF_H */
