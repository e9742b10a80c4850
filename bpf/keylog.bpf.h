/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The secrets of TLS connections, where OpenSSL would give them to a key log:
 * its own function is called for each, whether there is a log or not. Not
 * loaded unless it is asked for.
 */
#ifndef L7TRACE_KEYLOG_BPF_H
#define L7TRACE_KEYLOG_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "counters.bpf.h"
#include "scope.bpf.h"

#define SECRET_SHORT 32
#define SECRET_LONG 48

/*
 * int ssl_log_secret(SSL *, const char *label, const uint8_t *secret, size_t length). The cookie is where the client's random
 * lies in the object, as user space read it from the file's own instructions.
 */
SEC("?uprobe")
int openssl_log_secret(struct pt_regs *regs)
{
	__u64 random_at = bpf_get_attach_cookie(regs);
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 length = FUNCTION_ARG4(regs);
	struct l7_secret_event *event;
	long failed;

	if (!random_at || (length != SECRET_SHORT && length != SECRET_LONG) || !scope_has_current(tgid))
		return 0;
	event = bpf_ringbuf_reserve(&control_ring, sizeof(*event), 0);
	if (!event) {
		count_loss(L7_LOSS_CONTROL_RING_FULL);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->header.type = L7_EVENT_SECRET;
	event->header.size = sizeof(*event);
	event->time_ns = bpf_ktime_get_ns();
	event->tgid = tgid;
	event->length = length;
	failed = bpf_probe_read_user_str(event->label, sizeof(event->label), (void *)FUNCTION_ARG2(regs)) <= 0;
	failed |= bpf_probe_read_user(event->client_random, sizeof(event->client_random),
				      (void *)(FUNCTION_ARG1(regs) + random_at));
	if (length == SECRET_LONG)
		failed |= bpf_probe_read_user(event->secret, SECRET_LONG, (void *)FUNCTION_ARG3(regs));
	else
		failed |= bpf_probe_read_user(event->secret, SECRET_SHORT, (void *)FUNCTION_ARG3(regs));
	if (failed)
		event->length = 0; /* user space counts it */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

#endif /* L7TRACE_KEYLOG_BPF_H */
