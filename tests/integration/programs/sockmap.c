/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number-carrying HTTP (numbers.h) on connections whose bytes a BPF program moves from socket to socket, past TCP, as
 * service meshes do on one node:
 *
 *   sockmap COUNT
 *
 * Ten exchanges a connection. Of every second connection the first five go by TCP, before the sockets are given to the program.
 * Prints the server's port, waits for a line on stdin. The exit code is 3 where the kernel has no sockmap.
 */
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "in_turn.h"

enum { UNSUPPORTED = 3, ON_A_CONNECTION = 10 };

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int make_map(void)
{
	union bpf_attr a = { .map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4, .value_size = 4, .max_entries = 1 };
	return bpf(BPF_MAP_CREATE, &a);
}

/* What a socket of the one map sends goes to the receive queue of the other's. */
static int redirect(int from, int to)
{
	struct bpf_insn program[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = to }, {},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4, .imm = BPF_F_INGRESS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_msg_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_SK_MSG, .insns = (uintptr_t)program, .license = (uintptr_t)"GPL",
				.insn_cnt = sizeof(program) / sizeof(program[0]), .expected_attach_type = BPF_SK_MSG_VERDICT };
	int fd = bpf(BPF_PROG_LOAD, &load);
	union bpf_attr attach = { .target_fd = (uint32_t)from, .attach_bpf_fd = (uint32_t)fd, .attach_type = BPF_SK_MSG_VERDICT };
	return fd < 0 ? fd : bpf(BPF_PROG_ATTACH, &attach);
}

static void give(int map, int fd)
{
	uint32_t key = 0, value = (uint32_t)fd;
	union bpf_attr a = { .map_fd = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)&value };
	if (bpf(BPF_MAP_UPDATE_ELEM, &a) < 0)
		fail("a socket into the map");
}

int main(int argc, char **argv)
{
	char where[16];
	if (argc != 2)
		return 2;
	/* Before 5.11 maps and programs count as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	int clients = make_map(), servers = make_map();
	if (clients < 0 || servers < 0 || redirect(clients, servers) < 0 || redirect(servers, clients) < 0) {
		if (errno != EINVAL)
			fail("sockmap");
		return UNSUPPORTED;
	}
	int listener = listen_and_wait(where);
	uint64_t count = strtoull(argv[1], NULL, 10);
	for (uint64_t n = 1, connection = 0; n <= count; connection++) {
		int client = connect_to(where), server = accept(listener, NULL, NULL);
		if (server < 0)
			fail("accept");
		for (int i = 0; i < ON_A_CONNECTION && n <= count; i++) {
			if (i == (connection % 2 ? ON_A_CONNECTION / 2 : 0)) {
				give(clients, client);
				give(servers, server);
			}
			exchange(client, server, n++, "sockmap");
		}
		close(n % 2 ? client : server);
		close(n % 2 ? server : client);
	}
	return 0;
}
