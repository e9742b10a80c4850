# SPDX-License-Identifier: Apache-2.0
"""Tests against what small programs say of themselves: io_uring, many connections, an overflowing ring, counted bytes."""

import collections
import signal
import subprocess
import time
from pathlib import Path

from l7 import Explained, Failure, Tracer, brief, is_complete, missing, must_be_complete, read_recording, same
from tests_servers import compare_with_access_log, run

# Kinds of operation of programs/uring.c.
VARIANTS = ["send", "rw", "vec", "msg", "fixed", "sqpoll", "multishot", "zerocopy"]
UNSUPPORTED = 3


def uring(context, mode, variant, first, count, *more):
    """(number, (client's port, server's port), size) of each exchange; None where the kernel has no such operation."""
    result = subprocess.run([context.program("uring"), mode, variant, str(first), str(count), *more],
                            capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    if result.returncode == UNSUPPORTED:
        return None
    if result.returncode:
        raise RuntimeError(f"uring {mode} {variant} ended with code {result.returncode}: {result.stderr.strip()}")
    return [(int(n), (int(client), int(server)), int(size)) for n, client, server, size in map(str.split, result.stdout.splitlines())]


def check_unseen(context, trace, exchanges, wanted):
    """What the backend can't see must be told: all bytes of io_uring in this trace; and nothing may be shown that is not so."""
    for x in exchanges:
        if is_complete(x) and x.get("url.path") not in wanted:
            raise Failure(f"this was not asked: {brief(x)}")
    if not context.has_socket_tracepoints():
        raise Explained("io_uring passes by the system calls, and before 6.3 the kernel has no tracepoint that would tell")
    if trace.losses["unseen_bytes"] < context.uring_bytes:
        raise Failure(f"io_uring moved {context.uring_bytes} bytes, {trace.losses['unseen_bytes']} are counted as unseen")


class UringEcho:
    """Client and server whose bytes move by io_uring alone, in every kind of operation that the kernel has."""
    name, title = "uring-echo", "io_uring, echo"
    count = 40

    def run(self, context):
        self.done = {v: uring(context, "echo", v, 1 + 1000 * i, self.count) for i, v in enumerate(VARIANTS)}
        # At both ends, up and down; heads are not counted.
        context.uring_bytes += sum(4 * size for d in self.done.values() if d for _, _, size in d)

    def check(self, context, trace):
        done = {v: d for v, d in self.done.items() if d}
        if not done:
            raise Failure("io_uring does not work here")
        ports = {p for d in done.values() for _, p, _ in d}
        exchanges = trace.of_pairs(ports)
        wanted = {f"/uring/{n}": size for d in done.values() for n, _, size in d}
        if context.backend == "syscall":
            check_unseen(context, trace, exchanges, wanted)
            return
        for variant, d in done.items():
            of = trace.of_pairs({p for _, p, _ in d})
            try:
                must_be_complete(of)
                same([("POST", f"/uring/{n}", 200, size, size) for n, _, size in d],
                     [(x.get("http.request.method"), x.get("url.path"), x.get("http.response.status_code"),
                       x.get("http.request.body.size", 0), x.get("http.response.body.size", 0)) for x in of], "exchanges")
            except Failure as failure:
                raise Failure(f"{variant}: {failure}") from failure


class UringClient:
    """An io_uring client of nginx, whose access log is the truth."""
    name, title = "uring-http", "io_uring, HTTP client of nginx"
    count = 20

    def run(self, context):
        since = context.nginx.log_lines()
        self.done = {v: uring(context, "get", v, 1 + 1000 * i, self.count, str(context.nginx.port)) for i, v in enumerate(VARIANTS)}
        self.ports = {p for d in self.done.values() if d for _, p, _ in d}
        context.uring_bytes += sum(size for d in self.done.values() if d for _, _, size in d)
        # A kernel without multishot receives has sent the first request by then.
        self.entries = [e for e in context.nginx.entries(since, sum(len(d) for d in self.done.values() if d))
                        if (int(e[1]), int(e[0])) in self.ports]

    def check(self, context, trace):
        exchanges = trace.of_pairs(self.ports)
        if context.backend == "syscall":
            # nginx's own side moves by system calls and shows all; that of the client is what can't be seen.
            must_be_complete([x for x in exchanges if x["role"] == "server"])
            check_unseen(context, trace, exchanges, {e[3] for e in self.entries})
        else:
            must_be_complete(exchanges)
        compare_with_access_log(self.entries, exchanges)


def number_status(n):
    status = 210 + n * 37 % 380
    return 310 if status == 304 else status


def number_fault(x):
    """What is wrong with a complete exchange of the number-carrying HTTP (programs/numbers.h), or None."""
    n = int(x["url.path"][3:])
    body = n * 7919 % 1500 + (20000 if n % 50 == 0 else 0)
    upload = 1 + n % 200 if n % 3 == 0 else 0
    if (x["http.response.status_code"], x.get("http.response.body.size", 0), x.get("http.request.body.size", 0)) == (number_status(n), body, upload):
        return None
    return f"number {n} wants {number_status(n)}, bodies {upload} and {body}: {brief(x)}"


def reserve(port):
    """Keeps the kernel from giving a test's port to a server or client of a later test in the same trace."""
    if port:
        ports = Path("/proc/sys/net/ipv4/ip_local_reserved_ports")
        ports.write_text(f"{ports.read_text().strip()},{port}".lstrip(","))


class NumbersServer:
    def __init__(self, context):
        self.process = subprocess.Popen([context.program("http_server")], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline().split()[1])
        reserve(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run_numbers(context, program, count):
    """A program that speaks the number-carrying HTTP with itself: its port, and its exit code."""
    process = subprocess.Popen([context.program(program), str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    port = int(process.stdout.readline() or 0)  # nothing where the kernel lacks what it takes
    reserve(port)
    said = process.communicate("go\n", timeout=600)[1]
    if process.returncode not in (0, UNSUPPORTED):
        raise RuntimeError(f"{program} ended with code {process.returncode}: {said.strip()}")
    return port, process.returncode


def check_numbers(exchanges, count):
    must_be_complete(exchanges)
    for x in exchanges:
        fault = number_fault(x)
        if fault:
            raise Failure(fault)
    same(range(1, count + 1), [int(x["url.path"][3:]) for x in exchanges], "numbers")


class KernelTls:
    """TLS in the kernel: what the calls carry is plaintext, without any TLS library. (Debian 12's OpenSSL is built without kTLS.)"""
    name, title = "ktls", "kTLS, HTTP"
    count = 100

    def run(self, context):
        self.port, self.code = run_numbers(context, "ktls", self.count)

    def check(self, context, trace):
        if self.code == UNSUPPORTED:
            raise Explained("this kernel is built without kTLS")
        exchanges = trace.of_servers([self.port])
        check_numbers(exchanges, self.count)
        unmarked = [x for x in exchanges if not x["tls"]]
        if unmarked:
            raise Failure(f"all {self.count} are shown and right, but {len(unmarked)} are not marked as TLS")


class ShortConnections:
    """10,000 connections with a request each, on descriptors that come back at once."""
    name, title = "short", "10,000 short connections"
    count = 10000

    def run(self, context):
        self.port, _ = run_numbers(context, "short_connections", self.count)

    def check(self, context, trace):
        exchanges = trace.of_servers([self.port])
        check_numbers(exchanges, self.count)
        connections = len({x["connection.id"] for x in exchanges})
        if connections < self.count:
            missing(f"{self.count} connections, {connections} seen")


class Multipath:
    """Multipath TCP: a socket of its own kind before TCP's."""
    name, title = "multipath", "multipath TCP, HTTP"
    program, lacks = "multipath", "this kernel has no multipath TCP"
    count = 200

    def run(self, context):
        self.port, self.code = run_numbers(context, self.program, self.count)

    def check(self, context, trace):
        if self.code == UNSUPPORTED:
            raise Explained(self.lacks)
        check_numbers(trace.of_servers([self.port]), self.count)


class SockMap(Multipath):
    """Bytes that a BPF program moves from socket to socket, past TCP; of some connections from their middle on."""
    name, title = "sockmap", "sockmap, HTTP"
    program, lacks = "sockmap", "this kernel has no sockmap"


class Overload:
    """A ring of 64 KiB that nobody reads for a while: what is shown is right, and what is not shown is counted as lost."""
    name, title = "overload", "overload, losses counted"
    count = 6000
    alone = True

    def run(self, context):
        server = NumbersServer(context)
        client = None
        try:
            tracer = Tracer(context.folder / "overload", server.process.pid, context.backend, "watch", ["--ring-size", "64KiB", "--side", "both"])
            client = subprocess.Popen([context.program("http_client"), str(server.port), "8", str(context.folder / "overload.journal")],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            client.stdout.readline()
            third = self.count // 3
            for i in range(3):
                if i == 1:
                    tracer.signal(signal.SIGSTOP)
                client.stdin.write(f"run {1 + i * third} {third} 1\n")
                client.stdin.flush()
                client.stdout.readline()
                if i == 1:
                    tracer.signal(signal.SIGCONT)
                    time.sleep(3)
            self.port = server.port
            self.trace = tracer.stop()
        finally:
            if client:
                client.stdin.close()
                client.wait(timeout=60)
            server.stop()

    def check(self, context, trace):
        complete = [x for x in trace.of_servers([self.port]) if is_complete(x)]
        for x in complete:
            fault = number_fault(x)
            if fault:
                raise Failure(fault)
        numbers = [int(x["url.path"][3:]) for x in complete]
        if len(set(numbers)) != len(numbers) or not set(numbers) <= set(range(1, self.count + 1)):
            raise Failure("an exchange is shown twice, or never was")
        lost = trace.losses["data_ring_full"] + trace.losses["ring_truncated"] + trace.losses["skipped_runs"]
        if not lost:
            raise Failure("the ring overflowed, and no loss was counted")
        # A request is one call and so is an answer, each of one exchange alone: n lost calls touch n exchanges at the most.
        if len(complete) < self.count - lost:
            raise Failure(f"{self.count} exchanges, {len(complete)} complete, but only {lost} calls counted as lost")
        if len(complete) == self.count:
            raise Failure(f"{lost} calls lost, but no exchange is missing")


class ByteCounts:
    """Each end of each connection of programs/byte_counts.c has moved what the program itself counted, in each direction."""
    name, title = "bytes", "byte counts of a stress"

    def run(self, context):
        out = subprocess.run([context.program("byte_counts"), "8"], input="go\n", capture_output=True, text=True, timeout=400, check=True).stdout
        self.truth = [line.split() for line in out.splitlines()]

    def check(self, context, trace):
        found = collections.defaultdict(list)
        for end in read_recording(trace.recording):
            local, remote = (end.get(k, "").rpartition(":")[2] for k in ("local", "remote"))
            found[end["inode"] if local in ("", "0") and "inode" in end else (local, remote)].append((end["out"], end["in"]))
        wrong, lacking = [], []
        for name, transport, side, port, peer, inode, out, received in self.truth:
            counts = found[inode if transport == "unix" else (port, peer)]
            truth = int(out), int(received)
            if counts != [truth]:
                fewer = len(counts) <= 1 and all(c[0] <= truth[0] and c[1] <= truth[1] for c in counts)
                (lacking if fewer else wrong).append(
                    f"{name}/{transport}/{side} moved {out} out and {received} in, the recording has {counts or 'nothing'}")
        if wrong:
            raise Failure(f"{len(wrong)} of {len(self.truth)} ends: " + "; ".join(wrong[:8]))
        if lacking:
            missing(f"{len(lacking)} of {len(self.truth)} ends: " + "; ".join(lacking[:8]))
