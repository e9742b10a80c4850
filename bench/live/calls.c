// SPDX-License-Identifier: Apache-2.0
/*
 * Tight loops of system calls on a TCP connection of its own over loopback, and what each call takes: nanoseconds of CPU time
 * of the thread, which is what a tracer in the kernel adds to.
 *   calls CALLS REPEATS
 * Says "ready" and waits for a line for each loop: "http SIZE" (requests and answers of that many bytes, written and read),
 * "tls SIZE" (records of TLS: a tracer gives up what it can't read), "getppid". Answers a line: the least of the repeats.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LARGEST 65536

static char request[LARGEST], answer[LARGEST], got[LARGEST];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double cpu(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static void connect_to_self(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) ||
	    connect(ends[0], (struct sockaddr *)&address, length))
		fail("connect");
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
}

static void fill_http(size_t size)
{
	size_t head = snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\nHost: h\r\nX: ");

	memset(request + head, 'x', size - head - 4);
	memcpy(request + size - 4, "\r\n\r\n", 4);
	for (size_t body = size;; body--) {
		head = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body);
		if (head + body == size)
			break;
	}
	memset(answer + head, 'b', size - head);
}

static void fill_tls(char *record, size_t size)
{
	static const char header[] = { 23, 3, 3 };

	memset(record, 0x5a, size);
	memcpy(record, header, sizeof(header));
	record[3] = (char)((size - 5) >> 8);
	record[4] = (char)(size - 5);
}

static void move(int from, int to, const char *bytes, size_t size)
{
	size_t done = 0;

	if (write(from, bytes, size) != (ssize_t)size)
		fail("write");
	while (done < size) {
		ssize_t part = read(to, got, size - done);

		if (part <= 0)
			fail("read");
		done += part;
	}
}

static void exchange(const int ends[2], size_t size)
{
	move(ends[0], ends[1], request, size);
	move(ends[1], ends[0], answer, size);
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 10000;
	int repeats = argc > 2 ? atoi(argv[2]) : 9;
	char line[64], kind[16];

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		double least = 1e18;
		size_t size = 64;
		int ends[2];
		int sockets;

		if (sscanf(line, "%15s %zu", kind, &size) < 1 || size < 64 || size > LARGEST / 2)
			return 2;
		sockets = strcmp(kind, "getppid") != 0;
		if (!strcmp(kind, "http")) {
			fill_http(size);
		} else {
			fill_tls(request, size);
			fill_tls(answer, size);
		}
		if (sockets) {
			connect_to_self(ends);
			for (int i = 0; i < 500; i++)
				exchange(ends, size);
			usleep(50000);
		}
		for (int repeat = 0; repeat < repeats; repeat++) {
			double begin = cpu(), took;

			if (sockets)
				for (long i = 0; i < calls / 4; i++)
					exchange(ends, size);
			else
				for (long i = 0; i < calls; i++)
					getppid();
			took = (cpu() - begin) / calls;
			if (took < least)
				least = took;
			usleep(sockets ? 30000 : 1000);
		}
		if (sockets) {
			close(ends[0]);
			close(ends[1]);
		}
		printf("%.1f\n", least);
		fflush(stdout);
	}
	return 0;
}
