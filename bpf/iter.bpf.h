/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * struct iov_iter: where a function of the kernel is to take bytes from, or to
 * put them. Read at the entry, as the function moves it on. Its forms and the
 * names of its fields have changed with kernels; the values of enum iter_type
 * too.
 */
#ifndef L7TRACE_ITER_BPF_H
#define L7TRACE_ITER_BPF_H

#include "copy.bpf.h"

static __always_inline __u32 iter_type_of(const struct iov_iter *iter)
{
	if (bpf_core_field_exists(iter->iter_type))
		return BPF_CORE_READ(iter, iter_type);
	return BPF_CORE_READ((struct iov_iter___flags *)iter, type) & ~1U;
}

/* The array of parts; the members of a union, so one name is enough. */
static __always_inline __u64 iter_array(const struct iov_iter *iter)
{
	if (bpf_core_field_exists(iter->__iov))
		return (__u64)BPF_CORE_READ(iter, __iov);
	return (__u64)BPF_CORE_READ((struct iov_iter___named *)iter, iov);
}

static __always_inline bool iter_is_user_buffer(const struct iov_iter *iter, __u32 type)
{
	return bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	       type == bpf_core_enum_value(enum iter_type, ITER_UBUF);
}

/* Fills in where the bytes of a call lie. */
static __always_inline void read_iter(struct call *call, const struct iov_iter *iter)
{
	__u32 type = iter_type_of(iter);
	struct user_iovec only = {};

	if (iter_is_user_buffer(iter, type)) {
		call->memory = MEMORY_USER;
		call->buffer = (__u64)BPF_CORE_READ(iter, ubuf) + BPF_CORE_READ(iter, iov_offset);
		return;
	}
	if (type == bpf_core_enum_value(enum iter_type, ITER_IOVEC))
		call->memory = MEMORY_PARTS;
	else if (type == bpf_core_enum_value(enum iter_type, ITER_KVEC))
		call->memory = MEMORY_KERNEL;
	else if (type == bpf_core_enum_value(enum iter_type, ITER_BVEC))
		call->memory = MEMORY_PAGES;
	else
		call->memory = MEMORY_NONE;
	if (call->memory == MEMORY_NONE || (call->memory == MEMORY_PAGES && !page_array)) {
		call->memory = MEMORY_NONE;
		return;
	}
	call->buffer = iter_array(iter);
	call->count = BPF_CORE_READ(iter, nr_segs);
	call->skip = BPF_CORE_READ(iter, iov_offset);
	if (call->count != 1)
		return;
	/* A single element, by far the most common, is as good as a flat buffer. */
	if (read_element(&only, call->buffer, 0, call->skip, call->memory)) {
		call->memory = MEMORY_NONE;
		return;
	}
	call->buffer = only.base;
	call->count = 0;
	call->skip = 0;
	if (call->memory == MEMORY_PARTS)
		call->memory = MEMORY_USER;
	else if (call->memory == MEMORY_PAGES)
		call->memory = MEMORY_KERNEL;
}

#endif /* L7TRACE_ITER_BPF_H */
