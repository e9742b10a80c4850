/* SPDX-License-Identifier: Apache-2.0 */
/* The number-carrying HTTP (numbers.h) by one thread that is client and server in turn, on 127.0.0.1. */
#ifndef IN_TURN_H
#define IN_TURN_H

#include "http_io.h"

static char bytes[65536];

static void move(int from, int to, size_t size)
{
	if (write(from, bytes, size) != (ssize_t)size)
		fail("write");
	for (size_t have = 0; have < size;) {
		ssize_t n = read(to, bytes + have, size - have);
		if (n <= 0)
			fail("read");
		have += (size_t)n;
	}
}

/* Listens, prints the port, and waits for a line on stdin. Where clients connect to goes into `where`. */
static int listen_and_wait(char where[16])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, stream_protocol);
	if (listener < 0 || bind(listener, (struct sockaddr *)&a, size) < 0 || listen(listener, 8) < 0 || getsockname(listener, (struct sockaddr *)&a, &size) < 0)
		fail("listen");
	snprintf(where, 16, "%u", ntohs(a.sin_port));
	printf("%s\n", where);
	fflush(stdout);
	if (getchar() == EOF)
		exit(1);
	return listener;
}

static void exchange(int client, int server, uint64_t n, const char *host)
{
	size_t body = number_request_body(n);
	int head = sprintf(bytes, "%s /n/%llu HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n", body ? "POST" : "GET",
			   (unsigned long long)n, host, body);
	memset(bytes + head, 'q', body);
	move(client, server, (size_t)head + body);
	body = number_body(n);
	head = sprintf(bytes, "HTTP/1.1 %u Number\r\nContent-Length: %zu\r\n\r\n", number_status(n), body);
	memset(bytes + head, 'r', body);
	move(server, client, (size_t)head + body);
}

#endif
