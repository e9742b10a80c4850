/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server of the number-carrying HTTP (numbers.h).
 *
 *   http_server [--split | --processes | --readers N] [--call CALL] [--unix PATH | --v6]
 *
 * Prints "port N" (0 for a unix socket) and serves until it is ended: a thread
 * for each connection, which sleeps in CALL (read, readv, recv, recvmsg,
 * recvmmsg) until there is a request. With --split one thread reads a
 * connection's requests and another one writes the answers, so that two
 * threads share each socket; with --readers N as many sleep on each, and
 * whoever gets a request (which must come by one call) answers it. With
 * --processes each connection has a process of one thread.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include "http_io.h"

enum { QUEUE = 1024 };

struct job {
	uint64_t n;
	unsigned delay_ms;
};

struct session {
	int fd;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct job jobs[QUEUE];
	unsigned head, tail;
	int ended;
	unsigned readers;
};

static int split;
static const char *call = "read";

static ssize_t receive(int fd, char *buffer, size_t room)
{
	size_t first = room < 5 ? room : 5;
	struct iovec parts[2] = { { buffer, first }, { buffer + first, room - first } };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 2 } };
	if (!strcmp(call, "readv"))
		return readv(fd, parts, 2);
	if (!strcmp(call, "recv"))
		return recv(fd, buffer, room, 0);
	if (!strcmp(call, "recvmsg"))
		return recvmsg(fd, &message.msg_hdr, 0);
	if (!strcmp(call, "recvmmsg")) {
		int n = recvmmsg(fd, &message, 1, 0, NULL);
		return n > 0 ? (ssize_t)message.msg_len : n;
	}
	return read(fd, buffer, room);
}

