// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Host tests of infer.bpf.h: what the first bytes of a call are taken for. */
#include <stdio.h>
#include <string.h>

#ifndef __always_inline /* glibc has it */
#define __always_inline inline __attribute__((always_inline))
#endif

#include "infer.bpf.h"

static int failures;
static int checks;

static const char *const protocol_names[] = { "unknown", "mysql", "http1", "http2", "tls", "other" };

static enum l7_protocol infer(const char *bytes, size_t length, size_t total, enum l7_role sender)
{
	struct first_bytes first = { .total = total, .sender = sender };

	first.length = length < INFER_BYTES ? length : INFER_BYTES;
	memcpy(first.at, bytes, first.length);
	return infer_protocol(&first);
}

static void expect(const char *what, enum l7_protocol wanted, enum l7_protocol got)
{
	checks++;
	if (wanted == got)
		return;
	failures++;
	fprintf(stderr, "FAILED %s: expected %s, got %s\n", what, protocol_names[wanted], protocol_names[got]);
}

/* The call moved these bytes and no others. */
#define WHOLE(what, wanted, sender, bytes) \
	expect(what, wanted, infer(bytes, sizeof(bytes) - 1, sizeof(bytes) - 1, sender))

/* The call moved `total` bytes that begin with these. */
#define BEGINNING(what, wanted, sender, bytes, total) \
	expect(what, wanted, infer(bytes, sizeof(bytes) - 1, total, sender))

