/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many connections of one exchange each, by one thread that is client and
 * server in turn, so that a slow machine can do it too:
 *
 *   short_connections COUNT
 *
 * Speaks the number-carrying HTTP (numbers.h), prints the server's port, waits for a line on stdin,
 * and exits 0 when all bytes have arrived. Each connection takes the descriptors of the one before.
 */
#define _GNU_SOURCE
#include "http_io.h"

static char bytes[32768];

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

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	char where[16];
	if (argc != 2)
		return 2;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&a, size) < 0 || listen(listener, 8) < 0 || getsockname(listener, (struct sockaddr *)&a, &size) < 0)
		fail("listen");
	snprintf(where, sizeof(where), "%u", ntohs(a.sin_port));
	printf("%s\n", where);
	fflush(stdout);
	if (getchar() == EOF)
		return 1;
	for (uint64_t n = 1; n <= strtoull(argv[1], NULL, 10); n++) {
		int client = connect_to(where), server = accept(listener, NULL, NULL);
		if (server < 0)
			fail("accept");
		size_t body = number_request_body(n);
		int head = sprintf(bytes, "%s /n/%llu HTTP/1.1\r\nHost: short\r\nContent-Length: %zu\r\n\r\n", body ? "POST" : "GET",
				   (unsigned long long)n, body);
		memset(bytes + head, 'q', body);
		move(client, server, (size_t)head + body);
		body = number_body(n);
		head = sprintf(bytes, "HTTP/1.1 %u Number\r\nContent-Length: %zu\r\n\r\n", number_status(n), body);
		memset(bytes + head, 'r', body);
		move(server, client, (size_t)head + body);
		/* In turn, so that either side is the first to end. */
		close(n % 2 ? client : server);
		close(n % 2 ? server : client);
	}
	return 0;
}
