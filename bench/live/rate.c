// SPDX-License-Identifier: Apache-2.0
/*
 * Exchanges of HTTP with both ends in this process, over unix sockets (whose calls are the cheapest, so that the generator
 * is not what is measured), at a given rate.
 *   rate CONNECTIONS
 * Says "ready", then for each line "RATE MILLISECONDS" (exchanges a second; 0: as fast as it can) what it did: exchanges, seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST 1000

static const char request[] = "GET /path HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: bench\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello world\n";
static int client[MOST], server[MOST];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void move(int from, int to, const char *bytes, ssize_t size)
{
	char got[256];

	if (write(from, bytes, size) != size || read(to, got, sizeof(got)) != size)
		fail("move");
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int count = argc > 1 ? atoi(argv[1]) : 8, length;
	long rate, milliseconds;
	char line[64];

	length = sizeof(address.sun_family) + 1 + snprintf(address.sun_path + 1, 64, "l7trace-bench-%d", getpid());
	if (count < 1 || count > MOST || bind(listener, (struct sockaddr *)&address, length) || listen(listener, 16))
		fail("listen");
	puts("ready");
	fflush(stdout);
	for (int i = 0; fgets(line, sizeof(line), stdin);) {
		double begin, end;
		long done = 0;

		if (!client[0]) {
			for (int j = 0; j < count; j++) {
				client[j] = socket(AF_UNIX, SOCK_STREAM, 0);
				if (connect(client[j], (struct sockaddr *)&address, length))
					fail("connect");
				server[j] = accept(listener, NULL, NULL);
			}
		}
		if (sscanf(line, "%ld %ld", &rate, &milliseconds) != 2)
			return 2;
		begin = now();
		end = begin + milliseconds / 1e3;
		for (double time = begin; time < end; time = now()) {
			long due = rate ? (long)((time - begin) * rate) - done : 100;

			if (due <= 0) {
				usleep(200);
				continue;
			}
			for (; due > 0; due--, i = (i + 1) % count) {
				move(client[i], server[i], request, sizeof(request) - 1);
				move(server[i], client[i], answer, sizeof(answer) - 1);
				if (++done % 64 == 0 && now() > end)
					break;
			}
		}
		printf("%ld %.3f\n", done, now() - begin);
		fflush(stdout);
	}
	return 0;
}
