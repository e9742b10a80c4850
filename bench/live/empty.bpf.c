// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A probe that does nothing: what is left is what it takes to come here. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("uprobe")
int nothing(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
