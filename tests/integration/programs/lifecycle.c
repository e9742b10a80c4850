/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that do to their sockets what tracers trip over, speaking the
 * number-carrying HTTP (numbers.h) with a server at WHERE:
 *
 *   lifecycle fork WHERE FIRST        parent and children use one socket in turn
 *   lifecycle exec WHERE FIRST        the socket outlives three execs
 *   lifecycle dup WHERE FIRST         dup, dup2, F_DUPFD; the first descriptor closed under way
 *   lifecycle reuse WHERE FIRST COUNT THREADS [OTHER]
 *                                     each connection takes the descriptor number that the one before gave
 *                                     back, at two servers in turn
 *   lifecycle swap WHERE FIRST COUNT  dup2 of another connection over a descriptor that a thread is reading
 *   lifecycle abrupt WHERE FIRST COUNT  close without reading the answer, then the same number for the next
 *   lifecycle killed WHERE FIRST      whole exchanges and half a request, then death by SIGKILL
 *   lifecycle pass WHERE FIRST COUNT  the socket goes to another process by SCM_RIGHTS
 *   lifecycle pair FIRST COUNT        parent and child over a socketpair (no listener, no path)
 *   lifecycle storm WHERE COUNT THREADS  connections opened and closed without a byte
 *
 * Waits for a line on stdin first, so that a tracer can attach; exits 0 when
 * every answer was right. FIRST .. are the numbers that it uses.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "http_io.h"

static void receive(int fd, uint64_t n)
{
	struct response_reader *r = calloc(1, sizeof(*r));
	unsigned status;
	size_t body;
	r->fd = fd;
	read_response(r, &status, &body);
	check_response(n, status, body);
	free(r);
}

static void exchange(int fd, uint64_t n)
{
	send_request(fd, n, 0);
	receive(fd, n);
}

static void wait_for(pid_t child)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	if (status)
		exit(1);
}

static void forks(const char *where, uint64_t n)
{
	int fd = connect_to(where);
	exchange(fd, n++);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();
		if (!child) {
			exchange(fd, n);
			exchange(fd, n + 1);
			_exit(0); /* the socket lives on in the parent */
		}
		wait_for(child);
		n += 2;
		exchange(fd, n++);
	}
	close(fd);
}

static void execs(char *self, const char *where, uint64_t n, int depth, int fd)
{
	char number[32], left[16], descriptor[16];
	if (fd < 0)
		fd = connect_to(where);
	exchange(fd, n);
	if (!depth) {
		close(fd);
		return;
	}
	snprintf(number, sizeof(number), "%llu", (unsigned long long)n + 1);
	snprintf(left, sizeof(left), "%d", depth - 1);
	snprintf(descriptor, sizeof(descriptor), "%d", fd);
	execl(self, self, "exec", where, number, left, descriptor, NULL);
	fail("exec");
}

static void dups(const char *where, uint64_t n)
{
	int fd = connect_to(where), other = dup(fd);
	send_request(fd, n, 0);
	receive(other, n);
	n++;
	if (dup2(other, 200) < 0)
		fail("dup2");
	close(fd);
	send_request(other, n, 0);
	receive(200, n);
	n++;
	int third = fcntl(200, F_DUPFD, 300);
	close(200);
	exchange(third, n++);
	close(third);
	exchange(other, n);
	close(other);
}

struct reuse {
	const char *where[2];
	uint64_t first, count, step;
	pthread_t thread;
};

static void *reuse(void *argument)
{
	struct reuse *r = argument;
	for (uint64_t i = 0; i < r->count; i++) {
		int fd = connect_to(r->where[i & 1]);
		exchange(fd, r->first + i * r->step);
		if (i % 3 == 0)
			shutdown(fd, SHUT_RDWR);
		close_without_wait(fd);
	}
	return NULL;
}

struct swap {
	int victim, kept; /* two descriptors of one connection; the first one is taken away */
	uint64_t n;
	atomic_int tid, received;
};

/* The first receive begins on the descriptor that changes under it; what it brings is still the old connection's. */
static void *swap_reader(void *argument)
{
	struct swap *s = argument;
	struct response_reader *r = calloc(1, sizeof(*r));
	unsigned status;
	size_t body;
	r->fd = s->victim;
	s->tid = (int)syscall(SYS_gettid);
	if (reader_fill(r) <= 0)
		fail("receive");
	s->received = 1;
	r->fd = s->kept;
	read_response(r, &status, &body);
	check_response(s->n, status, body);
	free(r);
	return NULL;
}

/* Waits until the thread sleeps in read(victim), or is past it: no length of time would be enough on a busy machine. */
static void wait_for_reader(struct swap *s)
{
	char path[64], line[256];
	while (!s->received) {
		long number = -1;
		unsigned long fd = 0;
		snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", s->tid);
		FILE *file = s->tid ? fopen(path, "r") : NULL;
		if (file && fgets(line, sizeof(line), file) && sscanf(line, "%ld %lx", &number, &fd) == 2 &&
		    number == SYS_read && (int)fd == s->victim) {
			fclose(file);
			return;
		}
		if (file)
			fclose(file);
		usleep(200);
	}
}

