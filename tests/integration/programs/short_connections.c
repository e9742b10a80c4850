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
#include "in_turn.h"

int main(int argc, char **argv)
{
	char where[16];
	if (argc != 2)
		return 2;
	int listener = listen_and_wait(where);
	for (uint64_t n = 1; n <= strtoull(argv[1], NULL, 10); n++) {
		int client = connect_to(where), server = accept(listener, NULL, NULL);
		if (server < 0)
			fail("accept");
		exchange(client, server, n, "short");
		/* In turn, so that either side is the first to end. */
		close(n % 2 ? client : server);
		close(n % 2 ? server : client);
	}
	return 0;
}
