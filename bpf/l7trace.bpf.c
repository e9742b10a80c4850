// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel side of L7Trace, one translation unit. README.md says what is
 * attached where, which programs may be left out, and what user space may do
 * with the maps.
 */
#include "kernel.bpf.h"
#include "l7trace.bpf.h"

#include "config.bpf.h"
#include "maps.bpf.h"
#include "counters.bpf.h"
#include "scope.bpf.h"
#include "socket.bpf.h"
#include "connection.bpf.h"
#include "infer.bpf.h"
#include "copy.bpf.h"
#include "emit.bpf.h"
#include "place.bpf.h"
#include "classify.bpf.h"
#include "tls_events.bpf.h"
#include "ktls.bpf.h"
#include "tls_objects.bpf.h"
#include "tls_records.bpf.h"
#include "go_calls.bpf.h"
#include "tls_match.bpf.h"
#include "transfer.bpf.h"
#include "begin.bpf.h"
#include "entry.bpf.h"
#include "leave.bpf.h"
#include "rebuild.bpf.h"
#include "sock_points.bpf.h"
#include "calls.bpf.h"
#include "iter.bpf.h"
#include "functions.bpf.h"
#include "fentry.bpf.h"
#include "kprobe.bpf.h"
#include "lifecycle.bpf.h"
#include "syscalls.bpf.h"
#include "process.bpf.h"
#include "tls_plaintext.bpf.h"
#include "tls_calls.bpf.h"
#include "openssl.bpf.h"
#include "gnutls.bpf.h"
#include "nss.bpf.h"
#include "go.bpf.h"
#include "go_life.bpf.h"
#include "keylog.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Anchors: the contract's types must be in the object's BTF, where a test of user space compares them. */
#define ANCHOR(kind, name) const kind name *anchor_##name __attribute__((unused)) = NULL
ANCHOR(struct, l7_event_header);
ANCHOR(struct, l7_open_event);
ANCHOR(struct, l7_close_event);
ANCHOR(struct, l7_process_event);
ANCHOR(struct, l7_tls_event);
ANCHOR(struct, l7_secret_event);
ANCHOR(struct, l7_data_event);
ANCHOR(struct, l7_config);
ANCHOR(enum, l7_event_type);
ANCHOR(enum, l7_direction);
ANCHOR(enum, l7_role);
ANCHOR(enum, l7_role_evidence);
ANCHOR(enum, l7_source);
ANCHOR(enum, l7_protocol);
ANCHOR(enum, l7_data_flags);
ANCHOR(enum, l7_close_reason);
ANCHOR(enum, l7_process_change);
ANCHOR(enum, l7_tls_change);
ANCHOR(enum, l7_tls_proof);
ANCHOR(enum, l7_loss_reason);
ANCHOR(enum, l7_scope_flags);
ANCHOR(enum, l7_port_side);
ANCHOR(enum, l7_verdict);
ANCHOR(enum, l7_backend);