static void write_parts(int fd, struct iovec *parts, int count)
{
	while (count) {
		ssize_t n = writev(fd, parts, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the client is gone */
		while (count && (size_t)n >= parts->iov_len) {
			n -= (ssize_t)parts->iov_len;
			parts++;
			count--;
		}
		if (count) {
			parts->iov_base = (char *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
}

static void answer(int fd, struct job job)
{
	static const char bait[] = "HTTP/1.1 299 Bait\r\nContent-Length: 1\r\n\r\n.GET /n/1 HTTP/1.1\r\nHost: x\r\n\r\n";
	static char filler[32768];
	static int filled;
	char head[256], line[2][32];
	uint64_t n = job.n;
	size_t body = number_body(n);
	int size;

	if (!filled) { /* every thread writes the same bytes */
		for (size_t i = 0; i < sizeof(filler); i++)
			filler[i] = bait[i % (sizeof(bait) - 1)];
		filled = 1;
	}
	if (job.delay_ms)
		usleep(job.delay_ms * 1000);
	size = snprintf(head, sizeof(head), "HTTP/1.1 %u Number\r\nServer: numbers\r\n", number_status(n));
	if (number_is_chunked(n)) {
		size += snprintf(head + size, sizeof(head) - (size_t)size, "Transfer-Encoding: chunked\r\n\r\n");
		struct iovec parts[6] = { { head, (size_t)size } };
		int count = 1, chunks = 0;
		while (body) { /* at most two chunks, the first of 100 bytes */
			size_t chunk = chunks || body < 100 ? body : 100;
			int l = snprintf(line[chunks], sizeof(line[0]), "%s%zx\r\n", chunks ? "\r\n" : "", chunk);
			parts[count++] = (struct iovec){ line[chunks], (size_t)l };
			parts[count++] = (struct iovec){ filler + 1, chunk };
			body -= chunk;
			chunks++;
		}
		parts[count++] = (struct iovec){ chunks ? "\r\n0\r\n\r\n" : "0\r\n\r\n", chunks ? 7 : 5 };
		write_parts(fd, parts, count);
		return;
	}
	size += snprintf(head + size, sizeof(head) - (size_t)size, "Content-Length: %zu\r\n\r\n", body);
	if (n % 5 == 2) { /* head and body in two calls */
		struct iovec part = { head, (size_t)size };
		write_parts(fd, &part, 1);
		size = 0;
	}
	char *from = filler + 1;
	do { /* a call moves at most 8 KiB of the body */
		size_t step = body < 8192 ? body : 8192;
		struct iovec parts[2] = { { head, (size_t)size }, { from, step } };
		if (size || step)
			write_parts(fd, size ? parts : parts + 1, size ? 2 : 1);
		body -= step;
		from += step;
		size = 0;
	} while (body);
}

static void *write_answers(void *argument)
{
	struct session *s = argument;
	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (s->head == s->tail && !s->ended)
			pthread_cond_wait(&s->changed, &s->lock);
		if (s->head == s->tail) {
			pthread_mutex_unlock(&s->lock);
			return NULL;
		}
		struct job job = s->jobs[s->head++ % QUEUE];
		pthread_cond_broadcast(&s->changed);
		pthread_mutex_unlock(&s->lock);
		answer(s->fd, job);
	}
}

static void give(struct session *s, struct job job)
{
	if (!split) {
		answer(s->fd, job);
		return;
	}
	pthread_mutex_lock(&s->lock);
	while (s->tail - s->head == QUEUE)
		pthread_cond_wait(&s->changed, &s->lock);
	s->jobs[s->tail++ % QUEUE] = job;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void *serve(void *argument)
{
	struct session *s = argument;
	char buffer[16385];
	size_t end = 0;
	pthread_t writer;
	if (split)
		pthread_create(&writer, NULL, write_answers, s);
	for (;;) {
		ssize_t got = receive(s->fd, buffer + end, sizeof(buffer) - 1 - end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		end += (size_t)got;
		size_t begin = 0;
		for (;;) {
			char *head = memmem(buffer + begin, end - begin, "\r\n\r\n", 4);
			if (!head)
				break;
			char *target = memchr(buffer + begin, ' ', end - begin);
			struct job job = { strtoull(target + 4, NULL, 10), 0 };
			char *line_end = memmem(target, (size_t)(head - target) + 2, "\r\n", 2);
			char *delay = memmem(target, (size_t)(line_end - target), "?delay=", 7);
			if (delay)
				job.delay_ms = (unsigned)strtoul(delay + 7, NULL, 10);
			size_t whole = (size_t)(head + 4 - (buffer + begin)) + number_request_body(job.n);
			if (end - begin < whole)
				break;
			begin += whole;
			give(s, job);
		}
		memmove(buffer, buffer + begin, end - begin);
		end -= begin;
	}
	if (split) {
		pthread_mutex_lock(&s->lock);
		s->ended = 1;
		pthread_cond_broadcast(&s->changed);
		pthread_mutex_unlock(&s->lock);
		pthread_join(writer, NULL);
	}
	if (__atomic_sub_fetch(&s->readers, 1, __ATOMIC_ACQ_REL) == 0) {
		close(s->fd);
		free(s);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *path = NULL;
	int v6 = 0, processes = 0;
	unsigned readers = 1;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--split"))
			split = 1;
		else if (!strcmp(argv[i], "--processes"))
			processes = 1;
		else if (!strcmp(argv[i], "--readers"))
			readers = (unsigned)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--call"))
			call = argv[++i];
		else if (!strcmp(argv[i], "--v6"))
			v6 = 1;
		else if (!strcmp(argv[i], "--unix"))
			path = argv[++i];
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for the processes of --processes */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un un;
	} a;
	memset(&a, 0, sizeof(a));
	socklen_t size = sizeof(a);
	if (path) {
		a.un.sun_family = AF_UNIX;
		snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s", path);
		size = sizeof(a.un);
	} else if (v6) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_addr = in6addr_loopback;
		size = sizeof(a.v6);
	} else {
		a.v4.sin_family = AF_INET;
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		size = sizeof(a.v4);
	}
	int listener = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, &a.any, size) < 0 || listen(listener, 512) < 0)
		fail("listen");
	size = sizeof(a);
	getsockname(listener, &a.any, &size);
	printf("port %u\n", path ? 0 : v6 ? ntohs(a.v6.sin6_port) : ntohs(a.v4.sin_port));
	fflush(stdout);

	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&detached, 256 * 1024);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			fail("accept");
		}
		int one = 1;
		if (!path)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		struct session *s = calloc(1, sizeof(*s));
		s->fd = fd;
		s->readers = readers;
		pthread_mutex_init(&s->lock, NULL);
		pthread_cond_init(&s->changed, NULL);
		if (processes) {
			pid_t child = fork();
			if (child < 0)
				fail("fork");
			if (!child) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				close(listener);
				serve(s);
				_exit(0);
			}
			close(fd);
			free(s);
			continue;
		}
		pthread_t thread;
		for (unsigned i = 0; i < readers; i++)
			if (pthread_create(&thread, &detached, serve, s))
				fail("pthread_create");
	}
}
