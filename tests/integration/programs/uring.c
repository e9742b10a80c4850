/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP whose bytes move by io_uring alone:
 *
 *   uring echo VARIANT FIRST COUNT       a server that echoes bodies and its client, both with rings
 *   uring get VARIANT FIRST COUNT PORT   GET /uring/NUMBER from another server on 127.0.0.1
 *
 * VARIANT is the kind of operation: send, rw, vec, msg, fixed (registered
 * buffers), sqpoll (the kernel's own thread does it), multishot, zerocopy.
 * Prints `NUMBER PORT SERVER-PORT SIZE` for each exchange: the client's port, the server's, and the size of the
 * response's body. The exit code is 3 where the kernel has no such operation. No socket is read or written by any other system call.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "ring.h"

enum { ROOM = 1 << 16, PIECE = 4096, PIECES = 16, GROUP = 7 };

struct stream {
	struct ring ring;
	int fd;
	bool armed;
	char *out, *in; /* ROOM each, registered when the variant wants it */
	size_t have;	/* bytes of `in` that were read and not used */
	char *pieces;
};

static const char *variant;

static bool is(const char *name) { return !strcmp(variant, name); }

static void fail(const char *what)
{
	fprintf(stderr, "uring: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void offer(struct stream *s, unsigned first, unsigned count)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_PROVIDE_BUFFERS, .fd = (int)count, .len = PIECE, .buf_group = GROUP,
		.addr = (uintptr_t)(s->pieces + PIECE * first), .off = first };
	ring_submit(&s->ring, &sqe);
}

static void open_stream(struct stream *s, int fd)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->out = aligned_alloc(4096, ROOM);
	s->in = aligned_alloc(4096, ROOM);
	s->pieces = aligned_alloc(4096, PIECE * PIECES);
	ring_open(&s->ring, is("sqpoll") ? IORING_SETUP_SQPOLL : 0);
	if (is("fixed")) {
		struct iovec buffers[2] = { { s->out, ROOM }, { s->in, ROOM } };
		ring_register(&s->ring, IORING_REGISTER_BUFFERS, buffers, 2);
	}
	if (is("sqpoll")) /* before 5.11 only registered files could be used with it */
		ring_register(&s->ring, IORING_REGISTER_FILES, &s->fd, 1);
	if (is("multishot")) {
		offer(s, 0, PIECES);
		struct completion cqe = ring_wait(&s->ring);
		if (cqe.res < 0)
			ring_fail("IORING_OP_PROVIDE_BUFFERS", cqe.res);
	}
}

