/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves bytes over TCP and AF_UNIX connections in every way that programs
 * have, counts what each call returned, and prints it at the end:
 *
 *   byte_counts [SCALE]
 *
 *   NAME TRANSPORT SIDE PORT PEER-PORT INODE OUT IN     a line for each end of each connection
 *
 * Waits for a line on stdin first, so that a tracer can attach. SCALE divides
 * the large numbers, for slow machines.
 */
#define _GNU_SOURCE
#include "counted_io.h"

#include <sys/sendfile.h>
#include <sys/time.h>

static char buffer[4 << 20];
static size_t scale = 1;

static void sizes(struct connection *c)
{
	pid_t child = fork_off();
	if (!child) {
		receive_to_end(&c->server, buffer, 5000);
		_exit(0);
	}
	for (size_t size = 1; size < 100000; size = size * 3 / 2 + 1)
		send_all(&c->client, buffer, size);
	shutdown(c->client.fd, SHUT_WR);
	wait_for(child);
}

/* Children and the parent write on one socket, first in turn, then at the same time. */
static void forks(struct connection *c)
{
	pid_t reader = fork_off();
	if (!reader) {
		receive_to_end(&c->server, buffer, sizeof(buffer));
		_exit(0);
	}
	for (int at_once = 0; at_once < 2; at_once++) {
		pid_t children[4];
		for (int i = 0; i < 4; i++) {
			children[i] = fork_off();
			if (!children[i]) {
				for (int j = 0; j < 50; j++)
					send_all(&c->client, buffer, 700 + (size_t)j);
				_exit(0);
			}
			if (!at_once)
				wait_for(children[i]);
			send_all(&c->client, buffer, 321);
		}
		for (int i = 0; at_once && i < 4; i++)
			wait_for(children[i]);
	}
	shutdown(c->client.fd, SHUT_WR);
	wait_for(reader);
}

static void dups(struct connection *c)
{
	struct end *e = &c->client;
	int first = e->fd, high = fcntl(first, F_DUPFD_CLOEXEC, 200), second = dup(first);
	send_all(e, buffer, 1000);
	e->fd = second;
	send_all(e, buffer, 2000);
	close(first);
	if (dup2(high, first) != first)
		fail("dup2");
	e->fd = first;
	send_all(e, buffer, 3000);
	e->fd = high;
	send_all(e, buffer, 4000);
	close(second);
	close(first);
	receive_exactly(&c->server, buffer, 10000);
	send_all(&c->server, buffer, 500);
	receive_exactly(e, buffer, 500);
}

/* The client's descriptor goes to a process that was there before the connection. */
static void passes(struct connection *c, int channel)
{
	char byte = 'x', space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &c->client.fd, sizeof(int));
	send_all(&c->client, buffer, 111);
	if (sendmsg(channel, &m, 0) != 1)
		fail("sendmsg");
	receive_exactly(&c->server, buffer, 111 + 7000);
	send_all(&c->server, buffer, 900);
	if (read(channel, &byte, 1) != 1) /* the other has read them */
		fail("read");
	send_all(&c->client, buffer, 222);
	receive_exactly(&c->server, buffer, 222);
}

