# SPDX-License-Identifier: Apache-2.0
"""tls_numbers.py PORTS CONNECTIONS REQUESTS: many TLS connections by asyncio, whose ciphertext goes through memory BIOs. Each
connection has a number, which stands with its server's port in every request. Waits for a line before it goes on from the
first request on every connection ("ready") to the others."""
import asyncio
import random
import ssl
import sys

PORTS = [int(x) for x in sys.argv[1].split(",")]
CONNECTIONS, REQUESTS = int(sys.argv[2]), int(sys.argv[3])


async def ask(reader, writer, port, number, request):
    writer.write(f"GET /{port}/{number}/{request} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(next(x for x in head.split("\r\n") if x.startswith("content-length:")).split(":")[1])
    body = (await reader.readexactly(length)).decode()
    assert body == f"{port} /{port}/{number}/{request}", body


async def connection(number, ready, go):
    port = PORTS[number % len(PORTS)]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    await ask(reader, writer, port, number, 0)
    ready.release()
    await go.wait()
    for request in range(1, REQUESTS + 1):
        await asyncio.sleep(random.random() / 200)
        await ask(reader, writer, port, number, request)
    writer.close()
    await writer.wait_closed()


async def main():
    ready, go = asyncio.Semaphore(0), asyncio.Event()
    tasks = [asyncio.create_task(connection(n, ready, go)) for n in range(CONNECTIONS)]
    for _ in tasks:
        await ready.acquire()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    go.set()
    await asyncio.gather(*tasks)


asyncio.run(main())
