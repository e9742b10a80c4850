# SPDX-License-Identifier: Apache-2.0
"""Python's http.client, requests, aiohttp and pycurl, and gnutls-cli under http.client, as clients:
python_client.py LIBRARY client VERSION URL STEPS [CA] (see README.md)."""

import asyncio
import concurrent.futures
import http.client
import itertools
import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.parse

ABORTED = 100
PIECE = 1000


def new_entry(step):
    return {"n": step["n"], "method": step["method"], "uri": step["path"], "status": None, "sent": 0, "received": 0, "number": None, "trailers": None, "error": None}


def headers_of(step):
    headers = {"X-Number": str(step["n"])}
    if step["close"]:
        headers["Connection"] = "close"
    return headers


def body_of(step):
    if step["body"] is None:
        return None
    body = b"u" * step["body"]
    return (body[at:at + PIECE] for at in range(0, len(body), PIECE)) if step["chunked"] else body


class Standard:
    """A connection for each thread."""

    def __init__(self, url, context):
        self.url = urllib.parse.urlsplit(url)
        self.context = context
        self.local = threading.local()

    def connection(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = self.connect(self.url.hostname, self.url.port)
        return self.local.connection

    def connect(self, host, port):
        return http.client.HTTPSConnection(host, port, context=self.context) if self.context else http.client.HTTPConnection(host, port)

    def one(self, step):
        entry = new_entry(step)
        connection = self.connection()
        headers = headers_of(step)
        if step["chunked"]:
            headers["Transfer-Encoding"] = "chunked"
        try:
            connection.request(step["method"], step["path"], body_of(step), headers, encode_chunked=step["chunked"])
            entry["sent"] = step["body"] or 0
            response = connection.getresponse()
            entry["status"] = response.status
            entry["number"] = response.getheader("X-Number")
            if step["abort"]:
                entry["received"] = len(response.read(ABORTED))
                entry["error"] = "aborted"
                response.close()
                connection.close()
            else:
                entry["received"] = len(response.read())
        except OSError as failure:
            entry["error"] = str(failure)
            connection.close()
        return entry


class Pipes:
    """A program's standard input and output, as http.client wants its socket."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def sendall(self, data):
        data = memoryview(data)
        while data:
            data = data[self.process.stdin.write(data):]

    def makefile(self, _):
        return open(os.dup(self.process.stdout.fileno()), "rb")

    def close(self):
        pass  # what is under way is still read, and then the server ends it: the program would leave it for the end of its input


class GnuTlsCli(Standard):
    """A gnutls-cli for each thread and connection."""

    def connect(self, host, port):
        command = ["gnutls-cli", "--logfile", "/dev/null", "--x509cafile", self.context, "--port", str(port), host]

        class Connection(http.client.HTTPConnection):
            def connect(self):
                self.sock = Pipes(command)

        return Connection(host, port)


class Curl:
    """libcurl, one handle: Debian's pycurl has the one with GnuTLS."""

    def __init__(self, version, url, ca):
        import pycurl

        if "GnuTLS" not in pycurl.version:
            sys.exit("not GnuTLS: " + pycurl.version)
        self.pycurl = pycurl
        self.version = version
        self.url = url
        self.ca = ca
        self.handle = pycurl.Curl()

    def one(self, step):
        pycurl, handle = self.pycurl, self.handle
        entry = new_entry(step)
        headers = headers_of(step)
        handle.reset()
        handle.setopt(pycurl.URL, self.url + step["path"])
        handle.setopt(pycurl.NOPROXY, "*")
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_0 if self.version == "2" else pycurl.CURL_HTTP_VERSION_1_1)
        if self.ca:
            handle.setopt(pycurl.CAINFO, self.ca)
        if step["method"] == "HEAD":
            handle.setopt(pycurl.NOBODY, True)
        if step["body"] is not None:
            left = b"u" * step["body"]

            def read(size):
                nonlocal left
                piece, left = left[:size], left[size:]
                return piece

            headers["Expect"] = ""
            handle.setopt(pycurl.UPLOAD, True)
            handle.setopt(pycurl.CUSTOMREQUEST, step["method"])
            handle.setopt(pycurl.READFUNCTION, read)
            if not step["chunked"]:
                handle.setopt(pycurl.INFILESIZE_LARGE, step["body"])
            elif self.version == "1.1":
                headers["Transfer-Encoding"] = "chunked"

        def header(line):
            name, _, value = line.decode().partition(":")
            if name.lower() == "x-number":
                entry["number"] = value.strip()

        def write(data):
            entry["received"] += len(data)

        handle.setopt(pycurl.HTTPHEADER, [name + ": " + value if value else name + ":" for name, value in headers.items()])
        handle.setopt(pycurl.HEADERFUNCTION, header)
        handle.setopt(pycurl.WRITEFUNCTION, write)
        try:
            handle.perform()
            entry["sent"] = step["body"] or 0
        except pycurl.error as failure:
            entry["error"] = str(failure)
        entry["status"] = handle.getinfo(pycurl.RESPONSE_CODE) or None
        return entry


