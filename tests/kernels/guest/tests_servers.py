# SPDX-License-Identifier: Apache-2.0
"""Tests against the logs of real servers: MariaDB, nginx, TLS, Unix sockets."""

import collections
import pathlib
import re
import subprocess

from l7 import Failure, Tracer, brief, may_miss, missing, must_be_complete, same


def run(*arguments, **options):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, **options)
    if result.returncode:
        raise RuntimeError(f"{arguments[0]} ended with code {result.returncode}: {result.stderr.strip()[-400:]}")
    return result.stdout


def fetch(base, server, count, *options):
    """GETs of every file, so often each, over two connections: a guest needs a second to start a curl."""
    for part in (server.SIZES[::2], server.SIZES[1::2]):
        run("curl", "-sS", *options, *(x for size in part for x in ("-o", "/dev/null", f"{base}/{size}?n=[1-{count}]")))


# The general log's name of a command, and the record's.
COMMANDS = {"Query": "COM_QUERY", "Prepare": "COM_STMT_PREPARE", "Execute": "COM_STMT_EXECUTE", "Quit": "COM_QUIT", "Connect": "Connect"}


def rows_of(n):
    return n * 7919 % 97


def compare_with_general_log(entries, exchanges):
    """Each statement of the log once, on its connection; the log writes an execution with its values."""
    def shape(connection, command, text):
        # The connection's number stands in its greeting.
        return (None if may_miss() else connection, command, text if command in ("Query", "Prepare") else "")
    same([shape(*e) for e in entries if e[1] in ("Query", "Prepare", "Execute", "Connect")],
         [shape(x.get("mysql.connection_id"), name, x.get("db.query.text"))
          for x in exchanges for name, command in COMMANDS.items() if x.get("mysql.command") == command and name != "Quit"],
         "statements, against the general log")


class MariaDbLog:
    """The C library: text, several results, prepared statements, cursors; each number has its own count of rows."""
    name, title = "mariadb", "MariaDB, general log"
    count = 150

    def run(self, context):
        server = context.mariadb
        self.since = server.log_size()
        run(context.program("mysql_numbers"), str(server.port), "t", "p", "l7", str(self.count), "4")
        self.entries = server.entries(self.since)

    def check(self, context, trace):
        exchanges = trace.of_servers([context.mariadb.port])
        must_be_complete(exchanges)
        # The log has an entry for each statement of a text of several; the protocol has one command for both.
        entries, first = [], {}
        for connection, command, text in self.entries:
            if command == "Query" and connection in first and "/* n=" not in text and text.startswith("SELECT v FROM hundred"):
                entries[first[connection]] = (connection, command, f"{entries[first[connection]][2]}; {text}")
                continue
            entries.append((connection, command, text))
            if command == "Query":
                first[connection] = len(entries) - 1
        compare_with_general_log(entries, exchanges)
        seen = collections.Counter()
        for x in exchanges:
            match = re.search(r"/\* n=(\d+)( between)? \*/", x.get("db.query.text", ""))
            if not match or x["mysql.command"] not in ("COM_QUERY", "COM_STMT_EXECUTE"):
                continue
            n = int(match.group(1))
            wanted = 96 - rows_of(n) if match.group(2) else rows_of(n)
            seen[n] += 1
            if x.get("db.response.returned_rows") != wanted:
                raise Failure(f"number {n} has {wanted} rows: {brief(x)}")
        if set(seen) != set(range(1, self.count + 1)):
            missing(f"{self.count} numbers, {len(seen)} seen")


class MariaDbWithoutRoot(MariaDbLog):
    """The same, traced by nobody with the four capabilities that the documentation names."""
    name, title = "no-root", "MariaDB, general log, without root"
    alone = True  # it makes the trace itself
    may_lose = "missed_returns", (
        "who may not write to tracefs has kretprobes with a place or two per processor, and calls that find none are counted "
        "(loss.missed_returns): all that is shown is right, but not all is shown; `fentry`, which is taken first, loses nothing")
    CAPABILITIES = ",".join(f"+{x}" for x in ("bpf", "perfmon", "sys_ptrace", "dac_read_search"))

    def run(self, context):
        # Debian's 3 leaves kprobes to CAP_SYS_ADMIN before 6.6.
        pathlib.Path("/proc/sys/kernel/perf_event_paranoid").write_text("2")
        tracer = Tracer(context.folder / self.name, context.mariadb.process.pid, context.backend, "watch", [],
                        ["prlimit", "--memlock=unlimited",  # of use before 5.11
                         "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", f"--inh-caps={self.CAPABILITIES}",
                         f"--ambient-caps={self.CAPABILITIES}", f"--bounding-set=-all,{self.CAPABILITIES}", "--no-new-privs"])
        super().run(context)
        self.trace = tracer.stop()


