/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the first bytes of a call look like. Pure: no kernel, no map, no
 * helper, so that the host compiles and tests it too (test/infer_test.c).
 * User space has the last word. When in doubt the answer is UNKNOWN, which
 * is captured; OTHER is for what cannot be MySQL or HTTP.
 */
#ifndef L7TRACE_INFER_BPF_H
#define L7TRACE_INFER_BPF_H

#include <linux/types.h>
#include <stdbool.h>

#include "l7trace.bpf.h"

#define INFER_BYTES 32

#ifdef __bpf__
#define INFER_STAGE __noinline
#else
#define INFER_STAGE static __always_inline
#endif

struct first_bytes {
	__u64 total;             /* bytes that the call moved */
	__u32 length;            /* bytes of it that are here, 0 .. INFER_BYTES */
	__u32 sender;            /* enum l7_role of the end that sent them, UNKNOWN if unknown */
	__u8 at[INFER_BYTES];    /* zero behind `length` */
	__u8 slack[INFER_BYTES]; /* the kernel side reads whole parts to places in `at` */
};

/* Eight bytes of a text, zero behind its end, as they lie in memory. A constant once the compiler is through. */
static __always_inline __u64 infer_word(const char *text, __u32 length, __u32 from, bool mask)
{
	__u8 bytes[8] = {};
	__u64 word;

#pragma GCC unroll 8
	for (__u32 i = 0; i < 8; i++)
		if (from + i < length)
			bytes[i] = mask ? 0xff : (__u8)text[from + i];
	__builtin_memcpy(&word, bytes, sizeof(word));
	return word;
}

/* Compares by words, not bytes: each branch is a path that the verifier walks. What is not there is zero. */
static __always_inline bool infer_begins(const struct first_bytes *first, const char *text, __u32 length)
{
	__u64 words[3];

	__builtin_memcpy(words, first->at, sizeof(words));
	if ((words[0] & infer_word(text, length, 0, true)) != infer_word(text, length, 0, false))
		return false;
	if (length > 8 && (words[1] & infer_word(text, length, 8, true)) != infer_word(text, length, 8, false))
		return false;
	return length <= 16 || (words[2] & infer_word(text, length, 16, true)) == infer_word(text, length, 16, false);
}

#define INFER_BEGINS(first, text) infer_begins(first, text, sizeof(text) - 1)

static __always_inline __u32 infer_be16(const __u8 *at)
{
	return (__u32)at[0] << 8 | at[1];
}

static __always_inline __u32 infer_be24(const __u8 *at)
{
	return (__u32)at[0] << 16 | (__u32)at[1] << 8 | at[2];
}

static __always_inline __u32 infer_le24(const __u8 *at)
{
	return at[0] | (__u32)at[1] << 8 | (__u32)at[2] << 16;
}

static __always_inline __u32 infer_le32(const __u8 *at)
{
	return infer_le24(at) | (__u32)at[3] << 24;
}

static __always_inline bool infer_digit(__u8 byte)
{
	return byte >= '0' && byte <= '9';
}

#define INFER_METHOD 22 /* longest method that is looked for, with the blank */
#define INFER_EACH(byte) (0x0101010101010101ULL * (byte))

/* A bit for each byte of `mask` whose highest bit is set, the first one's in the lowest place. The other bits are zero. */
static __always_inline __u32 infer_bits(__u64 mask)
{
	return (mask >> 7) * 0x0102040810204080ULL >> 56;
}

/* The highest bit of each byte that is this one. */
static __always_inline __u64 infer_same(__u64 word, __u8 byte)
{
	__u64 other = word ^ INFER_EACH(byte);

	return ~(((other & INFER_EACH(0x7f)) + INFER_EACH(0x7f)) | other) & INFER_EACH(0x80);
}

/* The highest bit of each byte that may stand in a method. */
static __always_inline __u64 infer_letters(__u64 word)
{
	__u64 low = word & INFER_EACH(0x7f);
	__u64 capitals = (low + INFER_EACH(0x80 - 'A')) & ~(low + INFER_EACH(0x80 - 'Z' - 1)) & ~word &
			 INFER_EACH(0x80);

	return capitals | infer_same(word, '-') | infer_same(word, '_');
}

/*
 * A method that is none of the usual ones (it is any token, RFC 9110, 9.1): three or more capitals, '-' and '_', a
 * blank and a path. Eight bytes at a time and without a branch: each is a path that the verifier walks, and so is each round of a loop.
 */
static __always_inline bool infer_any_method(const struct first_bytes *first)
{
	__u32 letters = 0, blanks = 0, slashes = 0, blank;
	__u64 words[3];

	__builtin_memcpy(words, first->at, sizeof(words));
#pragma GCC unroll 3
	for (int i = 0; i < 3; i++) {
		letters |= infer_bits(infer_letters(words[i])) << 8 * i;
		blanks |= infer_bits(infer_same(words[i], ' ')) << 8 * i;
		slashes |= infer_bits(infer_same(words[i], '/')) << 8 * i;
	}
	blank = blanks & -blanks; /* the first */
	return blank >= 1 << 3 && blank < 1 << INFER_METHOD && !((blank - 1) & ~letters) && (slashes & blank << 1);
}