class Requests:
    def __init__(self, url, ca):
        import requests

        self.requests = requests
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=8, pool_block=True))
        if ca:
            self.session.verify = ca

    def one(self, step):
        entry = new_entry(step)
        try:
            with self.session.request(step["method"], self.url + step["path"], data=body_of(step), headers=headers_of(step), stream=True, allow_redirects=False) as response:
                entry["sent"] = step["body"] or 0
                entry["status"] = response.status_code
                entry["number"] = response.headers.get("X-Number")
                for piece in response.iter_content(ABORTED if step["abort"] else 8192):
                    entry["received"] += len(piece)
                    if step["abort"]:
                        entry["error"] = "aborted"
                        response.raw.close()
                        break
        except self.requests.RequestException as failure:
            entry["error"] = str(failure)
        return entry


async def run_aiohttp(url, groups, context):
    import aiohttp

    async def one(session, step):
        entry = new_entry(step)
        data = body_of(step)
        if step["chunked"]:
            pieces = list(data)

            async def send():
                for piece in pieces:
                    yield piece

            data = send()
        try:
            async with session.request(step["method"], url + step["path"], data=data, headers=headers_of(step), expect100=step["expect"], allow_redirects=False, ssl=context) as response:
                entry["sent"] = step["body"] or 0
                entry["status"] = response.status
                entry["number"] = response.headers.get("X-Number")
                if step["abort"]:
                    entry["received"] = len(await response.content.readexactly(ABORTED))
                    entry["error"] = "aborted"
                    response.close()
                else:
                    entry["received"] = len(await response.read())
        except (aiohttp.ClientError, OSError) as failure:
            entry["error"] = str(failure)
        return entry

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=8), auto_decompress=False) as session:
        for group in groups:
            for entry in await asyncio.gather(*(one(session, step) for step in group)):
                print(json.dumps(entry), flush=True)


def main():
    library, _, version, url, path, *ca = sys.argv[1:]
    if version != "1.1" and library != "pycurl":
        sys.exit("HTTP/1.1 alone")
    with open(path, encoding="utf-8") as file:
        steps = [json.loads(line) for line in file]
    groups = [list(group) for _, group in itertools.groupby(steps, key=lambda step: step["group"])]
    context = ssl.create_default_context(cafile=ca[0]) if ca else None
    if library == "aiohttp":
        asyncio.run(run_aiohttp(url, groups, context))
        return
    if library == "pycurl":
        client = Curl(version, url, *ca or [None])
    elif library == "gnutls-cli":
        client = GnuTlsCli(url, *ca)
    else:
        client = Standard(url, context) if library == "http.client" else Requests(url, *ca or [None])
    with concurrent.futures.ThreadPoolExecutor(1 if library == "pycurl" else 4) as pool:
        for group in groups:
            for entry in [client.one(group[0])] if len(group) == 1 else pool.map(client.one, group):
                print(json.dumps(entry), flush=True)


main()
