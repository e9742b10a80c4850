// SPDX-License-Identifier: Apache-2.0
/*
 * Loads floor.bpf.o, or the empty probes of a library, and drains the ring every 5 ms until it is told to end (SIGINT).
 *   floor OBJECT PID...                       the processes
 *   floor OBJECT LIBRARY PID... [FUNCTION...] empty uprobes and uretprobes on functions of the library, in these processes
 * Says "ready" when all is attached, and at the end how many records it read and lost.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t ended;
static unsigned long long records;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static int count(void *context, void *data, size_t size)
{
	(void)context;
	(void)data;
	(void)size;
	records++;
	return 0;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void attach_to_library(struct bpf_object *object, const char *library, char **words)
{
	char **functions = words;

	while (*functions && strspn(*functions, "0123456789") == strlen(*functions))
		functions++;
	for (char **pid = words; pid < functions; pid++) {
		for (char **function = functions; *function; function++) {
			for (int is_return = 0; is_return < 2; is_return++) {
				LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = *function, .retprobe = is_return);
				struct bpf_program *program = bpf_object__find_program_by_name(object, "nothing");

				if (!bpf_program__attach_uprobe_opts(program, atoi(*pid), library, 0, &options))
					fail(*function);
			}
		}
	}
}

int main(int argc, char **argv)
{
	struct timespec pause = { .tv_nsec = 5000000 };
	struct ring_buffer *ring = NULL;
	struct bpf_object *object;
	bool probes;

	if (argc < 3)
		return 2;
	signal(SIGINT, end);
	signal(SIGTERM, end);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		fail(argv[1]);
	probes = argv[2][0] == '/';
	if (probes) {
		attach_to_library(object, argv[2], argv + 3);
	} else {
		struct bpf_program *program;
		int scope = bpf_object__find_map_fd_by_name(object, "scope");

		for (int i = 2; i < argc; i++) {
			unsigned int process = atoi(argv[i]), one = 1;

			if (bpf_map_update_elem(scope, &process, &one, BPF_ANY))
				fail("scope");
		}
		ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ring"), count, NULL, NULL);
		if (!ring)
			fail("ring");
		bpf_object__for_each_program(program, object)
			if (!bpf_program__attach(program))
				fail(bpf_program__name(program));
	}
	puts("ready");
	fflush(stdout);
	while (!ended) {
		if (ring)
			ring_buffer__consume(ring);
		nanosleep(&pause, NULL);
	}
	if (ring) {
		unsigned long long lost = 0;
		unsigned int zero = 0;
		struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");

		if (map)
			bpf_map_lookup_elem(bpf_map__fd(map), &zero, &lost);
		printf("%llu read, %llu lost\n", records, lost);
	}
	return 0;
}