/* A request's method with its blank, or a status line (RFC 9112, 2.1). */
static __always_inline bool infer_http1(const struct first_bytes *first)
{
	return INFER_BEGINS(first, "HTTP/1.") || INFER_BEGINS(first, "GET /") || INFER_BEGINS(first, "GET http") ||
	       INFER_BEGINS(first, "POST /") || INFER_BEGINS(first, "POST http") || INFER_BEGINS(first, "PUT /") ||
	       INFER_BEGINS(first, "HEAD /") || INFER_BEGINS(first, "DELETE /") || INFER_BEGINS(first, "PATCH /") ||
	       INFER_BEGINS(first, "OPTIONS /") || INFER_BEGINS(first, "OPTIONS *") ||
	       INFER_BEGINS(first, "CONNECT ") || INFER_BEGINS(first, "TRACE /") || infer_any_method(first);
}

/* The client's preface, or a SETTINGS frame on stream 0 (RFC 9113, 3.4 and 6.5), which is how a server begins. */
static __always_inline bool infer_http2(const struct first_bytes *first)
{
	__u32 length = infer_be24(first->at);

	if (INFER_BEGINS(first, "PRI * HTTP/2.0\r\n"))
		return true;
	return first->length >= 9 && first->total >= 9 && length <= 360 && length % 6 == 0 && first->at[3] == 4 &&
	       first->at[4] == 0 && first->at[5] == 0 && first->at[6] == 0 && first->at[7] == 0 && first->at[8] == 0;
}

/* A record header (RFC 8446, 5.1) and, for a handshake, the message type behind it. */
static __always_inline bool infer_tls(const struct first_bytes *first)
{
	__u8 type = first->at[0];
	__u32 length = infer_be16(first->at + 3);

	if (first->length < 5 || first->at[1] != 3 || first->at[2] > 4 || !length || length > 16384 + 2048)
		return false;
	if (type == 22) /* handshake: client_hello or server_hello where the type is there to see */
		return length >= 4 && (first->length < 6 || first->at[5] == 1 || first->at[5] == 2);
	if (type == 20)
		return length == 1;
	if (type == 21)
		return first->at[2] >= 1 && (length == 2 || length >= 17);
	return type == 23 && first->at[2] == 3;
}

/* A greeting: packet 0 of the connection, protocol version 10, a version text that begins with a digit. */
static __always_inline bool infer_mysql_greeting(const struct first_bytes *first)
{
	return first->sender != L7_ROLE_CLIENT && first->length >= 7 &&
	       (__u64)infer_le24(first->at) + 4 == first->total && first->at[3] == 0 && first->at[4] == 10 &&
	       infer_digit(first->at[5]) && (first->at[6] == '.' || infer_digit(first->at[6]));
}

/* A refusal instead of a greeting: packet 0, ERR, an error number of the server (1000 .. 4999). */
static __always_inline bool infer_mysql_refusal(const struct first_bytes *first)
{
	__u32 error = first->at[5] | (__u32)first->at[6] << 8;

	return first->sender != L7_ROLE_CLIENT && first->length >= 8 &&
	       (__u64)infer_le24(first->at) + 4 == first->total && first->at[3] == 0 && first->at[4] == 0xff &&
	       error >= 1000 && error < 5000;
}

/* A login: packet 1, CLIENT_PROTOCOL_41 and 19 or 23 zero bytes behind the character set. */
static __always_inline bool infer_mysql_login(const struct first_bytes *first)
{
	return first->sender != L7_ROLE_SERVER && first->length >= 32 &&
	       (__u64)infer_le24(first->at) + 4 == first->total && first->at[3] == 1 && (first->at[5] & 2) &&
	       !infer_le32(first->at + 13) && !infer_le32(first->at + 17) && !infer_le32(first->at + 21) &&
	       !infer_le32(first->at + 28);
}

/*
 * A command in mid-connection: packet 0 that is as long as the call, COM_QUERY
 * or COM_STMT_PREPARE with text. No query attributes but one set of them
 * (CLIENT_QUERY_ATTRIBUTES) put a 0 and a 1 before the text.
 */
static __always_inline bool infer_mysql_command(const struct first_bytes *first)
{
	__u8 command = first->at[4];
	__u8 text = first->at[5] == 0 && first->at[6] == 1 ? first->at[7] : first->at[5];

	return first->sender != L7_ROLE_SERVER && first->length >= 8 &&
	       (__u64)infer_le24(first->at) + 4 == first->total && first->at[3] == 0 &&
	       (command == 3 || command == 22) && ((text >= ' ' && text < 0x7f) || text == '\n' || text == '\t');
}

static __always_inline bool infer_mysql(const struct first_bytes *first)
{
	return infer_mysql_greeting(first) || infer_mysql_refusal(first) || infer_mysql_login(first) ||
	       infer_mysql_command(first);
}

