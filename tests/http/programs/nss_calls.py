# SPDX-License-Identifier: Apache-2.0
"""NSS and NSPR by ctypes, a function of theirs at a time: nss_calls.py TLS_PORT PLAIN_PORT FOLDER (see README.md). It says `ready` when its
first connection is open and has been used, and goes on when it gets a line."""

import ctypes
import os
import socket
import struct
import sys

NO_TIMEOUT = ctypes.c_uint32(0xFFFFFFFF)
NO_WAIT = ctypes.c_uint32(0)
PEEK = 2
SECURITY = 1
RDONLY, WRONLY, CREATE = 1, 2, 8

pointer, number = ctypes.c_void_p, ctypes.c_int


def library(name, **functions):
    loaded = ctypes.CDLL(name, use_errno=True)
    for function, (result, *arguments) in functions.items():
        getattr(loaded, function).restype = result
        getattr(loaded, function).argtypes = arguments
    return loaded


Hook = ctypes.CFUNCTYPE(number, pointer, pointer, number, number)
nspr = library(
    "libnspr4.so", PR_ImportTCPSocket=(pointer, number), PR_Close=(number, pointer),
    PR_Read=(number, pointer, pointer, number), PR_Write=(number, pointer, ctypes.c_char_p, number),
    PR_Recv=(number, pointer, pointer, number, number, ctypes.c_uint32), PR_Send=(number, pointer, ctypes.c_char_p, number, number, ctypes.c_uint32),
    PR_Writev=(number, pointer, pointer, number, ctypes.c_uint32), PR_Open=(pointer, ctypes.c_char_p, number, number),
    PR_TransmitFile=(number, pointer, pointer, ctypes.c_char_p, number, number, ctypes.c_uint32), PR_GetError=(number,))
nss = library("libnss3.so", NSS_NoDB_Init=(number, ctypes.c_char_p))
ssl = library(
    "libssl3.so", SSL_ImportFD=(pointer, pointer, pointer), SSL_OptionSet=(number, pointer, number, number), SSL_ForceHandshake=(number, pointer),
    SSL_ResetHandshake=(number, pointer, number), NSS_SetDomesticPolicy=(number,),
    SSL_AuthCertificateHook=(number, pointer, Hook, pointer), SSL_SetURL=(number, pointer, ctypes.c_char_p))
trust = Hook(lambda *_: 0)


class Connection:
    def __init__(self, port, kind):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.kind = kind
        self.local = self.socket.getsockname()[1]
        self.socket.setblocking(False)  # as NSPR wants it
        self.descriptor = nspr.PR_ImportTCPSocket(self.socket.detach())
        if kind != "plain":
            self.descriptor = check(ssl.SSL_ImportFD(None, self.descriptor))
            check(ssl.SSL_AuthCertificateHook(self.descriptor, trust, None) + 1)
            check(ssl.SSL_SetURL(self.descriptor, b"127.0.0.1") + 1)
        if kind == "off":
            check(ssl.SSL_OptionSet(self.descriptor, SECURITY, 0) + 1)
            self.kind = "plain"
        elif kind == "tls":
            check(ssl.SSL_ResetHandshake(self.descriptor, 0) + 1)  # as a client, though it did not connect itself

    def say(self, method, path):
        print(self.kind, self.local, method, path, flush=True)

    def get(self, path):
        self.say("GET", path)
        return f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    def write(self, data):
        assert nspr.PR_Write(self.descriptor, data, len(data)) == len(data)

    def answer(self, read=None):
        """Reads a response with its Content-Length."""
        read = read or self.read
        data = b""
        while b"\r\n\r\n" not in data:
            data += read(4096)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")).split(b":")[1])
        while len(body) < length:
            body += read(4096)
        assert head.startswith(b"HTTP/1.1 200"), head
        return body

    def read(self, size):
        buffer = ctypes.create_string_buffer(size)
        length = check(nspr.PR_Read(self.descriptor, buffer, size))
        return buffer.raw[:length]

    def peek_and_receive(self, size):
        """What is peeked at comes again; with no time to wait a call fails where nothing is there."""
        buffer = ctypes.create_string_buffer(size)
        peeked = check(nspr.PR_Recv(self.descriptor, buffer, size, PEEK, NO_TIMEOUT))
        first = buffer.raw[:peeked]
        received = check(nspr.PR_Recv(self.descriptor, buffer, size, 0, NO_TIMEOUT))
        assert buffer.raw[:min(peeked, received)] == first[:received]
        return buffer.raw[:received]

    def close(self):
        assert nspr.PR_Close(self.descriptor) == 0