def compare_with_access_log(entries, exchanges):
    same([(e[1], e[2], e[3], e[4], e[5]) for e in entries],
         [(str(x.get("client.port", "")), x.get("http.request.method"),
           x.get("url.path", "") + ("?" + x["url.query"] if "url.query" in x else ""),
           str(x.get("http.response.status_code")), str(x.get("http.response.body.size"))) for x in exchanges],
         "requests, against the access log")


class NginxLog:
    """curl, one connection after the other and kept alive, with and without a body."""
    name, title = "nginx", "nginx, access log"

    def run(self, context):
        server = context.nginx
        since = server.log_lines()
        fetch(f"http://127.0.0.1:{server.port}", server, 20)
        run("curl", "-sS", "-o", "/dev/null", "-d", "x" * 3000, f"http://127.0.0.1:{server.port}/post?n=[1-10]")
        run("curl", "-sS", "-o", "/dev/null", f"http://127.0.0.1:{server.port}/nothing?n=[1-10]")
        self.entries = server.entries(since, 20 * len(server.SIZES) + 20)

    def check(self, context, trace):
        exchanges = [x for x in trace.of_servers([context.nginx.port]) if not x.get("url.path", "").startswith("/uring/")]
        must_be_complete(exchanges)
        compare_with_access_log(self.entries, exchanges)


class TlsCurl:
    """Two OpenSSL programs: curl and nginx."""
    name, title = "tls", "TLS, curl to nginx"

    def run(self, context):
        server = context.nginx
        since = server.log_lines()
        fetch(f"https://127.0.0.1:{server.tls_port}", server, 8, "--cacert", str(server.certificate))
        self.entries = server.entries(since, 8 * len(server.SIZES))

    def check(self, context, trace):
        exchanges = [x for x in trace.of_servers([context.nginx.tls_port]) if x.get("url.query", "").startswith("n=")]
        must_be_complete(exchanges)
        compare_with_access_log(self.entries, exchanges)
        if not all(x["tls"] for x in exchanges):
            raise Failure("not all of them are marked as TLS")


class TlsDotNet:
    """.NET's HttpClient (SslStream), built by the host as one native file."""
    name, title = "dotnet", "TLS, .NET to nginx"
    count = 30

    def run(self, context):
        server = context.nginx
        since = server.log_lines()
        run(context.program("tls_get"), f"https://127.0.0.1:{server.tls_port}", str(self.count), str(server.certificate))
        self.entries = server.entries(since, self.count)

    def check(self, context, trace):
        exchanges = [x for x in trace.of_servers([context.nginx.tls_port]) if x.get("url.query", "").startswith("dotnet=")]
        must_be_complete(exchanges)
        compare_with_access_log(self.entries, exchanges)


class UnixSockets:
    """MariaDB's own client over its socket, and curl with nginx."""
    name, title = "unix", "Unix sockets, MariaDB and nginx"

    def run(self, context):
        maria, web = context.mariadb, context.nginx
        self.log = maria.log_size()
        since = web.log_lines()
        statements = [f"SELECT {n}, REPEAT('u', {n * 37 % 3000})" for n in range(1, 61)]
        run("mariadb", "--no-defaults", "-S", maria.socket, "-uroot", "-N", "-e", "; ".join(statements))
        self.entries = maria.entries(self.log)
        fetch("http://localhost", web, 10, "--unix-socket", web.socket)
        self.requests = web.entries(since, 10 * len(web.SIZES))

    def check(self, context, trace):
        for server, entries, compare in ((context.mariadb, self.entries, compare_with_general_log), (context.nginx, self.requests, compare_with_access_log)):
            exchanges = trace.of_paths(server.socket)
            must_be_complete(exchanges)
            compare(entries, exchanges)