/* What that process does; it knows the connection by its place, which it is told by the shared count. */
static void passed(int channel)
{
	for (;;) {
		char byte, space[CMSG_SPACE(sizeof(int))];
		struct iovec iov = { &byte, 1 };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
		if (recvmsg(channel, &m, 0) != 1)
			_exit(0);
		struct connection *c = &shared->connections[shared->count - 1];
		struct end mine = { 0 };
		memcpy(&mine.fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
		send_all(&mine, buffer, 7000);
		receive_exactly(&mine, buffer, 900);
		c->client.out += mine.out;
		c->client.in += mine.in;
		close(mine.fd);
		if (write(channel, "x", 1) != 1)
			fail("write");
	}
}

static void half_close(struct connection *c)
{
	send_all(&c->client, buffer, 5000);
	shutdown(c->client.fd, SHUT_WR);
	receive_to_end(&c->server, buffer, 3000);
	for (int i = 0; i < 20; i++) {
		send_all(&c->server, buffer, 5000);
		receive_exactly(&c->client, buffer, 5000);
	}
	shutdown(c->server.fd, SHUT_WR);
	receive_to_end(&c->client, buffer, 3000);
}

/* Bytes that are looked at don't move; TCP throws away what is read with MSG_TRUNC, and that moves. */
static void peeks(struct connection *c)
{
	for (int i = 0; i < 20; i++) {
		send_all(&c->client, buffer, 1000);
		for (int j = 0; j < 3; j++)
			if (recv(c->server.fd, buffer, 1000, MSG_PEEK) <= 0)
				fail("peek");
		if (recv(c->client.fd, buffer, 10, MSG_PEEK | MSG_DONTWAIT) >= 0)
			fail("nothing is there, but was peeked");
		receive_exactly(&c->server, buffer, 400);
		if (!c->is_unix && received(&c->server, recv(c->server.fd, NULL, 100, MSG_TRUNC | MSG_WAITALL)) != 100)
			fail("MSG_TRUNC");
		receive_exactly(&c->server, buffer, c->is_unix ? 600 : 500);
	}
}

/* MSG_WAITALL over many sends, and one that a time-out ends with a part. */
static void waits_for_all(struct connection *c)
{
	pid_t child = fork_off();
	if (!child) {
		if (received(&c->server, recv(c->server.fd, buffer, 100000, MSG_WAITALL)) != 100000)
			fail("MSG_WAITALL");
		struct timeval patience = { .tv_usec = 300000 };
		setsockopt(c->server.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		received(&c->server, recv(c->server.fd, buffer, 5000, MSG_WAITALL));
		receive_to_end(&c->server, buffer, 5000);
		_exit(0);
	}
	for (int i = 0; i < 100; i++) {
		send_all(&c->client, buffer, 1000);
		usleep(500);
	}
	send_all(&c->client, buffer, 2000);
	usleep(600000);
	send_all(&c->client, buffer, 777);
	shutdown(c->client.fd, SHUT_WR);
	wait_for(child);
}

/* Calls of 1,000 elements, empty ones among them, and several messages in one call. */
static void vectors(struct connection *c)
{
	static struct iovec iov[1000];
	size_t total = 0;
	pid_t child = fork_off();
	for (int i = 0; i < 1000; i++) {
		iov[i] = (struct iovec){ buffer + 200 * i, (size_t)(i % 97) };
		total += iov[i].iov_len;
	}
	if (!child) {
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = 1000 };
		struct mmsghdr several[4] = { { .msg_hdr = m }, { .msg_hdr = m } };
		for (int i = 0; i < 4; i++)
			several[i].msg_hdr = (struct msghdr){ .msg_iov = iov + 250 * i, .msg_iovlen = 250 };
		received(&c->server, readv(c->server.fd, iov, 1000));
		received(&c->server, recvmsg(c->server.fd, &m, 0));
		int n = recvmmsg(c->server.fd, several, 4, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++)
			received(&c->server, several[i].msg_len);
		receive_to_end(&c->server, buffer, 4096);
		_exit(0);
	}
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 1000 };
	struct mmsghdr several[4];
	for (int i = 0; i < 4; i++)
		several[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = iov + 250 * i, .msg_iovlen = 250 } };
	if (sent(&c->client, writev(c->client.fd, iov, 1000)) != (long)total)
		fail("writev");
	usleep(100000);
	if (sent(&c->client, sendmsg(c->client.fd, &m, 0)) != (long)total)
		fail("sendmsg");
	usleep(100000);
	int n = sendmmsg(c->client.fd, several, 4, 0);
	for (int i = 0; i < n; i++)
		sent(&c->client, several[i].msg_len);
	shutdown(c->client.fd, SHUT_WR);
	wait_for(child);
}

/* Four MiB in one call, to a slow reader. */
static void large(struct connection *c)
{
	pid_t child = fork_off();
	if (!child) {
		receive_to_end(&c->server, buffer, 150000);
		_exit(0);
	}
	sent(&c->client, write(c->client.fd, buffer, sizeof(buffer) / scale));
	sent(&c->client, send(c->client.fd, buffer, sizeof(buffer) / scale, MSG_MORE));
	shutdown(c->client.fd, SHUT_WR);
	wait_for(child);
}

/* Short writes and EAGAIN on both sides. */
static void nonblocking(struct connection *c)
{
	pid_t child = fork_off();
	if (!child) {
		set_nonblocking(c->server.fd);
		for (long n = -1; n != 0;) {
			for (int i = 0; i < 200 && n < 0; i++) /* a storm of EAGAIN */
				n = received(&c->server, recv(c->server.fd, buffer, 10000, 0));
			if (n < 0)
				await(c->server.fd, POLLIN);
			else if (n > 0)
				n = -1;
		}
		_exit(0);
	}
	set_nonblocking(c->client.fd);
	for (size_t left = sizeof(buffer) / scale; left;) {
		long n = sent(&c->client, write(c->client.fd, buffer, left));
		if (n > 0)
			left -= (size_t)n;
		else
			await(c->client.fd, POLLOUT);
	}
	shutdown(c->client.fd, SHUT_WR);
	wait_for(child);
}

