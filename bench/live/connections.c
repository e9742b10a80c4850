// SPDX-License-Identifier: Apache-2.0
/*
 * A server with many connections over loopback, whose clients are in another process; both are steered by standard input:
 *   open N       N more connections, with one exchange of HTTP on each
 *   use N        N exchanges on each connection, one connection after the other
 *   post SIZE    a request with a header of SIZE bytes is begun on each connection, and never ended
 * Says "ready PID" with the server's process id, and "done" after each line.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 100000

static const char request[] = "GET /some/path HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nHello world\n";
static int sockets[MOST];
static char buffer[1 << 20];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void put(int to, const void *bytes, size_t size)
{
	if (write(to, bytes, size) != (ssize_t)size)
		fail("write");
}

static void get(int from, size_t size)
{
	while (size) {
		ssize_t part = read(from, buffer, size < sizeof(buffer) ? size : sizeof(buffer));

		if (part <= 0)
			exit(part < 0);
		size -= part;
	}
}

/* One turn: the client sends, says so by a pipe, the server answers. */
static void client(const struct sockaddr_in *address, int steps, int done)
{
	struct { char kind; int index; int size; } step;

	while (read(steps, &step, sizeof(step)) == sizeof(step)) {
		if (step.kind == 'o') {
			sockets[step.index] = socket(AF_INET, SOCK_STREAM, 0);
			if (connect(sockets[step.index], (const struct sockaddr *)address, sizeof(*address)))
				fail("connect");
			setsockopt(sockets[step.index], IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		}
		if (step.kind == 'p') {
			int head = snprintf(buffer, sizeof(buffer), "POST /a HTTP/1.1\r\nHost: h\r\nX-Long: ");

			memset(buffer + head, 'x', step.size);
			for (int at = 0; at < head + step.size; at += 8000) /* less than is captured of a call */
				put(sockets[step.index], buffer + at, head + step.size - at < 8000 ? head + step.size - at : 8000);
			put(done, "d", 1);
			continue;
		}
		put(sockets[step.index], request, sizeof(request) - 1);
		put(done, "d", 1);
		get(sockets[step.index], sizeof(answer) - 1);
	}
}

static void turn(char kind, int index, int size, int steps, int done, int listener)
{
	struct { char kind; int index; int size; } step = { kind, index, size };
	char byte;

	put(steps, &step, sizeof(step));
	if (read(done, &byte, 1) != 1)
		exit(1);
	if (kind == 'o')
		sockets[index] = accept(listener, NULL, NULL);
	if (kind == 'p') {
		ssize_t part = 0, all = 0;

		while (all < size && (part = read(sockets[index], buffer, 8000)) > 0) /* as much as is captured of a call, or less */
			all += part;
		return;
	}
	get(sockets[index], sizeof(request) - 1);
	put(sockets[index], answer, sizeof(answer) - 1);
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rlimit files;
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int steps[2], done[2], open = 0, number;
	char line[64];

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) || pipe(steps) || pipe(done))
		fail("listen");
	/* No child of this one: the clients' ends would be traced too. */
	if (!fork()) {
		if (fork())
			_exit(0);
		close(steps[1]);
		close(done[0]);
		close(listener);
		client(&address, steps[0], done[1]);
		return 0;
	}
	wait(NULL);
	close(steps[0]);
	close(done[1]);
	printf("ready %d\n", getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "open %d", &number) == 1 && open + number <= MOST) {
			for (int i = 0; i < number; i++, open++)
				turn('o', open, 0, steps[1], done[0], listener);
		} else if (sscanf(line, "use %d", &number) == 1) {
			for (int i = 0; i < number; i++)
				for (int j = 0; j < open; j++)
					turn('u', j, 0, steps[1], done[0], listener);
		} else if (sscanf(line, "post %d", &number) == 1 && number < 60000) {
			for (int j = 0; j < open; j++)
				turn('p', j, number, steps[1], done[0], listener);
		} else {
			return 2;
		}
		puts("done");
		fflush(stdout);
	}
	return 0;
}
