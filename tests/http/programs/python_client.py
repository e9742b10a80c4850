# SPDX-License-Identifier: Apache-2.0
"""Python's http.client, requests and aiohttp as clients: python_client.py LIBRARY client 1.1 URL STEPS [CA] (see README.md)."""

import asyncio
import concurrent.futures
import http.client
import itertools
import json
import ssl
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
            address = (self.url.hostname, self.url.port)
            self.local.connection = http.client.HTTPSConnection(*address, context=self.context) if self.context else http.client.HTTPConnection(*address)
        return self.local.connection

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
    if version != "1.1":
        sys.exit("HTTP/1.1 alone")
    with open(path, encoding="utf-8") as file:
        steps = [json.loads(line) for line in file]
    groups = [list(group) for _, group in itertools.groupby(steps, key=lambda step: step["group"])]
    context = ssl.create_default_context(cafile=ca[0]) if ca else None
    if library == "aiohttp":
        asyncio.run(run_aiohttp(url, groups, context))
        return
    client = Standard(url, context) if library == "http.client" else Requests(url, *ca or [None])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for group in groups:
            for entry in [client.one(group[0])] if len(group) == 1 else pool.map(client.one, group):
                print(json.dumps(entry), flush=True)


main()