/* A vector whose second element is no memory: what the first one has is moved, or nothing. */
static void faults(struct connection *c)
{
	void *hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[2] = { { buffer, 3000 }, { hole, 1000 } };
	for (int i = 0; i < 5; i++) {
		long n = writev(c->client.fd, iov, 2);
		if (n < 0 && errno != EFAULT)
			fail("writev");
		if (n > 0) {
			sent(&c->client, n);
			receive_exactly(&c->server, buffer + 8192, (size_t)n);
		}
		send_all(&c->client, buffer, 100);
		receive_exactly(&c->server, buffer + 8192, 100);
	}
	munmap(hole, 4096);
}

/* File to socket, pipe to socket, socket to pipe. */
static void spliced(struct connection *c)
{
	int file = memfd_create("counted", MFD_CLOEXEC), tube[2];
	if (file < 0 || ftruncate(file, 300000) < 0 || pipe2(tube, O_CLOEXEC) < 0)
		fail("memfd");
	pid_t child = fork_off();
	if (!child) {
		int own[2]; /* one pipe for both would mix what each put into it */
		if (pipe2(own, O_CLOEXEC) < 0)
			fail("pipe");
		receive_exactly(&c->server, buffer, 300000);
		for (int left = 40000; left;) {
			long n = received(&c->server, splice(c->server.fd, NULL, own[1], NULL, (size_t)(left < 4000 ? left : 4000), 0));
			if (n <= 0 || read(own[0], buffer, (size_t)n) != n)
				fail("splice from the socket");
			left -= (int)n;
		}
		receive_to_end(&c->server, buffer, 4096);
		_exit(0);
	}
	off_t place = 0;
	while (place < 300000)
		if (sent(&c->client, sendfile(c->client.fd, file, &place, 70000)) <= 0)
			fail("sendfile");
	for (int i = 0; i < 10; i++) {
		if (write(tube[1], buffer, 4000) != 4000)
			fail("write");
		for (long left = 4000; left;)
			left -= sent(&c->client, splice(tube[0], NULL, c->client.fd, NULL, (size_t)left, 0));
	}
	send_all(&c->client, buffer, 999);
	shutdown(c->client.fd, SHUT_WR);
	wait_for(child);
	close(file);
	close(tube[0]);
	close(tube[1]);
}

/* The same descriptor numbers again and again. */
static void reuse(bool is_unix)
{
	for (int i = 0; i < 100; i++) {
		struct connection *c = open_connection("reuse", is_unix);
		send_all(&c->client, buffer, 100 + (size_t)i);
		receive_exactly(&c->server, buffer, 100 + (size_t)i);
		close_connection(c);
	}
}

static void print_end(const struct connection *c, const char *side, struct end *e, const struct end *peer)
{
	printf("%s %s %s %u %u %lu %llu %llu\n", c->name, c->is_unix ? "unix" : "tcp", side, e->port, peer->port, e->inode, e->out,
	       e->in);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct connection *);
	} scenarios[] = {
		{ "sizes", sizes }, { "fork", forks }, { "dup", dups }, { "half-close", half_close }, { "peek", peeks },
		{ "waitall", waits_for_all }, { "vectors", vectors }, { "large", large }, { "nonblocking", nonblocking },
		{ "fault", faults }, { "splice", spliced },
	};
	char line[16];
	int channel[2];
	if (argc > 1)
		scale = (size_t)atoi(argv[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(folder, sizeof(folder), "/tmp/byte_counts.XXXXXX");
	if (shared == MAP_FAILED || !mkdtemp(folder) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0)
		fail("set-up");
	memset(buffer, 'x', sizeof(buffer));
	pid_t other = fork_off();
	if (!other) {
		close(channel[0]);
		passed(channel[1]);
	}
	close(channel[1]);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int is_unix = 0; is_unix < 2; is_unix++) {
		for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
			struct connection *c = open_connection(scenarios[i].name, is_unix);
			scenarios[i].run(c);
			close_connection(c);
		}
		struct connection *c = open_connection("pass", is_unix);
		passes(c, channel[0]);
		close_connection(c);
		reuse(is_unix);
	}
	close(channel[0]);
	wait_for(other);
	rmdir(folder);
	for (int i = 0; i < shared->count; i++) {
		struct connection *c = &shared->connections[i];
		if (c->client.out != c->server.in || c->server.out != c->client.in) {
			fprintf(stderr, "byte_counts: the ends of %s don't agree\n", c->name);
			return 1;
		}
		print_end(c, "client", &c->client, &c->server);
		print_end(c, "server", &c->server, &c->client);
	}
	return 0;
}
