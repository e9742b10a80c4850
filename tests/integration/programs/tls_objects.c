/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life of TLS objects, with libssl loaded at run time.
 *
 *   tls_objects LIBRARY PORT ask REQUESTS PAUSE_MS
 *       One connection, REQUESTS requests "/PORT/0/K", PAUSE_MS between two.
 *   tls_objects LIBRARY PORT churn CONNECTIONS EMPTY
 *       CONNECTIONS connections, one after the other, each an object of its own
 *       with one request "/PORT/N/0", and EMPTY objects that never connect for
 *       each; SSL_clear is called on every other one.
 *
 * With "wait" as one more argument it prints "loaded" when it has the library, and
 * waits for a line. Prints "done" and waits for the end of its stdin.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *(*ctx_new)(const void *), *(*ssl_new)(void *);
static const void *(*client_method)(void);
static int (*set_fd)(void *, int), (*ssl_connect)(void *), (*ssl_write)(void *, const void *, int),
	(*ssl_read)(void *, void *, int), (*ssl_shutdown)(void *), (*ssl_clear)(void *);
static void (*ssl_free)(void *);

static void fail(const char *what)
{
	fprintf(stderr, "tls_objects: %s\n", what);
	exit(1);
}

static void *find(void *library, const char *name)
{
	void *symbol = dlsym(library, name);

	if (!symbol)
		fail(name);
	return symbol;
}

static int open_socket(int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	return fd;
}

static void ask(void *ssl, int port, int number, int request)
{
	char text[256], expected[64], answer[4096];
	int length = 0;

	snprintf(text, sizeof(text), "GET /%d/%d/%d HTTP/1.1\r\nHost: localhost\r\n\r\n", port, number, request);
	snprintf(expected, sizeof(expected), "%d /%d/%d/%d", port, port, number, request);
	if (ssl_write(ssl, text, strlen(text)) != (int)strlen(text))
		fail("SSL_write");
	do {
		int got = ssl_read(ssl, answer + length, sizeof(answer) - 1 - length);

		if (got <= 0)
			fail("SSL_read");
		length += got;
		answer[length] = 0;
	} while (!strstr(answer, expected));
}

int main(int argc, char **argv)
{
	void *library = argc > 5 ? dlopen(argv[1], RTLD_NOW) : NULL;
	int port = argc > 5 ? atoi(argv[2]) : 0;
	void *context;

	if (!library)
		fail(argc > 5 ? dlerror() : "arguments");
	ctx_new = find(library, "SSL_CTX_new");
	ssl_new = find(library, "SSL_new");
	client_method = find(library, "TLS_client_method");
	set_fd = find(library, "SSL_set_fd");
	ssl_connect = find(library, "SSL_connect");
	ssl_write = find(library, "SSL_write");
	ssl_read = find(library, "SSL_read");
	ssl_shutdown = find(library, "SSL_shutdown");
	ssl_clear = find(library, "SSL_clear");
	ssl_free = find(library, "SSL_free");
	if (argc > 6) {
		puts("loaded");
		fflush(stdout);
		while (getchar() != '\n')
			;
	}
	context = ctx_new(client_method());

	if (!strcmp(argv[3], "ask")) {
		void *ssl = ssl_new(context);
		int fd = open_socket(port);

		set_fd(ssl, fd);
		if (ssl_connect(ssl) != 1)
			fail("SSL_connect");
		for (int request = 0; request < atoi(argv[4]); request++) {
			if (request)
				usleep(atoi(argv[5]) * 1000);
			ask(ssl, port, 0, request);
		}
		ssl_shutdown(ssl);
		ssl_free(ssl);
		close(fd);
	} else {
		for (int number = 0; number < atoi(argv[4]); number++) {
			void *ssl = ssl_new(context);
			int fd = open_socket(port);

			for (int i = 0; i < atoi(argv[5]); i++) {
				void *empty = ssl_new(context);

				if (i % 2)
					ssl_clear(empty);
				ssl_free(empty);
			}
			set_fd(ssl, fd);
			if (ssl_connect(ssl) != 1)
				fail("SSL_connect");
			ask(ssl, port, number, 0);
			ssl_free(ssl);
			close(fd);
		}
	}
	puts("done");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
