# SPDX-License-Identifier: Apache-2.0
"""Python's http.server and aiohttp as servers: python_server.py LIBRARY server 1.1 [CERT KEY] (see README.md)."""

import asyncio
import http.server
import json
import ssl
import sys
import threading
import urllib.parse

PIECE = 1000
lock = threading.Lock()


def say(entry):
    with lock:
        print(json.dumps(entry), flush=True)


def new_entry(method, uri, number, port):
    url = urllib.parse.urlsplit(uri)
    n = int(urllib.parse.parse_qs(url.query)["n"][0])
    entry = {"n": n, "method": method, "uri": uri, "status": None, "sent": 0, "received": 0, "number": number, "trailers": None, "port": port, "error": None}
    return entry, (url.path.split("/") + [""])[1:3]


def pieces(size):
    return [b"c" * min(PIECE, size - at) for at in range(0, size, PIECE)]


def simple(what, argument, entry):
    """Status, body and whether it has a length, of what is the same in both; None for the rest."""
    if what == "body":
        return 200, b"b" * int(argument)
    if what == "status":
        return int(argument), b"" if argument in ("204", "304") else f"status {argument}".encode()
    if what == "upload":
        return 200, f"{entry['received']} bytes".encode()
    return 404, b"nothing here"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def head(self, status, *headers):
        self.entry["status"] = status
        self.send_response(status)
        for name, value in (("X-Number", str(self.entry["n"])), *headers):
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def write(self, data, count):
        if self.command != "HEAD":
            self.wfile.write(data)
            self.entry["sent"] += count

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        received = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            received += len(self.rfile.read(size))
            self.rfile.readline()
        self.entry["trailers"] = {}
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(":")
            self.entry["trailers"][name] = value.strip()
        return received

    def handle_one(self):
        self.entry, (what, argument) = new_entry(self.command, self.path, self.headers.get("X-Number"), self.client_address[1])
        if what not in ("early", "slow"):
            self.entry["received"] = self.read_body()
        if what == "chunked":
            self.head(200, ("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum"))
            if self.command != "HEAD":
                for piece in pieces(int(argument)):
                    self.write(b"%x\r\n%s\r\n" % (len(piece), piece), len(piece))
                self.wfile.write(b"0\r\nX-Sum: %d\r\n\r\n" % self.entry["n"])
        elif what == "early":
            self.close_connection = True
            self.head(413, ("Content-Length", "8"))
            self.write(b"too much", 8)
        elif what == "slow":
            self.close_connection = True
            self.head(200, ("Content-Length", "200"))
            self.write(b"s" * 100, 100)
            self.rfile.read(1)  # the end of the connection
            self.entry["error"] = "aborted"
        else:
            status, body = simple(what, argument, self.entry)
            self.head(status, *((("Content-Length", str(len(body))),) if status not in (204, 304) else ()))
            if body:
                self.write(body, len(body))
        say(self.entry)

    do_GET = do_HEAD = do_POST = do_PUT = handle_one


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, handler, context):
        super().__init__(address, handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_):
        pass


def serve_standard(context):
    server = Server(("127.0.0.1", 0), Handler, context)
    print("port", server.server_address[1], flush=True)
    server.serve_forever()


def serve_aiohttp(context):
    from aiohttp import web

    async def handle(request):
        port = request.transport.get_extra_info("peername")[1]
        entry, (what, argument) = new_entry(request.method, request.raw_path, request.headers.get("X-Number"), port)
        headers = {"X-Number": str(entry["n"])}
        if what not in ("early", "slow"):
            async for piece in request.content.iter_any():
                entry["received"] += len(piece)
        try:
            if what in ("chunked", "slow"):
                response = web.StreamResponse(headers=headers)
                entry["status"] = 200
                if what == "chunked":
                    response.enable_chunked_encoding()
                await response.prepare(request)
                for piece in pieces(int(argument)) if what == "chunked" else [b"s" * 100]:
                    if request.method != "HEAD":
                        await response.write(piece)
                        entry["sent"] += len(piece)
                while what == "slow":
                    await asyncio.sleep(0.01)
                    if request.transport is None:
                        raise ConnectionError
                await response.write_eof()
                return response
            status, body = (413, b"too much") if what == "early" else simple(what, argument, entry)
            response = web.Response(status=status, headers=headers, body=body if body or status not in (204, 304) else None)
            if what == "early":
                response.force_close()
            entry["status"] = status
            entry["sent"] = 0 if request.method == "HEAD" else len(body)
            return response
        except (asyncio.CancelledError, ConnectionError):
            entry["error"] = "aborted"
            raise
        finally:
            say(entry)

    async def run():
        application = web.Application(client_max_size=1 << 24)
        application.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        print("port", site._server.sockets[0].getsockname()[1], flush=True)
        await asyncio.sleep(3600 * 24)

    asyncio.run(run())


def main():
    library, _, version, *files = sys.argv[1:]
    if version != "1.1":
        sys.exit("HTTP/1.1 alone")
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    {"http.server": serve_standard, "aiohttp": serve_aiohttp}[library](context)


main()
