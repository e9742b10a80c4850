# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the kernel matrix on the machine that it runs on: for each backend one trace, in which all tests do
their traffic, and then what each expects of it.

    main.py --backends fentry,kprobe,syscall --programs FOLDER [--tests mariadb,nginx,...]

Prints for each test a line to read, and behind an @ one for table.py: backend, test, title, outcome (pass, FAIL, explained), reason. They
come as they are known, so that a machine that is ended has told what it did.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

import l7
import servers
import tests_programs
import tests_servers
import tests_twins

TESTS = [tests_servers.MariaDbLog, tests_servers.NginxLog, tests_servers.TlsCurl, tests_servers.TlsDotNet, tests_programs.KernelTls,
         tests_programs.UringEcho, tests_programs.UringClient, tests_servers.UnixSockets, tests_programs.ShortConnections,
         tests_programs.Multipath, tests_programs.SockMap, tests_programs.Overload,
         tests_programs.ByteCounts, tests_servers.MariaDbWithoutRoot, tests_twins.Crowded]


class Context:
    def __init__(self, folder, programs):
        self.folder = folder
        self.programs = pathlib.Path(programs)
        self.backend = None
        self.mariadb = self.nginx = None
        self.uring_bytes = 0

    def program(self, name):
        return str(self.programs / name)

    @staticmethod
    def has_socket_tracepoints():
        return any(pathlib.Path(x, "events/sock/sock_send_length").exists() for x in ("/sys/kernel/tracing", "/sys/kernel/debug/tracing"))


def attempt(action):
    """(outcome, reason) of a step of a test."""
    try:
        action()
        return "pass", ""
    except l7.Explained as explained:
        return "explained", str(explained)
    except l7.Failure as failure:
        return "FAIL", str(failure)
    except Exception as error:  # a step that can't even be done is a failure like any other
        return "FAIL", f"{type(error).__name__}: {error} ({traceback.extract_tb(error.__traceback__)[-1].name})"


SKIPPED = ("the kernel preempts tasks inside of a program and skips the program's runs meanwhile, which are counted (loss.skipped_runs): "
           "all that is shown is right, but not all is shown; `kprobe`, which is taken first on such a kernel, loses nothing")


def check(test, context, trace):
    """What comes of a test. Where the trace has counted what the kernel did not let it see, all that is shown must still be right."""
    outcome, reason = attempt(lambda: test.check(context, trace))
    loss, why = ("skipped_runs", SKIPPED) if context.backend != "kprobe" else getattr(test, "may_lose", (None, None))
    if outcome == "FAIL" and trace.losses[loss]:
        with l7.missing_allowed():
            for role in ("client", "server", "unknown"):
                rest = attempt(lambda role=role: test.check(context, trace.of_complete(role)))
                if rest[0] != "pass":
                    return rest
        return "explained", why
    return outcome, reason


def run_backend(context, backend, tests, say):
    """Yields (test, outcome, reason)."""
    context.backend, context.uring_bytes = backend, 0
    context.folder = pathlib.Path(tempfile.mkdtemp(prefix="l7-"))
    results = {}
    together = [t for t in tests if not getattr(t, "alone", False)]
    tracer = trace = None

    def start():
        nonlocal tracer
        tracer = l7.Tracer(context.folder / "trace", os.getpid(), backend, "record", ["--ring-size", "64MiB", "--capture-limit", "256KiB"])

    def stop():
        nonlocal trace
        trace = tracer.stop()

    if together:
        outcome = attempt(start)
        if tracer is not None and outcome[0] == "pass":
            say(f"{backend}: attached after {tracer.load_seconds:.1f} s")
            for test in together:
                begin = time.monotonic()
                results[test] = attempt(lambda test=test: test.run(context))
                say(f"{backend}: {test.name}: traffic took {time.monotonic() - begin:.1f} s")
            outcome = attempt(stop)
        for test in together:
            if outcome[0] != "pass":
                results[test] = outcome
            elif results[test][0] == "pass":
                results[test] = check(test, context, trace)
        if trace is not None:
            for line in trace.lost():
                say(f"{backend}: {line}")
    for test in tests:
        if test not in together:
            begin = time.monotonic()
            results[test] = attempt(lambda test=test: test.run(context))
            if results[test][0] == "pass":
                results[test] = check(test, context, test.trace)
            say(f"{backend}: {test.name}: took {time.monotonic() - begin:.1f} s")
        yield test, *results[test]
    if os.environ.get("L7TRACE_KEEP") and trace is not None:
        shutil.copytree(context.folder, os.environ["L7TRACE_KEEP"] + "/" + backend, ignore=lambda _, names: [n for n in names if n.endswith(".journal")])
    shutil.rmtree(context.folder, ignore_errors=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--backends", default="fentry,kprobe,syscall")
    options.add_argument("--tests", default=",".join(t.name for t in TESTS))
    options.add_argument("--programs", required=True)
    arguments = options.parse_args()
    wanted = arguments.tests.split(",")
    unknown = set(wanted) - {t.name for t in TESTS}
    if unknown:
        sys.exit(f"no test {', '.join(sorted(unknown))}")

    def say(text):
        print(f"# {text}", flush=True)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="l7-servers-"))
    context = Context(None, arguments.programs)
    begin = time.monotonic()
    (folder / "mariadb").mkdir()
    failed = False
    try:
        context.nginx = servers.Nginx(folder / "nginx")
        context.mariadb = servers.MariaDb(folder / "mariadb")
        say(f"servers are up after {time.monotonic() - begin:.1f} s")
        for backend in arguments.backends.split(","):
            for test, outcome, reason in run_backend(context, backend, [t() for t in TESTS if t.name in wanted], say):
                failed = failed or outcome == "FAIL"
                print(f"{outcome}: {backend}: {test.title}{': ' + reason if reason else ''}")
                print("@" + json.dumps({"backend": backend, "test": test.name, "title": test.title, "outcome": outcome, "reason": reason}), flush=True)
    finally:
        for server in (context.mariadb, context.nginx):
            if server is not None:
                server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
