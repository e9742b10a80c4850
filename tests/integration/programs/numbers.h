/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number-carrying HTTP of the pairing tests. A request names its number n
 * in its path; the answer's status, body length and framing are functions of
 * n. So an answer that is shown beside another number's request gives itself
 * away. Support/HttpNumbers.cs has the same functions.
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stdint.h>
#include <time.h>

static inline unsigned number_status(uint64_t n)
{
	unsigned status = 210 + (unsigned)(n * 37 % 380);
	return status == 304 ? 310 : status; /* 304 has no body by definition */
}

static inline size_t number_body(uint64_t n)
{
	return (size_t)(n * 7919 % 1500) + (n % 50 == 0 ? 20000 : 0);
}

static inline size_t number_request_body(uint64_t n)
{
	return n % 3 == 0 ? 1 + (size_t)(n % 200) : 0;
}

static inline int number_is_chunked(uint64_t n)
{
	return n % 4 == 1;
}

static inline uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
