# SPDX-License-Identifier: Apache-2.0
"""Prints how many instructions the kernel's verifier went through for each program that l7trace loads here.

    instructions.py fentry,kprobe,syscall

The kernel counts them since 5.16; before it, that the programs were accepted is all that is printed. The limit is 1,000,000.
"""

import ctypes
import json
import pathlib
import platform
import re
import struct
import subprocess
import sys
import tempfile

import l7

BPF_PROG_GET_FD_BY_ID, BPF_OBJ_GET_INFO_BY_FD = 13, 15
BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}[platform.machine()]
LIMIT = 1_000_000


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = ctypes.CDLL(None, use_errno=True).syscall(BPF_SYSCALL, command, buffer, len(buffer))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return result


def program(identity):
    """Name and verified instructions (0: not counted) of a loaded program: struct bpf_prog_info of linux/bpf.h."""
    fd = bpf(BPF_PROG_GET_FD_BY_ID, struct.pack("<I", identity))
    info = ctypes.create_string_buffer(232)
    bpf(BPF_OBJ_GET_INFO_BY_FD, struct.pack("<IIQ", fd, len(info), ctypes.addressof(info)))
    name = info.raw[64:80].partition(b"\0")[0].decode()
    return name, struct.unpack_from("<I", info.raw, 216)[0]


def programs_of(pid):
    # The kernel keeps 15 characters of a name, bpftool finds the whole one in the program's BTF.
    names = {x["id"]: x.get("name", "") for x in json.loads(subprocess.run(["bpftool", "-j", "prog", "show"], capture_output=True, check=True).stdout)}
    found = {}
    for path in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            text = path.read_text()
        except FileNotFoundError:
            continue  # a file of the tracer's that it has closed meanwhile
        match = re.search(r"^prog_id:\s*(\d+)", text, re.MULTILINE)
        if match:
            identity = int(match.group(1))
            name, count = program(identity)
            found[identity] = names.get(identity) or name, count
    return sorted(found.values(), key=lambda x: (-x[1], x[0]))


def main(backends):
    failed = False
    for number, backend in enumerate(backends.split(",")):
        print(f"{platform.release()}, {backend}:")
        try:
            tracer = l7.Tracer(pathlib.Path(tempfile.mkdtemp()) / str(number), 1, backend, "watch")
        except l7.Failure as failure:
            print(f"  not loaded: {failure}")
            failed = True
            continue
        for name, count in programs_of(tracer.process.pid):
            print(f"  {name:28} " + (f"{count:9,} of {LIMIT:,}, {100 * count / LIMIT:.1f} %" if count else "accepted (this kernel does not count)"))
        tracer.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
