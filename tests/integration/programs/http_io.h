/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets and the client's half of the number-carrying HTTP, for http_client.c and lifecycle.c. */
#ifndef HTTP_IO_H
#define HTTP_IO_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "numbers.h"

static inline void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

/* Of the sockets that are not AF_UNIX: 0 is TCP. */
static int stream_protocol;

/* `where` is a port on 127.0.0.1, a port on ::1 when it begins with '6:', or a path of a unix socket. */
static inline int connect_to(const char *where)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un un;
	} a;
	socklen_t size;
	memset(&a, 0, sizeof(a));
	if (where[0] == '/') {
		a.un.sun_family = AF_UNIX;
		snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s", where);
		size = sizeof(a.un);
	} else if (!strncmp(where, "6:", 2)) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons((uint16_t)atoi(where + 2));
		a.v6.sin6_addr = in6addr_loopback;
		size = sizeof(a.v6);
	} else {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons((uint16_t)atoi(where));
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		size = sizeof(a.v4);
	}
	int fd = socket(a.any.sa_family, SOCK_STREAM, a.any.sa_family == AF_UNIX ? 0 : stream_protocol);
	if (fd < 0)
		fail("socket");
	int one = 1;
	if (a.any.sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while (connect(fd, &a.any, size) < 0) {
		if (errno != EAGAIN && errno != EINTR) /* a unix listener with a full backlog says EAGAIN */
			fail("connect");
		usleep(1000);
	}
	return fd;
}

/* A port in use by connections in TIME_WAIT would run out after some 28,000 of them: end by RST. */
static inline void close_without_wait(int fd)
{
	struct linger off = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off));
	close(fd);
}

static inline size_t build_request(char *out, size_t room, uint64_t n, unsigned delay_ms)
{
	size_t body = number_request_body(n);
	int size = snprintf(out, room, "%s /n/%llu", body ? "POST" : "GET", (unsigned long long)n);
	if (delay_ms)
		size += snprintf(out + size, room - (size_t)size, "?delay=%u", delay_ms);
	size += snprintf(out + size, room - (size_t)size, " HTTP/1.1\r\nHost: numbers.test\r\n");
	if (body)
		size += snprintf(out + size, room - (size_t)size, "Content-Length: %zu\r\n", body);
	size += snprintf(out + size, room - (size_t)size, "\r\n");
	for (size_t i = 0; i < body; i++)
		out[size++] = "GET /n/1 HTTP/1.1\r\n\r\n"[i % 21]; /* bait for a parser that lost its place */
	return (size_t)size;
}

static inline void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fail("write");
		data += n;
		size -= (size_t)n;
	}
}

/* The same bytes by another system call for each number, so that every one of them is used. */
static inline void send_request(int fd, uint64_t n, unsigned delay_ms)
{
	char data[1024];
	size_t size = build_request(data, sizeof(data), n, delay_ms);
	struct iovec parts[3] = { { data, 7 }, { data + 7, 0 }, { data + 7, size - 7 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
	ssize_t sent = (ssize_t)size;
	switch (n % 6) {
	case 1:
		sent = send(fd, data, size, MSG_NOSIGNAL);
		break;
	case 2: /* the request in two calls, the first without even a whole method and target */
		write_all(fd, data, 7);
		write_all(fd, data + 7, size - 7);
		break;
	case 3:
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
		break;
	case 4:
		sent = writev(fd, parts, 3);
		break;
	default:
		write_all(fd, data, size);
	}
	if (sent != (ssize_t)size)
		fail("send");
}

struct response_reader {
	int fd;
	size_t begin, end;
	char buffer[16384]; /* a call moves no more than the tracer keeps of one by default */
};

/* More bytes behind the unread ones; 0 at the end of the stream. */
static inline ssize_t reader_fill(struct response_reader *r)
{
	static __thread unsigned turn;
	if (r->begin) {
		memmove(r->buffer, r->buffer + r->begin, r->end - r->begin);
		r->end -= r->begin;
		r->begin = 0;
	}
	size_t room = sizeof(r->buffer) - r->end - 1;
	struct iovec parts[2] = { { r->buffer + r->end, room < 100 ? room : 100 },
				  { r->buffer + r->end + (room < 100 ? room : 100), room < 100 ? 0 : room - 100 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;
	do {
		switch (turn++ % 4) {
		case 0:
			n = read(r->fd, r->buffer + r->end, room);
			break;
		case 1:
			n = recv(r->fd, r->buffer + r->end, room, 0);
			break;
		case 2:
			n = readv(r->fd, parts, 2);
			break;
		default:
			/* A peek must not count as data. */
			recv(r->fd, r->buffer + r->end, room < 16 ? room : 16, MSG_PEEK);
			n = recvmsg(r->fd, &message, 0);
		}
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		r->end += (size_t)n;
	r->buffer[r->end] = 0;
	return n;
}

static inline void reader_skip(struct response_reader *r, size_t size)
{
	while (size) {
		if (r->begin == r->end && reader_fill(r) <= 0)
			fail("end of stream in a body");
		size_t part = r->end - r->begin < size ? r->end - r->begin : size;
		r->begin += part;
		size -= part;
	}
}

/* Behind the next `mark`: its place as an offset from begin, reading more as needed. */
static inline size_t reader_find(struct response_reader *r, const char *mark)
{
	for (;;) {
		char *at = r->end > r->begin
				   ? memmem(r->buffer + r->begin, r->end - r->begin, mark, strlen(mark))
				   : NULL;
		if (at)
			return (size_t)(at - (r->buffer + r->begin)) + strlen(mark);
		if (reader_fill(r) <= 0)
			fail("end of stream before a response was whole");
	}
}

/* Reads one whole response. */
static inline void read_response(struct response_reader *r, unsigned *status, size_t *body)
{
	size_t head = reader_find(r, "\r\n\r\n");
	char *text = r->buffer + r->begin;
	text[head - 1] = 0; /* the last line feed: nothing behind it is looked at as text */
	*status = (unsigned)strtoul(text + 9, NULL, 10);
	char *length = strstr(text, "Content-Length: ");
	int chunked = strstr(text, "Transfer-Encoding: chunked") != NULL;
	*body = length ? strtoul(length + 16, NULL, 10) : 0;
	r->begin += head;
	if (!chunked) {
		reader_skip(r, *body);
		return;
	}
	for (;;) {
		size_t line = reader_find(r, "\r\n");
		size_t chunk = strtoul(r->buffer + r->begin, NULL, 16);
		r->begin += line;
		reader_skip(r, chunk + 2);
		if (!chunk)
			return;
		*body += chunk;
	}
}

static inline void check_response(uint64_t n, unsigned status, size_t body)
{
	if (status == number_status(n) && body == number_body(n))
		return;
	fprintf(stderr, "request %llu was answered by %u and %zu bytes\n", (unsigned long long)n, status, body);
	exit(1);
}

#endif
