/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes that lie in pages of the kernel's: of files (sendfile), of buffers that
 * io_uring was given before. Where such a page stands in the kernel's own
 * mapping of memory is computed as the kernel does it, from two addresses that
 * user space has the kernel look up once (find_pages in functions.bpf.h).
 * Where they are not known, such bytes have a length and no payload.
 */
#ifndef L7TRACE_PAGES_BPF_H
#define L7TRACE_PAGES_BPF_H

#include "maps.bpf.h"

#define PAGE_BITS 12

/* 0 until known: where the array of struct page begins, and where the mapping of memory does. */
volatile __u64 page_array = 0;
volatile __u64 page_memory = 0;

static __always_inline __u64 address_of_page(struct page *page)
{
	__u64 array = page_array;
	__u64 memory = page_memory;

	if (!array || !memory || (__u64)page < array)
		return 0;
	return memory + (((__u64)page - array) / bpf_core_type_size(struct page) << PAGE_BITS);
}

/* An element of an array of bio_vec, read as one of an iovec's: into the address and the length that it stands for. */
static __always_inline bool part_of_pages(struct user_iovec *element)
{
	struct page *page = (struct page *)element->base;
	__u64 address = address_of_page(page);

	if (!address)
		return false;
	element->base = address + (element->length >> 32); /* bv_offset */
	element->length = (__u32)element->length;          /* bv_len */
	return true;
}

#endif /* L7TRACE_PAGES_BPF_H */
