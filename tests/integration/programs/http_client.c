/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client of the number-carrying HTTP (numbers.h).
 *
 *   http_client WHERE CONNECTIONS JOURNAL [--two-writers]
 *
 * Opens the connections, prints "ready", and obeys lines of its stdin:
 *   run FIRST COUNT DEPTH   sends requests FIRST .. FIRST+COUNT-1, spread over
 *                           the connections in turn, at most DEPTH outstanding
 *                           on each; then prints "done"
 *   quit                    closes the connections and ends
 * On each connection one thread writes and another one reads; with
 * --two-writers two threads take turns at writing. Every answer is checked
 * here too. JOURNAL gets a line for each: n status body begin end connection
 * local-port (times in ns since the epoch, taken outside the calls).
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "http_io.h"

enum { MAX_DEPTH = 256 };

struct connection {
	struct response_reader reader;
	unsigned index, port;
	uint64_t first, count; /* numbers first, first + connections, ... */
	sem_t room;
	pthread_mutex_t turn;
	uint64_t next; /* index of the next request to send, under turn */
	uint64_t begun[MAX_DEPTH];
};

static struct connection *connections;
static unsigned connection_count;
static FILE *journal;
static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;

static void *write_requests(void *argument)
{
	struct connection *c = argument;
	for (;;) {
		sem_wait(&c->room);
		pthread_mutex_lock(&c->turn);
		uint64_t i = c->next;
		if (i < c->count) {
			c->next++;
			c->begun[i % MAX_DEPTH] = now_ns();
			send_request(c->reader.fd, c->first + i * connection_count, 0);
		}
		pthread_mutex_unlock(&c->turn);
		if (i >= c->count)
			return NULL;
	}
}

static void *read_responses(void *argument)
{
	struct connection *c = argument;
	for (uint64_t i = 0; i < c->count; i++) {
		uint64_t n = c->first + i * connection_count;
		unsigned status;
		size_t body;
		read_response(&c->reader, &status, &body);
		uint64_t end = now_ns();
		check_response(n, status, body);
		pthread_mutex_lock(&journal_lock);
		fprintf(journal, "%llu %u %zu %llu %llu %u %u\n", (unsigned long long)n, status, body,
			(unsigned long long)c->begun[i % MAX_DEPTH], (unsigned long long)end, c->index, c->port);
		pthread_mutex_unlock(&journal_lock);
		sem_post(&c->room);
	}
	sem_post(&c->room); /* lets the writers see that all is sent */
	sem_post(&c->room);
	return NULL;
}

static void run(uint64_t first, uint64_t count, unsigned depth, int writers)
{
	pthread_t (*threads)[3] = calloc(connection_count, sizeof(*threads));
	if (depth > MAX_DEPTH)
		depth = MAX_DEPTH;
	for (unsigned i = 0; i < connection_count; i++) {
		struct connection *c = &connections[i];
		c->first = first + i;
		c->count = count > i ? (count - i + connection_count - 1) / connection_count : 0;
		c->next = 0;
		sem_init(&c->room, 0, depth);
		for (int w = 0; w < writers; w++)
			pthread_create(&threads[i][1 + w], NULL, write_requests, c);
		pthread_create(&threads[i][0], NULL, read_responses, c);
	}
	for (unsigned i = 0; i < connection_count; i++)
		for (int t = 0; t <= writers; t++)
			pthread_join(threads[i][t], NULL);
	free(threads);
}

int main(int argc, char **argv)
{
	int writers = 1;
	if (argc < 4)
		return 2;
	for (int i = 4; i < argc; i++)
		if (!strcmp(argv[i], "--two-writers"))
			writers = 2;
	signal(SIGPIPE, SIG_IGN);
	connection_count = (unsigned)atoi(argv[2]);
	connections = calloc(connection_count, sizeof(*connections));
	journal = fopen(argv[3], "w");
	if (!journal)
		fail(argv[3]);
	for (unsigned i = 0; i < connection_count; i++) {
		struct connection *c = &connections[i];
		struct sockaddr_in6 name = { 0 };
		socklen_t size = sizeof(name);
		c->index = i;
		c->reader.fd = connect_to(argv[1]);
		getsockname(c->reader.fd, (struct sockaddr *)&name, &size);
		c->port = argv[1][0] == '/' ? 0 : ntohs(name.sin6_port); /* at the same place as in sockaddr_in */
		pthread_mutex_init(&c->turn, NULL);
	}
	printf("ready\n");
	fflush(stdout);
	char line[128];
	while (fgets(line, sizeof(line), stdin)) {
		unsigned long long first, count;
		unsigned depth;
		if (sscanf(line, "run %llu %llu %u", &first, &count, &depth) == 3) {
			run(first, count, depth, writers);
			fflush(journal);
			printf("done\n");
			fflush(stdout);
		} else if (!strncmp(line, "quit", 4)) {
			break;
		}
	}
	for (unsigned i = 0; i < connection_count; i++)
		close(connections[i].reader.fd);
	return fclose(journal) ? 1 : 0;
}