/* The operation that moves `size` bytes, and what it needs besides. */
static long move(struct stream *s, bool out, char *bytes, size_t size)
{
	struct iovec iov = { bytes, size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct io_uring_sqe sqe = { .fd = s->fd, .addr = (uintptr_t)bytes, .len = (unsigned)size };
	sqe.opcode = out ? IORING_OP_SEND : IORING_OP_RECV;
	if (is("rw")) {
		sqe.opcode = out ? IORING_OP_WRITE : IORING_OP_READ;
	} else if (is("vec")) {
		sqe.opcode = out ? IORING_OP_WRITEV : IORING_OP_READV;
		sqe.addr = (uintptr_t)&iov;
		sqe.len = 1;
	} else if (is("msg")) {
		sqe.opcode = out ? IORING_OP_SENDMSG : IORING_OP_RECVMSG;
		sqe.addr = (uintptr_t)&m;
		sqe.len = 1;
	} else if (is("fixed")) {
		sqe.opcode = out ? IORING_OP_WRITE_FIXED : IORING_OP_READ_FIXED;
		sqe.buf_index = out ? 0 : 1;
	} else if (is("sqpoll")) {
		sqe.fd = 0;
		sqe.flags = IOSQE_FIXED_FILE;
	} else if (is("zerocopy") && out) {
		sqe.opcode = IORING_OP_SEND_ZC;
	}
	return ring_do(&s->ring, &sqe);
}

/* One receive operation gives many completions, each with a buffer of the group. */
static long receive_multishot(struct stream *s)
{
	for (;;) {
		if (!s->armed) {
			struct io_uring_sqe sqe = { .opcode = IORING_OP_RECV, .fd = s->fd, .flags = IOSQE_BUFFER_SELECT,
				.buf_group = GROUP, .ioprio = IORING_RECV_MULTISHOT, .user_data = 1 };
			ring_submit(&s->ring, &sqe);
			s->armed = true;
		}
		struct completion cqe = ring_wait(&s->ring);
		if (!cqe.user_data) { /* an offer or a send */
			if (cqe.res < 0)
				ring_fail("an operation beside the multishot receive", cqe.res);
			continue;
		}
		if (!(cqe.flags & IORING_CQE_F_MORE))
			s->armed = false;
		if (cqe.res == -ENOBUFS)
			continue;
		if (cqe.res > 0) {
			unsigned piece = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
			memcpy(s->in + s->have, s->pieces + PIECE * piece, (size_t)cqe.res);
			offer(s, piece, 1);
		}
		return cqe.res;
	}
}

static void send_out(struct stream *s, size_t size)
{
	for (size_t done = 0; done < size;) {
		long n;
		if (is("multishot")) {
			struct io_uring_sqe sqe = { .opcode = IORING_OP_SEND, .fd = s->fd, .addr = (uintptr_t)(s->out + done),
				.len = (unsigned)(size - done), .msg_flags = MSG_WAITALL };
			ring_submit(&s->ring, &sqe); /* its completion comes between those of the receive */
			return;
		}
		n = move(s, true, s->out + done, size - done);
		if (n <= 0)
			ring_fail("send", n);
		done += (size_t)n;
	}
}

/* Reads a message with Content-Length; its body's size, or -1 at the end of the stream. `head` gets its first line. */
static long read_message(struct stream *s, char *head, size_t room, char *body)
{
	for (;;) {
		s->in[s->have] = 0;
		char *end = strstr(s->in, "\r\n\r\n"), *length = end ? strcasestr(s->in, "content-length:") : NULL;
		if (end && length && length < end) {
			size_t size = (size_t)atol(length + 15), whole = (size_t)(end + 4 - s->in) + size;
			if (s->have >= whole) {
				snprintf(head, room, "%.*s", (int)strcspn(s->in, "\r"), s->in);
				memcpy(body, end + 4, size);
				memmove(s->in, s->in + whole, s->have - whole);
				s->have -= whole;
				return (long)size;
			}
		}
		long n = is("multishot") ? receive_multishot(s) : move(s, false, s->in + s->have, ROOM - 1 - s->have);
		if (n < 0)
			ring_fail("receive", n);
		if (n == 0)
			return -1;
		s->have += (size_t)n;
	}
}

static void *serve(void *listener)
{
	struct stream *s = malloc(sizeof(*s));
	static char body[ROOM], head[256];
	long size;
	int fd = accept(*(int *)listener, NULL, NULL);
	if (fd < 0)
		fail("accept");
	open_stream(s, fd);
	while ((size = read_message(s, head, sizeof(head), body)) >= 0) {
		size_t length = (size_t)sprintf(s->out, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", size);
		memcpy(s->out + length, body, (size_t)size);
		send_out(s, length + (size_t)size);
	}
	close(fd);
	close(s->ring.fd);
	return NULL;
}

int main(int argc, char **argv)
{
	static char body[ROOM], head[256], sent[ROOM];
	if (argc < 5)
		return 2;
	variant = argv[2];
	bool echo = !strcmp(argv[1], "echo");
	int first = atoi(argv[3]), count = atoi(argv[4]), listener = -1, one = 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	pthread_t server;
	if (echo) {
		listener = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(listener, (struct sockaddr *)&a, size) < 0 || listen(listener, 4) < 0)
			fail("listen");
		getsockname(listener, (struct sockaddr *)&a, &size);
		pthread_create(&server, NULL, serve, &listener);
	} else {
		a.sin_port = htons((uint16_t)atoi(argv[5]));
	}
	unsigned server_port = ntohs(a.sin_port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&a, size) < 0)
		fail("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	getsockname(fd, (struct sockaddr *)&a, &size);
	struct stream *s = malloc(sizeof(*s));
	open_stream(s, fd);
	for (int i = first; i < first + count; i++) {
		int length = 0;
		size_t payload = echo ? (size_t)(i * 37 % 9000) : 0;
		if (echo) {
			length = sprintf(s->out, "POST /uring/%d HTTP/1.1\r\nHost: uring\r\nContent-Length: %zu\r\n\r\n", i, payload);
			for (size_t j = 0; j < payload; j++)
				s->out[(size_t)length + j] = (char)('a' + (i + (int)j) % 26);
			memcpy(sent, s->out + length, payload);
		} else {
			length = sprintf(s->out, "GET /uring/%d HTTP/1.1\r\nHost: uring\r\n\r\n", i);
		}
		send_out(s, (size_t)length + payload);
		long got = read_message(s, head, sizeof(head), body);
		if (got < 0 || strncmp(head, "HTTP/1.1 200", 12) || (echo && ((size_t)got != payload || memcmp(body, sent, payload)))) {
			fprintf(stderr, "uring: a wrong answer to %d: %s\n", i, head);
			return 1;
		}
		printf("%d %u %u %ld\n", i, ntohs(a.sin_port), server_port, got);
	}
	shutdown(fd, SHUT_WR);
	if (echo)
		pthread_join(server, NULL);
	return 0;
}
