# SPDX-License-Identifier: Apache-2.0
"""resets.py: behind a line on standard input, a server and its client in one process let an answer break off in each way that
there is, one connection each. The path of the request is the way; what the kernel tells the other side is printed with it."""
import socket
import struct
import sys
import threading

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"


def reset(end):
    """The next close sends an RST instead of a FIN."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def read_all(end):
    """What comes up to the end or the error, of which the socket has told then."""
    told = "end"
    try:
        while end.recv(65536):
            pass
    except OSError as error:
        told = type(error).__name__
    end.close()
    return told


def run(way, serve, ask):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    client.sendall(b"GET /" + way.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    print(way, ask(client), flush=True)
    thread.join()


def half_then(end_of_it):
    def serve(server):
        server.recv(65536)
        server.sendall(HALF)
        end_of_it(server)
    return serve


def reset_by_client(client):
    client.recv(65536)
    reset(client)
    return "reset"


def asleep_until_reset(client):
    client.recv(65536)
    more.set()
    ended.wait()
    client.close()  # without another look at it
    return "closed"


def reset_when_told(server):
    more.wait()
    reset(server)
    ended.set()


def ask_more(client):
    client.recv(65536)
    client.sendall(b"GET /more HTTP/1.1\r\nHost: a\r\n\r\n")
    asked.set()
    return read_all(client)


def leave_unread(server):
    server.recv(65536)
    server.sendall(HALF)
    asked.wait()
    server.close()


def fin_then_read(client):
    client.shutdown(socket.SHUT_WR)
    return read_all(client)


def reset_behind_fin(server):
    while server.recv(65536):
        pass
    server.sendall(HALF)
    reset(server)


more, asked, ended = threading.Event(), threading.Event(), threading.Event()
sys.stdin.readline()
run("linger", half_then(reset), read_all)
run("asleep", half_then(reset_when_told), asleep_until_reset)
run("unread", leave_unread, ask_more)
run("client", half_then(read_all), reset_by_client)
run("behind-fin", reset_behind_fin, fin_then_read)
run("in-order", half_then(lambda server: server.close()), read_all)
run("shut-down", half_then(lambda server: (server.shutdown(socket.SHUT_RDWR), server.close())), read_all)
