/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections of which both ends count what their calls returned, in memory
 * that all processes of the program share. For byte_counts.c.
 */
#ifndef COUNTED_IO_H
#define COUNTED_IO_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1024 };

/* One end: what its calls said that they moved. */
struct end {
	int fd;
	unsigned port;	/* TCP: of this end */
	unsigned long inode;
	atomic_ullong out, in;
};

struct connection {
	char name[32];
	bool is_unix;
	struct end client, server;
};

struct shared {
	int count;
	struct connection connections[MOST_CONNECTIONS];
};

static struct shared *shared;
static char folder[64];

static inline void fail(const char *what)
{
	fprintf(stderr, "byte_counts: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* What a call returned: counted when it moved something; anything but EAGAIN ends the program. */
static inline long sent(struct end *e, long n)
{
	if (n > 0)
		atomic_fetch_add(&e->out, (unsigned long long)n);
	else if (n < 0 && errno != EAGAIN)
		fail("send");
	return n;
}

static inline long received(struct end *e, long n)
{
	if (n > 0)
		atomic_fetch_add(&e->in, (unsigned long long)n);
	else if (n < 0 && errno != EAGAIN)
		fail("receive");
	return n;
}

static inline void send_all(struct end *e, const char *bytes, size_t size)
{
	while (size) {
		long n = sent(e, write(e->fd, bytes, size));
		if (n < 0)
			continue;
		bytes += n;
		size -= (size_t)n;
	}
}

static inline void receive_exactly(struct end *e, char *bytes, size_t size)
{
	while (size) {
		long n = received(e, read(e->fd, bytes, size));
		if (n == 0) {
			fprintf(stderr, "byte_counts: the end of the stream came %zu bytes too early\n", size);
			exit(1);
		}
		if (n > 0)
			size -= (size_t)n;
	}
}

static inline void receive_to_end(struct end *e, char *bytes, size_t size)
{
	while (received(e, read(e->fd, bytes, size)) != 0)
		;
}

static inline void note_identity(struct end *e, bool is_unix)
{
	struct stat st;
	if (fstat(e->fd, &st) < 0)
		fail("fstat");
	e->inode = st.st_ino;
	if (!is_unix) {
		struct sockaddr_in a;
		socklen_t size = sizeof(a);
		if (getsockname(e->fd, (struct sockaddr *)&a, &size) < 0)
			fail("getsockname");
		e->port = ntohs(a.sin_port);
	}
}

/*
 * A new connection. Its first bytes are an HTTP request and a response with
 * bodies that never end, so that a tracer knows what it is; what follows is
 * body.
 */
static inline struct connection *open_connection(const char *name, bool is_unix)
{
	static const char request[] = "POST /counted HTTP/1.1\r\nHost: counted\r\nContent-Length: 999999999999\r\n\r\n";
	static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n";
	char bytes[256];
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_un un;
	} a;
	socklen_t size;
	if (shared->count == MOST_CONNECTIONS)
		fail("too many connections");
	struct connection *c = &shared->connections[shared->count++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->is_unix = is_unix;
	memset(&a, 0, sizeof(a));
	if (is_unix) {
		a.un.sun_family = AF_UNIX;
		snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s/%d", folder, shared->count);
		size = sizeof(a.un);
	} else {
		a.v4.sin_family = AF_INET;
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		size = sizeof(a.v4);
	}
	int listener = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, &a.any, size) < 0 || listen(listener, 1) < 0)
		fail("listen");
	if (!is_unix && getsockname(listener, &a.any, &size) < 0)
		fail("getsockname");
	c->client.fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->client.fd < 0 || connect(c->client.fd, &a.any, size) < 0)
		fail("connect");
	c->server.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (c->server.fd < 0)
		fail("accept");
	close(listener);
	if (is_unix)
		unlink(a.un.sun_path);
	note_identity(&c->client, is_unix);
	note_identity(&c->server, is_unix);
	send_all(&c->client, request, sizeof(request) - 1);
	receive_exactly(&c->server, bytes, sizeof(request) - 1);
	send_all(&c->server, response, sizeof(response) - 1);
	receive_exactly(&c->client, bytes, sizeof(response) - 1);
	return c;
}

static inline void close_connection(struct connection *c)
{
	close(c->client.fd);
	close(c->server.fd);
}

/* A child that has one end for itself; the parent goes on with the other. */
static inline pid_t fork_off(void)
{
	pid_t child = fork();
	if (child < 0)
		fail("fork");
	return child;
}

static inline void wait_for(pid_t child)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	if (status) {
		fprintf(stderr, "byte_counts: a child ended with status %d\n", status);
		exit(1);
	}
}

static inline void await(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	if (poll(&p, 1, 30000) != 1)
		fail("poll");
}

static inline void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		fail("fcntl");
}

#endif
