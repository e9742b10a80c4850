# SPDX-License-Identifier: Apache-2.0
"""The tracer as a black box: started and ended, its exchanges, its losses, and the recording that it wrote."""

import collections
import contextlib
import copy
import json
import pathlib
import re
import signal
import struct
import subprocess
import time

BINARY = "l7trace"


class Failure(Exception):
    """What was seen is not what happened."""


class Explained(Exception):
    """This kernel can't have it, and the tracer is right not to show it: the reason is the cell of the table."""


_may_miss = False


@contextlib.contextmanager
def missing_allowed():
    global _may_miss
    _may_miss = True
    try:
        yield
    finally:
        _may_miss = False


def may_miss():
    """True while it is asked whether what is shown is right, and not whether all is shown."""
    return _may_miss


def missing(reason):
    """Something that happened is not shown, or not whole."""
    if not _may_miss:
        raise Failure(reason)


def help_of(verb):
    return subprocess.run([BINARY, verb, "--help"], capture_output=True, text=True, check=True).stdout


class Tracer:
    """`l7trace record` or `watch` of the given process and all that it starts from now on. `before`: a command that runs it."""

    def __init__(self, folder, pid, backend, verb="record", options=(), before=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.recording = self.folder / "trace.pcapng"
        arguments = [BINARY, verb, "-v", "-o", "jsonl", "--show-secrets", "--pid", str(pid), *options]
        if verb == "record":
            arguments += ["-w", str(self.recording)]
        if "--backend" in help_of(verb):
            arguments += ["--backend", backend]
        elif backend != "syscall":
            raise Failure(f"this l7trace has no --backend {backend}")
        self.errors = self.folder / "errors"
        with open(self.folder / "trace.jsonl", "wb") as out, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([*before, *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        begin = time.monotonic()
        while "l7trace: tracing " not in self.said():
            if self.process.poll() is not None:
                raise Failure(f"l7trace --backend {backend} ended with code {self.process.returncode}: {self.complaint()}")
            if time.monotonic() - begin > 240:
                self.process.kill()
                self.process.wait()
                raise Failure(f"l7trace --backend {backend} was not attached after 240 s: {self.complaint()}")
            time.sleep(0.1)
        self.load_seconds = time.monotonic() - begin

    def said(self):
        return self.errors.read_text(errors="replace")

    def complaint(self):
        """The last thing that it said by itself, in one line."""
        lines = [x for x in self.said().splitlines() if x.startswith("l7trace: ") and not x.startswith("l7trace: libbpf:")]
        return lines[-1][9:] if lines else "it said nothing"

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it in order; returns its Trace."""
        if self.process.poll() is None:
            self.signal(signal.SIGINT)
        try:
            code = self.process.wait(timeout=180)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure("l7trace did not end within 180 s of SIGINT")
        if code != 0:
            raise Failure(f"l7trace ended with code {code}: {self.complaint()}")
        return Trace(self)


class Trace:
    """What the tracer wrote."""

    def __init__(self, tracer):
        self.said = tracer.said()
        self.recording = tracer.recording
        self.exchanges = []
        self.losses = collections.Counter()
        for line in (tracer.folder / "trace.jsonl").read_text().splitlines():
            record = json.loads(line)
            if record["type"] == "exchange":
                self.exchanges.append(record)
            elif record["type"] == "summary":
                self.losses = collections.Counter({k[5:]: v for k, v in record.items() if k.startswith("loss.")})

    def of_complete(self, role):
        """What was seen at one end, without what it says itself that it is not whole. Of both ends an exchange is shown twice where something
        was missed at one of them, so that its place there is not known."""
        trace = copy.copy(self)
        trace.exchanges = [x for x in self.exchanges if x["role"] == role and (x["state"] == "one_way" or is_complete(x))]
        return trace

    def lost(self):
        """The lines on stderr that say what was lost."""
        return [x for x in self.said.splitlines() if x.startswith("l7trace: lost: ")]

    def of_servers(self, ports):
        """Exchanges with servers on these ports. (A client's port says nothing: the kernel gives a freed one to anybody.)"""
        ports = set(ports)
        return [x for x in self.exchanges if x.get("server.port") in ports]

    def of_pairs(self, pairs):
        """Exchanges between these ports, (client's, server's)."""
        return [x for x in self.exchanges if (x.get("client.port"), x.get("server.port")) in pairs]

    def of_paths(self, prefix):
        """Exchanges on Unix sockets whose listener's path begins so."""
        return [x for x in self.exchanges if x.get("network.transport") == "unix" and x.get("server.address", "").startswith(prefix)]


def is_complete(exchange):
    return exchange["state"] == "done" and exchange["completeness"] == "complete"


def must_be_complete(exchanges):
    for x in exchanges:
        if x["state"] != "one_way" and not is_complete(x):
            missing(f"not complete: {brief(x)}")


def raise_failure(reason):
    raise Failure(reason)


def brief(exchange):
    keys = ["state", "completeness", "role", "peer.proof", "tls", "client.port", "server.address", "server.port", "mysql.command",
            "db.query.text", "db.response.returned_rows", "http.request.method", "url.path", "url.query", "http.response.status_code",
            "http.request.body.size", "http.response.body.size"]
    return json.dumps({k: exchange[k] for k in keys if k in exchange})


def same(expected, found, what):
    """Both have the same elements, each as often."""
    expected, found = collections.Counter(expected), collections.Counter(found)
    fewer, more = expected - found, found - expected
    if fewer or more:
        (raise_failure if more else missing)(
            f"{what}: {sum(expected.values())} expected; {sum(fewer.values())} missing {list(fewer)[:3]}, "
            f"{sum(more.values())} too many {list(more)[:3]}")


def read_recording(path):
    """Ends of connections in a recording: a list of dicts as of the line `connection`, with what was moved: out, in."""
    ends = {}
    for comment in comments(pathlib.Path(path).read_bytes()):
        for line in comment.splitlines():
            match = re.match(r"l7trace (connection|call) (.*)", line)
            if not match:
                continue
            fields = dict(part.partition("=")[::2] for part in match.group(2).split())
            if match.group(1) == "connection":
                ends.setdefault(fields["id"], {"out": 0, "in": 0, "calls": {"out": [], "in": []}}).update(fields)
            else:
                end = ends.setdefault(fields["id"], {"out": 0, "in": 0, "calls": {"out": [], "in": []}})
                size = int(fields.get("bytes", 0))
                end[fields["dir"]] += size
                end["calls"][fields["dir"]].append((int(fields.get("offset", 0)), size, fields.get("flags", "")))
    return list(ends.values())


def comments(data):
    """The comments of packets in a pcapng file (little endian, as l7trace writes it)."""
    place = 0
    while place + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, place)
        if kind == 6:
            captured = struct.unpack_from("<I", data, place + 20)[0]
            option, end = place + 28 + (captured + 3) // 4 * 4, place + size - 4
            while option + 4 <= end:
                code, length = struct.unpack_from("<HH", data, option)
                if code == 0:
                    break
                if code == 1:
                    yield data[option + 4:option + 4 + length].decode("ascii", "replace")
                option += 4 + (length + 3) // 4 * 4
        place += size
