/* SPDX-License-Identifier: Apache-2.0 */
/* io_uring by its system calls, one operation at a time, for uring.c. */
#ifndef RING_H
#define RING_H

#include <errno.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ENTRIES = 64, UNSUPPORTED = 3 };

struct ring {
	int fd;
	unsigned flags;
	atomic_uint *sq_head, *sq_tail, *sq_flags, *cq_head, *cq_tail;
	unsigned *sq_array;
	unsigned sq_mask, cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static inline void ring_fail(const char *what, long error)
{
	fprintf(stderr, "uring: %s: %s\n", what, strerror((int)-error));
	exit(error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP ? UNSUPPORTED : 1);
}

static inline void *ring_map(int fd, size_t size, off_t what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
	if (p == MAP_FAILED)
		ring_fail("mmap", -errno);
	return p;
}

static inline void ring_open(struct ring *r, unsigned flags)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_idle = 2000 };
	r->flags = flags;
	r->fd = (int)syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (r->fd < 0)
		ring_fail("io_uring_setup", -errno);
	char *sq = ring_map(r->fd, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	char *cq = ring_map(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	r->sqes = ring_map(r->fd, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	r->sq_head = (atomic_uint *)(sq + p.sq_off.head);
	r->sq_tail = (atomic_uint *)(sq + p.sq_off.tail);
	r->sq_flags = (atomic_uint *)(sq + p.sq_off.flags);
	r->sq_array = (unsigned *)(sq + p.sq_off.array);
	r->sq_mask = *(unsigned *)(sq + p.sq_off.ring_mask);
	r->cq_head = (atomic_uint *)(cq + p.cq_off.head);
	r->cq_tail = (atomic_uint *)(cq + p.cq_off.tail);
	r->cq_mask = *(unsigned *)(cq + p.cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

static inline void ring_enter(struct ring *r, unsigned submit, unsigned wait)
{
	unsigned flags = wait ? IORING_ENTER_GETEVENTS : 0;
	if (r->flags & IORING_SETUP_SQPOLL) {
		atomic_thread_fence(memory_order_seq_cst);
		if (atomic_load(r->sq_flags) & IORING_SQ_NEED_WAKEUP)
			flags |= IORING_ENTER_SQ_WAKEUP;
	}
	while (syscall(__NR_io_uring_enter, r->fd, submit, wait, flags, NULL, 0) < 0)
		if (errno != EINTR)
			ring_fail("io_uring_enter", -errno);
}

static inline void ring_submit(struct ring *r, const struct io_uring_sqe *sqe)
{
	unsigned tail = atomic_load_explicit(r->sq_tail, memory_order_relaxed), place = tail & r->sq_mask;
	r->sqes[place] = *sqe;
	r->sq_array[place] = place;
	atomic_store_explicit(r->sq_tail, tail + 1, memory_order_release);
	ring_enter(r, 1, 0);
}

struct completion {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
};

/* The next completion; it is taken off the ring. */
static inline struct completion ring_wait(struct ring *r)
{
	unsigned head = atomic_load_explicit(r->cq_head, memory_order_relaxed);
	while (head == atomic_load_explicit(r->cq_tail, memory_order_acquire))
		ring_enter(r, 0, 1);
	const struct io_uring_cqe *at = &r->cqes[head & r->cq_mask];
	struct completion done = { at->user_data, at->res, at->flags };
	atomic_store_explicit(r->cq_head, head + 1, memory_order_release);
	return done;
}

static inline long ring_do(struct ring *r, const struct io_uring_sqe *sqe)
{
	ring_submit(r, sqe);
	struct completion cqe = ring_wait(r);
	if (cqe.flags & IORING_CQE_F_MORE) /* SEND_ZC: the buffer is free again */
		ring_wait(r);
	return cqe.res;
}

static inline void ring_register(struct ring *r, unsigned what, const void *argument, unsigned count)
{
	if (syscall(__NR_io_uring_register, r->fd, what, argument, count) < 0)
		ring_fail("io_uring_register", -errno);
}

#endif
