# SPDX-License-Identifier: Apache-2.0
"""What the live benchmarks share: programs compiled at run time, tracers that are started and stopped, servers, medians."""
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "bench" / "live"
BUILT = ROOT / "artifacts" / "bench" / "live"
L7TRACE = os.environ.get("L7TRACE", str(ROOT / "bin" / "l7trace"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
# The tracer on the first processor, what is measured on the last, where there are two.
PROCESSORS = os.cpu_count() or 1
TRACER_CPU, LOAD_CPU = "0", str(PROCESSORS - 1)


def fail(text):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {text}")


def run(*command, **options):
    done = subprocess.run([str(x) for x in command], capture_output=True, text=True, **options)
    if done.returncode:
        fail(f"{' '.join(str(x) for x in command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def build(name, *libraries):
    """A C program of this folder, compiled if it is newer than what stands there."""
    BUILT.mkdir(parents=True, exist_ok=True)
    source, program = HERE / f"{name}.c", BUILT / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        new = f"{program}.{os.getpid()}"
        run("cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", source, "-o", new, *(f"-l{x}" for x in libraries))
        os.replace(new, program)
    return str(program)


def build_bpf(name):
    """A BPF object of this folder, compiled as the kernel side is."""
    BUILT.mkdir(parents=True, exist_ok=True)
    source, built = HERE / f"{name}.bpf.c", BUILT / f"{name}.bpf.o"
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        said = subprocess.run(["clang", "-v", "-E", "-"], stdin=subprocess.DEVNULL, capture_output=True, text=True).stderr
        listed = said.split("<...> search starts here:")[1].split("End of search list.")[0].split()
        machine = {"x86_64": "x86", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        new = f"{built}.{os.getpid()}"
        run("clang", "-target", "bpf", "-mcpu=v2", "-O2", "-g", "-Wall", "-Wno-unused-parameter", f"-D__TARGET_ARCH_{machine}",
            *(y for x in listed for y in ("-idirafter", x)), "-c", source, "-o", new)
        os.replace(new, built)
    return str(built)


def on(processor, *command):
    """The command bound to a processor, where there are two."""
    return ["taskset", "-c", processor, *command] if PROCESSORS > 1 and shutil.which("taskset") else list(command)


class Child:
    """A process that was started here and is ended by its own id."""

    def __init__(self, command, says=None, errors=False, **options):
        self.errors_file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(x) for x in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors_file, text=True, bufsize=1, **options)
        self.pid = self.process.pid
        if says and not errors and not self.process.stdout.readline().startswith(says):
            fail(f"{command[0]} did not say that it is ready:\n{self.errors()}")
        if says and errors:
            self.wait_for(lambda: says in self.errors(), says)

    def wait_for(self, condition, what, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or self.process.poll() is not None:
                fail(f"{what} did not come from {self.process.args[0]}:\n{self.errors()}")
            time.sleep(0.005)

    def errors(self):
        self.errors_file.seek(0)
        return self.errors_file.read()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stop(self, number=signal.SIGINT, seconds=30):
        """Its output and its CPU seconds."""
        self.process.stdin.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        output = self.process.stdout.read()
        before = os.times()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            fail(f"{self.process.args[0]} did not end in {seconds} s")
        after = os.times()
        self.cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return output


class Tracer(Child):
    """l7trace, attached."""

    def __init__(self, *options, verb="watch", output="none", processor=None):
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "out.jsonl")
        command = [L7TRACE, verb, "-v", *options]
        if verb == "watch":
            command += ["-o", output] + (["-w", self.file] if output == "jsonl" else [])
        super().__init__(on(processor, *command) if processor else command, says="l7trace: tracing ", errors=True)

    def stop(self, number=signal.SIGINT, seconds=30):
        """What it says at the end: (exchanges, the lines of what was lost)."""
        super().stop(number, seconds)
        said = self.errors()
        self.folder.cleanup()
        exchanges = [x for x in said.splitlines() if " exchange" in x and " connection" in x]
        count = int(exchanges[-1].split("exchange")[0].split()[-1].replace(",", "")) if exchanges else -1
        return count, [x.split("lost: ", 1)[1] for x in said.splitlines() if "lost: " in x]


def cpu_of(pid):
    """CPU seconds that a process has taken so far, all threads, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(x) for x in file.read().split()]


def memory_of(pid, field="VmRSS"):
    """Kilobytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))


def spread(values, form="{:.0f}"):
    """Median (least to most)."""
    values = [x for x in values if x is not None]
    if not values:
        return "-"
    return f"{form.format(statistics.median(values))} ({form.format(min(values))} to {form.format(max(values))})"


def table(columns, rows):
    """A table of Markdown."""
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(x) for x in row) + " |")
    print(flush=True)


def progress(text):
    print(f"    {text}", file=sys.stderr, flush=True)
