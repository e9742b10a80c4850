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

#include "in_turn.h"

enum { UNSUPPORTED = 3 };

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

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

int main(int argc, char **argv)
{
	char where[16];
	if (argc != 2)
		return 2;
	int listener = listen_and_wait(where);
	int client = connect_to(where), server = accept(listener, NULL, NULL);
	if (server < 0)
		fail("accept");
	encrypt(client, 'c', 's');
	encrypt(server, 's', 'c');
	for (uint64_t n = 1; n <= strtoull(argv[1], NULL, 10); n++)
		exchange(client, server, n, "ktls");
	close(client);
	close(server);
	return 0;
}