static void http1(void)
{
	WHOLE("a GET", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n");
	WHOLE("a GET, sender unknown", L7_PROTOCOL_HTTP1, L7_ROLE_UNKNOWN, "GET / HTTP/1.0\r\n\r\n");
	WHOLE("a proxy's GET", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "GET http://a/ HTTP/1.1\r\n\r\n");
	WHOLE("a POST", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "POST /x HTTP/1.1\r\n");
	WHOLE("a PUT", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "PUT /x HTTP/1.1\r\n");
	WHOLE("a DELETE", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "DELETE /x HTTP/1.1\r\n");
	WHOLE("a PATCH", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "PATCH /x HTTP/1.1\r\n");
	WHOLE("a HEAD", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "HEAD /x HTTP/1.1\r\n");
	WHOLE("OPTIONS *", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "OPTIONS * HTTP/1.1\r\n");
	WHOLE("a CONNECT", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "CONNECT host:443 HTTP/1.1\r\n");
	WHOLE("a status line", L7_PROTOCOL_HTTP1, L7_ROLE_SERVER, "HTTP/1.1 200 OK\r\n\r\n");
	WHOLE("a method of WebDAV", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "PROPFIND /x HTTP/1.1\r\n");
	WHOLE("a method of its own", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "CCM_POST / HTTP/1.1\r\n");
	WHOLE("a method with a hyphen", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "VERSION-CONTROL /x HTTP/1.1\r\n");
	WHOLE("a method, sender unknown", L7_PROTOCOL_HTTP1, L7_ROLE_UNKNOWN, "QUERY /users HTTP/1.1\r\n");
	WHOLE("the longest method", L7_PROTOCOL_HTTP1, L7_ROLE_CLIENT, "ABCDEFGHIJKLMNOPQRSTU / HTTP/1.1\r\n");
	WHOLE("a longer one, which user space sees", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT,
	      "ABCDEFGHIJKLMNOPQRSTUV / HTTP/1.1\r\n");
	WHOLE("a token of other letters, which user space sees", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT,
	      "m!x / HTTP/1.1\r\n");
	WHOLE("half of a method of its own", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "CCM_");
	WHOLE("a method without its path", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "CCM_POST ");
	WHOLE("two letters and a path", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "LS /tmp\r\n");
	WHOLE("a statement", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "SELECT a /b FROM c\r\n");
	WHOLE("Redis, inline", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "SET key /x\r\n");
	WHOLE("SMTP", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "MAIL FROM:<a@b>\r\n");
	WHOLE("SIP", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "INVITE sip:a@b SIP/2.0\r\n");
	WHOLE("a MySQL command with such a text", L7_PROTOCOL_MYSQL, L7_ROLE_CLIENT, "\x0a\0\0\0\x03SELECT /x");
	WHOLE("a method with no target", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "GET key\r\n");
	WHOLE("half a method", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "GE");
	WHOLE("one byte", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "G");
}

static void http2(void)
{
	WHOLE("the preface", L7_PROTOCOL_HTTP2, L7_ROLE_CLIENT, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	WHOLE("a server's SETTINGS", L7_PROTOCOL_HTTP2, L7_ROLE_SERVER, "\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x80");
	WHOLE("an empty SETTINGS", L7_PROTOCOL_HTTP2, L7_ROLE_SERVER, "\0\0\0\x04\0\0\0\0\0");
	WHOLE("SETTINGS of a length that is none", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER,
	      "\0\0\x05\x04\0\0\0\0\0\0\x03\0\0\0");
	WHOLE("SETTINGS on a stream", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER, "\0\0\x06\x04\0\0\0\0\x01\0\x03\0\0\0\x80");
}

static void tls(void)
{
	BEGINNING("a client_hello", L7_PROTOCOL_TLS, L7_ROLE_CLIENT, "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 517);
	BEGINNING("a server_hello", L7_PROTOCOL_TLS, L7_ROLE_SERVER, "\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03", 1400);
	WHOLE("a record header read alone", L7_PROTOCOL_TLS, L7_ROLE_SERVER, "\x17\x03\x03\x01\x20");
	WHOLE("a change_cipher_spec", L7_PROTOCOL_TLS, L7_ROLE_SERVER, "\x14\x03\x03\0\x01\x01");
	WHOLE("a record longer than TLS allows", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER, "\x17\x03\x03\x60\0abc");
	WHOLE("a handshake of another type", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "\x16\x03\x01\0\x10\x63\0\0");
	WHOLE("an unknown content type", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "\x19\x03\x03\0\x10zzzz");
}

static void mysql(void)
{
	static const char greeting[] = "\x4a\0\0\0\x0a"
				       "8.0.36\0"
				       "\x08\0\0\0ABCDEFGH\0\xff\xff\xff\x02\0\xff\xdf\x15";
	static const char login[] = "\x54\0\0\x01\x85\xa6\xff\x19\0\0\0\x01\x2d"
				    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0root";
	static const char ssl_request[] = "\x20\0\0\x01\x85\xae\xff\x19\0\0\0\x01\x2d"
					  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

	BEGINNING("a greeting", L7_PROTOCOL_MYSQL, L7_ROLE_SERVER, greeting, 0x4a + 4);
	BEGINNING("a greeting, sender unknown", L7_PROTOCOL_MYSQL, L7_ROLE_UNKNOWN, greeting, 0x4a + 4);
	BEGINNING("a greeting by a client", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, greeting, 0x4a + 4);
	BEGINNING("a greeting of another length", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER, greeting, 0x4a + 5);
	WHOLE("a MariaDB greeting's beginning", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER,
	      "\x5e\0\0\0\x0a"
	      "5.5.5-10");
	WHOLE("a packet header read alone", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER, "\x4a\0\0\0");
	WHOLE("a payload read alone", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER,
	      "\x0a"
	      "8.0.36\0\x08\0\0\0ABCDEFGH\0");
	WHOLE("a refusal", L7_PROTOCOL_MYSQL, L7_ROLE_SERVER, "\x17\0\0\0\xff\x10\x04Too many connections");
	BEGINNING("a login", L7_PROTOCOL_MYSQL, L7_ROLE_CLIENT, login, 0x54 + 4);
	BEGINNING("a login by a server", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER, login, 0x54 + 4);
	WHOLE("an SSL request", L7_PROTOCOL_MYSQL, L7_ROLE_CLIENT, ssl_request);
	WHOLE("a query", L7_PROTOCOL_MYSQL, L7_ROLE_CLIENT, "\x09\0\0\0\x03SELECT 1");
	WHOLE("a query with a set of no attributes", L7_PROTOCOL_MYSQL, L7_ROLE_CLIENT, "\x0b\0\0\0\x03\0\x01SELECT 1");
	WHOLE("a query that begins with a line feed", L7_PROTOCOL_MYSQL, L7_ROLE_CLIENT, "\x0a\0\0\0\x03\nSELECT 1");
	WHOLE("a prepare", L7_PROTOCOL_MYSQL, L7_ROLE_CLIENT, "\x09\0\0\0\x16SELECT ?");
	WHOLE("a query, sender unknown", L7_PROTOCOL_MYSQL, L7_ROLE_UNKNOWN, "\x09\0\0\0\x03SELECT 1");
	WHOLE("a query by a server", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER, "\x09\0\0\0\x03SELECT 1");
	WHOLE("a ping: too little to tell", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "\x01\0\0\0\x0e");
}

static void other(void)
{
	WHOLE("an SSH banner", L7_PROTOCOL_OTHER, L7_ROLE_SERVER, "SSH-2.0-OpenSSH_9.2p1\r\n");
	WHOLE("Redis", L7_PROTOCOL_OTHER, L7_ROLE_CLIENT, "*1\r\n$4\r\nPING\r\n");
	WHOLE("Redis, a longer array", L7_PROTOCOL_OTHER, L7_ROLE_CLIENT, "*12\r\n$4\r\nMSET\r\n");
	WHOLE("PostgreSQL start-up", L7_PROTOCOL_OTHER, L7_ROLE_CLIENT, "\0\0\0\x10\0\x03\0\0user\0a\0\0");
	WHOLE("PostgreSQL SSLRequest", L7_PROTOCOL_OTHER, L7_ROLE_CLIENT, "\0\0\0\x08\x04\xd2\x16\x2f");
	WHOLE("MongoDB OP_MSG", L7_PROTOCOL_OTHER, L7_ROLE_CLIENT,
	      "\x15\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0");
	WHOLE("AMQP", L7_PROTOCOL_OTHER, L7_ROLE_CLIENT, "AMQP\0\0\x09\x01");
	WHOLE("D-Bus", L7_PROTOCOL_OTHER, L7_ROLE_CLIENT, "\0AUTH EXTERNAL 30\r\n");
	WHOLE("a line of text", L7_PROTOCOL_UNKNOWN, L7_ROLE_SERVER, "220 mail.example ESMTP\r\n");
	WHOLE("the PROXY protocol, which HTTP or MySQL may follow", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT,
	      "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
	WHOLE("nothing", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "");
	WHOLE("zeros", L7_PROTOCOL_UNKNOWN, L7_ROLE_CLIENT, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
}

/* A prefix of something known may be unknown, and never something else: a short read must not mute a connection. */
static void prefixes(void)
{
	static const struct {
		const char *bytes;
		size_t length;
		enum l7_role sender;
		enum l7_protocol protocol;
	} wholes[] = {
		{ "GET /index.html HTTP/1.1\r\n", 26, L7_ROLE_CLIENT, L7_PROTOCOL_HTTP1 },
		{ "OPTIONS * HTTP/1.1\r\n", 20, L7_ROLE_CLIENT, L7_PROTOCOL_HTTP1 },
		{ "HTTP/1.1 404 Not Found\r\n", 24, L7_ROLE_SERVER, L7_PROTOCOL_HTTP1 },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24, L7_ROLE_CLIENT, L7_PROTOCOL_HTTP2 },
		{ "\x09\0\0\0\x03SELECT 1", 13, L7_ROLE_CLIENT, L7_PROTOCOL_MYSQL },
		{ "\x17\0\0\0\xff\x10\x04Too many connections", 27, L7_ROLE_SERVER, L7_PROTOCOL_MYSQL },
	};

	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		for (size_t length = 0; length <= wholes[i].length; length++) {
			enum l7_protocol got = infer(wholes[i].bytes, length, length, wholes[i].sender);

			expect("a prefix", got == L7_PROTOCOL_UNKNOWN ? got : wholes[i].protocol, got);
		}
	}
}

/* What infer_any_method does by words, by bytes. */
static int any_method(const unsigned char *at)
{
	int letters = 0;

	while ((at[letters] >= 'A' && at[letters] <= 'Z') || at[letters] == '-' || at[letters] == '_')
		letters++;
	return letters >= 3 && letters < INFER_METHOD && at[letters] == ' ' && at[letters + 1] == '/';
}

/* Methods of any length, and what differs from one in a byte. */
static void methods(void)
{
	static const unsigned char strange[] = { 0,    ' ',  '!',  '+',  ',',  '-',  '.',  '/', '0', '@',
						 'A',  'Z',  '[',  '^',  '_',  '`',  'a',  'z', '{', 0x7f,
						 0x80, 0xa0, 0xad, 0xaf, 0xc1, 0xda, 0xdf, 0xff };

	for (int length = 0; length < 30; length++)
		for (int at = 0; at < INFER_BYTES; at++)
			for (size_t i = 0; i < sizeof(strange); i++) {
				struct first_bytes first = { .length = INFER_BYTES };

				memset(first.at, 'Q', sizeof(first.at));
				first.at[length] = ' ';
				first.at[length + 1] = '/';
				first.at[at] = strange[i];
				checks++;
				if (infer_any_method(&first) == any_method(first.at))
					continue;
				failures++;
				fprintf(stderr, "FAILED a method of %d bytes with %02x at %d\n", length, strange[i],
					at);
			}
}

/* Random bytes are hardly ever taken for something to mute. */
static void noise(void)
{
	unsigned long long state = 0x9e3779b97f4a7c15ULL;
	int muted = 0;

	for (int i = 0; i < 1000000; i++) {
		char bytes[INFER_BYTES];
		enum l7_protocol got;

		for (size_t at = 0; at < sizeof(bytes); at++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			bytes[at] = (char)(state >> 32);
		}
		got = infer(bytes, sizeof(bytes), sizeof(bytes), L7_ROLE_UNKNOWN);
		muted += got == L7_PROTOCOL_TLS || got == L7_PROTOCOL_OTHER;
	}
	checks++;
	if (muted > 3) {
		failures++;
		fprintf(stderr, "FAILED noise: %d of 1,000,000 would be muted\n", muted);
	}
}

int main(void)
{
	http1();
	http2();
	tls();
	mysql();
	other();
	prefixes();
	methods();
	noise();
	printf("infer: %d checks, %d failed\n", checks, failures);
	return failures != 0;
}
