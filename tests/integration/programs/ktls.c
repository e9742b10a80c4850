/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number-carrying HTTP (numbers.h) over TLS in the kernel: both ends of a connection on 127.0.0.1 give the kernel
 * fixed keys (no handshake, no TLS library), and then write and read plaintext.
 *
 *   ktls COUNT
 *
 * Prints the server's port, waits for a line on stdin. The exit code is 3 where the kernel has no kTLS.
 */
#define _GNU_SOURCE
#include <linux/tls.h>

#include "http_io.h"

enum { UNSUPPORTED = 3 };

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

static char bytes[65536];

/* What one end seals with this key, the other opens with it. */
static void use_key(int fd, int direction, char key)
{
	struct tls12_crypto_info_aes_gcm_128 k = { .info = { .version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128 } };
	memset(k.key, key, sizeof(k.key));
	memset(k.salt, 's', sizeof(k.salt));
	if (setsockopt(fd, SOL_TLS, direction, &k, sizeof(k)) < 0)
		fail("setsockopt SOL_TLS");
}

static void encrypt(int fd, char sends, char receives)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) < 0) {
		if (errno == ENOENT || errno == ENOPROTOOPT)
			exit(UNSUPPORTED);
		fail("setsockopt TCP_ULP");
	}
	use_key(fd, TLS_TX, sends);
	use_key(fd, TLS_RX, receives);
}

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
	int client = connect_to(where), server = accept(listener, NULL, NULL);
	if (server < 0)
		fail("accept");
	encrypt(client, 'c', 's');
	encrypt(server, 's', 'c');
	for (uint64_t n = 1; n <= strtoull(argv[1], NULL, 10); n++) {
		size_t body = number_request_body(n);
		int head = sprintf(bytes, "%s /n/%llu HTTP/1.1\r\nHost: ktls\r\nContent-Length: %zu\r\n\r\n", body ? "POST" : "GET",
				   (unsigned long long)n, body);
		memset(bytes + head, 'q', body);
		move(client, server, (size_t)head + body);
		body = number_body(n);
		head = sprintf(bytes, "HTTP/1.1 %u Number\r\nContent-Length: %zu\r\n\r\n", number_status(n), body);
		memset(bytes + head, 'r', body);
		move(server, client, (size_t)head + body);
	}
	close(client);
	close(server);
	return 0;
}