def check(result):
    if result is None or result <= 0:
        sys.exit(f"failed with {result}: {nspr.PR_GetError()}")
    return result


def vectors(*parts):
    """An array of PRIOVec: a pointer and an int."""
    buffers = [ctypes.create_string_buffer(part, len(part)) for part in parts]
    packed = b"".join(struct.pack("Pi4x", ctypes.addressof(buffer), len(part)) for buffer, part in zip(buffers, parts))
    return ctypes.create_string_buffer(packed, len(packed)), buffers


def calls(tls_port, plain_port, folder):
    connection = Connection(tls_port, "tls")
    check(ssl.SSL_ForceHandshake(connection.descriptor) + 1)
    buffer = ctypes.create_string_buffer(100)
    assert nspr.PR_Recv(connection.descriptor, buffer, 100, 0, NO_WAIT) == -1  # nothing is there
    connection.write(connection.get("/a/read"))
    connection.answer()
    request = connection.get("/a/peek")
    assert nspr.PR_Send(connection.descriptor, request, len(request), 0, NO_TIMEOUT) == len(request)
    connection.answer(connection.peek_and_receive)
    connection.say("POST", "/a/vectors")
    array, _keep = vectors(b"POST /a/vectors HTTP/1.1\r\n", b"", b"Host: a\r\nContent-Length: 40000\r\n\r\n", b"v" * 30000, b"w" * 10000)
    assert nspr.PR_Writev(connection.descriptor, array, 5, NO_TIMEOUT) > 40000
    connection.answer()
    name = os.path.join(folder, "sent").encode()
    with open(name, "wb") as file:
        file.write(b"f" * 50000)
    source = check(nspr.PR_Open(name, RDONLY, 0))
    head = b"POST /a/file HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n"
    connection.say("POST", "/a/file")
    assert nspr.PR_TransmitFile(connection.descriptor, source, head, len(head), 0, NO_TIMEOUT) == 50000 + len(head)
    connection.answer()
    nspr.PR_Close(source)
    connection.close()

    # malloc hands out again what one of these was: for the next one, for a file, for a socket in the clear. Many files at once, so that
    # it runs out of other memory of that size that was freed before.
    were = set()
    text = b"GET /never/file HTTP/1.1\r\nHost: a\r\n\r\n"
    name = os.path.join(folder, "file").encode()
    reused = 0
    for i in range(6):
        connection = Connection(tls_port, "tls")
        were.add(connection.descriptor)
        connection.write(connection.get(f"/again/{i}"))
        connection.answer()
        connection.close()
        files = [check(nspr.PR_Open(name, WRONLY | CREATE, 0o600)) for _ in range(100)]
        for file in files:
            assert nspr.PR_Write(file, text, len(text)) == len(text)
            reused += file in were
        for file in files:
            nspr.PR_Close(file)
    print("reused", reused, flush=True)
    for kind, path in (("plain", "/b/plain"), ("off", "/b/off")):
        connection = Connection(plain_port, kind)
        connection.write(connection.get(path))
        connection.answer()
        connection.write(connection.get(path + "/2"))
        connection.answer(connection.peek_and_receive)
        connection.close()


def past(port):
    """By the functions of the descriptor's own table, the third and the fourth of struct PRIOMethods."""
    connection = Connection(port, "tls")
    methods = ctypes.cast(ctypes.cast(connection.descriptor, ctypes.POINTER(pointer))[0], ctypes.POINTER(pointer))
    read = ctypes.CFUNCTYPE(number, pointer, pointer, number)(methods[2])
    write = ctypes.CFUNCTYPE(number, pointer, ctypes.c_char_p, number)(methods[3])

    def receive(size):
        buffer = ctypes.create_string_buffer(size)
        length = check(read(connection.descriptor, buffer, size))
        return buffer.raw[:length]

    request = connection.get("/past")
    assert write(connection.descriptor, request, len(request)) == len(request)
    connection.answer(receive)
    connection.close()


def main():
    tls_port, plain_port, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    check(nss.NSS_NoDB_Init(None) + 1)
    check(ssl.NSS_SetDomesticPolicy() + 1)
    old = Connection(tls_port, "tls")
    old.write(old.get("/old/before"))
    old.answer()
    print("ready", flush=True)
    sys.stdin.readline()
    if not folder:
        past(tls_port)
        return
    calls(tls_port, plain_port, folder)
    for i in range(3):
        old.write(old.get(f"/old/{i}"))
        old.answer()
    old.close()


main()