static void swaps(const char *where, uint64_t n, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++, n += 2) {
		pthread_t thread;
		struct swap s = { .n = n };
		int other = connect_to(where);
		s.victim = connect_to(where);
		s.kept = dup(s.victim);
		send_request(s.victim, n, 60);
		pthread_create(&thread, NULL, swap_reader, &s);
		wait_for_reader(&s);
		if (dup2(other, s.victim) < 0)
			fail("dup2");
		send_request(s.victim, n + 1, 80);
		pthread_join(thread, NULL);
		receive(other, n + 1);
		close(other);
		close(s.victim);
		close(s.kept);
	}
}

static void abrupt(const char *where, uint64_t n, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++, n += 2) {
		int fd = connect_to(where);
		send_request(fd, n, 0);
		close(fd); /* the answer finds nobody */
		fd = connect_to(where);
		exchange(fd, n + 1);
		close(fd);
	}
}

static void killed(const char *where, uint64_t n)
{
	char data[1024];
	int fd = connect_to(where);
	exchange(fd, n);
	exchange(fd, n + 1);
	build_request(data, sizeof(data), n + 2, 0);
	write_all(fd, data, 20);
	raise(SIGKILL);
}

static void pass(const char *where, uint64_t n, uint64_t count)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		fail("socketpair");
	pid_t child = fork();
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	if (!child) {
		for (uint64_t i = 0; i < count; i++) {
			message.msg_controllen = sizeof(control);
			if (recvmsg(pair[1], &message, 0) < 0)
				fail("recvmsg");
			int fd = *(int *)CMSG_DATA(CMSG_FIRSTHDR(&message));
			exchange(fd, n + 2 * i + 1);
			close(fd);
		}
		_exit(0);
	}
	for (uint64_t i = 0; i < count; i++) {
		int fd = connect_to(where);
		exchange(fd, n + 2 * i);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		*(int *)CMSG_DATA(header) = fd;
		if (sendmsg(pair[0], &message, 0) < 0)
			fail("sendmsg");
		close(fd);
	}
	wait_for(child);
}

static void pair(uint64_t n, uint64_t count)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		fail("socketpair");
	pid_t child = fork();
	if (!child) {
		char buffer[4096], answer[4096];
		size_t end = 0;
		close(ends[0]);
		for (uint64_t i = 0; i < count; i++) {
			size_t whole = build_request(answer, sizeof(answer), n + i, 0);
			while (end < whole) {
				ssize_t got = read(ends[1], buffer + end, whole - end);
				if (got <= 0)
					_exit(1);
				end += (size_t)got;
			}
			end = 0;
			size_t body = number_body(n + i) % 1500;
			int size = snprintf(answer, sizeof(answer), "HTTP/1.1 %u Number\r\nContent-Length: %zu\r\n\r\n",
					    number_status(n + i), body);
			memset(answer + size, 'x', body);
			write_all(ends[1], answer, (size_t)size + body);
		}
		_exit(0);
	}
	close(ends[1]);
	for (uint64_t i = 0; i < count; i++) {
		if (number_body(n + i) >= 1500) {
			fprintf(stderr, "choose numbers without large bodies\n");
			exit(1);
		}
		exchange(ends[0], n + i);
	}
	close(ends[0]);
	wait_for(child);
}

static void *storm(void *argument)
{
	struct reuse *r = argument;
	for (uint64_t i = 0; i < r->count; i++)
		close_without_wait(connect_to(r->where[0]));
	return NULL;
}

static void in_threads(void *(*body)(void *), struct reuse common, unsigned count)
{
	struct reuse *each = calloc(count, sizeof(*each));
	for (unsigned i = 0; i < count; i++) {
		each[i] = common;
		each[i].first += i;
		each[i].step = count;
		each[i].count = common.count / count;
		pthread_create(&each[i].thread, NULL, body, &each[i]);
	}
	for (unsigned i = 0; i < count; i++)
		pthread_join(each[i].thread, NULL);
	free(each);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	const char *what = argv[1], *where = argv[2];
	uint64_t first = strtoull(argv[3], NULL, 10), count = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	unsigned threads = argc > 5 ? (unsigned)atoi(argv[5]) : 1;
	struct reuse all = { .where = { where, argc > 6 ? argv[6] : where }, .first = first, .count = count };
	signal(SIGPIPE, SIG_IGN);
	if (!strcmp(what, "exec") && argc > 5) { /* again, after exec */
		execs(argv[0], where, first, (int)count, atoi(argv[5]));
		return 0;
	}
	char line[16];
	if (!fgets(line, sizeof(line), stdin))
		return 3;
	if (!strcmp(what, "fork"))
		forks(where, first);
	else if (!strcmp(what, "exec"))
		execs(argv[0], where, first, 3, -1);
	else if (!strcmp(what, "dup"))
		dups(where, first);
	else if (!strcmp(what, "reuse"))
		in_threads(reuse, all, threads);
	else if (!strcmp(what, "swap"))
		swaps(where, first, count);
	else if (!strcmp(what, "abrupt"))
		abrupt(where, first, count);
	else if (!strcmp(what, "killed"))
		killed(where, first);
	else if (!strcmp(what, "pass"))
		pass(where, first, count);
	else if (!strcmp(what, "pair"))
		pair(strtoull(where, NULL, 10), first);
	else if (!strcmp(what, "storm")) {
		all.count = first;
		in_threads(storm, all, (unsigned)count);
	} else
		return 2;
	printf("done\n");
	return 0;
}