/* RESP arrays of bulk strings, "*1\r\n$4\r\n" (one or two digits each). */
static __always_inline bool infer_redis(const struct first_bytes *first)
{
	const __u8 *at = first->at;

	if (first->length < 8 || at[0] != '*' || !infer_digit(at[1]))
		return false;
	if (at[2] == '\r')
		return at[3] == '\n' && at[4] == '$' && infer_digit(at[5]);
	return infer_digit(at[2]) && at[3] == '\r' && at[4] == '\n' && at[5] == '$' && infer_digit(at[6]);
}

/* A start-up packet of protocol 3.0, an SSLRequest, a GSSENCRequest or a CancelRequest, alone in its call. */
static __always_inline bool infer_postgresql(const struct first_bytes *first)
{
	__u32 length = infer_be16(first->at) << 16 | infer_be16(first->at + 2);
	__u32 code = infer_be16(first->at + 4) << 16 | infer_be16(first->at + 6);

	if (first->length < 8 || length != first->total)
		return false;
	return (code == 0x00030000 && length > 8) || (code == 80877103 && length == 8) ||
	       (code == 80877104 && length == 8) || (code == 80877102 && length == 16);
}

/* A message header (length, request id, response to, opcode) with OP_MSG or OP_QUERY, alone in its call. */
static __always_inline bool infer_mongodb(const struct first_bytes *first)
{
	__u32 opcode = infer_le32(first->at + 12);

	return first->length >= 16 && infer_le32(first->at) == first->total && infer_le32(first->at) > 16 &&
	       (opcode == 2013 || opcode == 2004);
}

static __always_inline bool infer_other(const struct first_bytes *first)
{
	return INFER_BEGINS(first, "SSH-2.0-") || INFER_BEGINS(first, "SSH-1.") ||
	       INFER_BEGINS(first, "AMQP\0\0\x09\x01") || INFER_BEGINS(first, "\0AUTH ") || /* D-Bus */
	       INFER_BEGINS(first, "RFB 003.") ||
	       INFER_BEGINS(first, "\x13"
				   "BitTorrent protocol") ||
	       INFER_BEGINS(first, "* OK [CAPABILITY") || INFER_BEGINS(first, "+OK POP3") || infer_redis(first) ||
	       infer_postgresql(first) || infer_mongodb(first);
}

/*
 * Three functions, and what they need in scalars: the verifier goes through each once and by itself, and not once for each way through those
 * before it. (Not static for that; and pointers such functions take since 5.12.)
 */
#define INFER_LENGTH_BITS 8
#define INFER_SENDER_BITS 8

static __always_inline void infer_unpack(struct first_bytes *first, __u64 a, __u64 b, __u64 c, __u64 d, __u64 rest)
{
	__u64 words[] = { a, b, c, d };

	first->length = (__u8)rest;
	first->sender = (__u8)(rest >> INFER_LENGTH_BITS);
	first->total = rest >> (INFER_LENGTH_BITS + INFER_SENDER_BITS);
	__builtin_memcpy(first->at, words, sizeof(words));
}

INFER_STAGE int infer_is_http(__u64 a, __u64 b, __u64 c, __u64 d, __u64 rest)
{
	struct first_bytes first;

	infer_unpack(&first, a, b, c, d, rest);
	if (infer_http1(&first))
		return L7_PROTOCOL_HTTP1;
	return infer_http2(&first) ? L7_PROTOCOL_HTTP2 : L7_PROTOCOL_UNKNOWN;
}

INFER_STAGE int infer_is_mysql(__u64 a, __u64 b, __u64 c, __u64 d, __u64 rest)
{
	struct first_bytes first;

	infer_unpack(&first, a, b, c, d, rest);
	return infer_mysql(&first) ? L7_PROTOCOL_MYSQL : L7_PROTOCOL_UNKNOWN;
}

INFER_STAGE int infer_is_none_of_ours(__u64 a, __u64 b, __u64 c, __u64 d, __u64 rest)
{
	struct first_bytes first;

	infer_unpack(&first, a, b, c, d, rest);
	if (infer_tls(&first))
		return L7_PROTOCOL_TLS;
	return infer_other(&first) ? L7_PROTOCOL_OTHER : L7_PROTOCOL_UNKNOWN;
}

static __always_inline int infer_protocol(const struct first_bytes *first)
{
	__u64 rest = first->length | (__u64)first->sender << INFER_LENGTH_BITS |
		     first->total << (INFER_LENGTH_BITS + INFER_SENDER_BITS);
	__u64 words[4];
	int protocol;

	__builtin_memcpy(words, first->at, sizeof(words));
	protocol = infer_is_http(words[0], words[1], words[2], words[3], rest);
	if (protocol == L7_PROTOCOL_UNKNOWN)
		protocol = infer_is_mysql(words[0], words[1], words[2], words[3], rest);
	if (protocol == L7_PROTOCOL_UNKNOWN)
		protocol = infer_is_none_of_ours(words[0], words[1], words[2], words[3], rest);
	return protocol;
}

#endif /* L7TRACE_INFER_BPF_H */
