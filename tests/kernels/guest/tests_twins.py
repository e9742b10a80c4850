# SPDX-License-Identifier: Apache-2.0
"""A function of the kernel that other tracers have taken all places of."""

import contextlib
import ctypes
import errno
import os
import resource
import struct
import subprocess

from instructions import bpf
from l7 import Failure, Tracer
from tests_servers import NginxLog

BPF_PROG_LOAD, BPF_RAW_TRACEPOINT_OPEN = 5, 17
TRACING, FENTRY = 26, 24
MOST = 64  # the kernel lets 38 or so be attached to a function (BPF_MAX_TRAMP_LINKS)


def id_of(function):
    """The kernel's type id of a function."""
    found = subprocess.run(f"bpftool btf dump file /sys/kernel/btf/vmlinux | grep -m 1 \"FUNC '{function}' \"",
                           shell=True, capture_output=True, text=True).stdout
    return int(found.partition("]")[0].lstrip("["))


@contextlib.contextmanager
def crowded(function):
    """Meanwhile as many programs that do nothing are attached to the function as the kernel lets be."""
    number, files = id_of(function), []
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))  # of use before 5.11
    code = struct.pack("<QQ", 0xb7, 0x95)  # r0 = 0; exit
    with contextlib.ExitStack() as stack:
        code_at, license_at = (stack.enter_context(memory(x)) for x in (code, b"GPL\0"))
        try:
            for _ in range(MOST):
                attributes = struct.pack("<IIQQIIQII16sII", TRACING, len(code) // 8, code_at, license_at, 0, 0, 0, 0, 0, b"crowd", 0, FENTRY)
                files.append(bpf(BPF_PROG_LOAD, attributes.ljust(108, b"\0") + struct.pack("<I", number)))
                files.append(bpf(BPF_RAW_TRACEPOINT_OPEN, struct.pack("<QI", 0, files[-1])))
            raise RuntimeError(f"{MOST} programs were attached to {function}, and there is room for more")
        except OSError as error:
            if error.errno not in (errno.E2BIG, errno.EBUSY) or len(files) < 2:
                raise
            yield
        finally:
            for file in files:
                os.close(file)


@contextlib.contextmanager
def memory(data):
    buffer = ctypes.create_string_buffer(data, len(data))
    yield ctypes.addressof(buffer)


class Crowded(NginxLog):
    """Fentry can't have one of the functions: a kprobe takes it, and the others stay as they are."""
    name, title = "crowded", "nginx, where fentry can't have a function"
    alone = True

    def run(self, context):
        with crowded("inet_recvmsg"):
            tracer = Tracer(context.folder / self.name, os.getpid(), context.backend, "watch", ["--capture-limit", "256KiB"])
            super().run(context)
            self.trace = tracer.stop()

    def check(self, context, trace):
        super().check(context, trace)
        if context.backend == "fentry" and "by kprobes, as fentry can't have them: inet_recvmsg" not in trace.said:
            raise Failure("it is not said that inet_recvmsg was taken by a kprobe")
