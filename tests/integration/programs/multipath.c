/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number-carrying HTTP (numbers.h) over multipath TCP, both ends of which are this program's:
 *
 *   multipath COUNT
 *
 * Ten exchanges a connection. Prints the server's port, waits for a line on stdin. The exit code is 3 where the kernel has no
 * multipath TCP.
 */
#define _GNU_SOURCE
#include "in_turn.h"

enum { UNSUPPORTED = 3, ON_A_CONNECTION = 10 };

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

int main(int argc, char **argv)
{
	char where[16];
	if (argc != 2)
		return 2;
	int asked = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	if (asked < 0)
		return UNSUPPORTED;
	close(asked);
	stream_protocol = IPPROTO_MPTCP;
	int listener = listen_and_wait(where);
	uint64_t count = strtoull(argv[1], NULL, 10);
	for (uint64_t n = 1; n <= count;) {
		int client = connect_to(where), server = accept(listener, NULL, NULL);
		if (server < 0)
			fail("accept");
		for (int i = 0; i < ON_A_CONNECTION && n <= count; i++)
			exchange(client, server, n++, "multipath");
		close(n % 2 ? client : server);
		close(n % 2 ? server : client);
	}
	return 0;
}
