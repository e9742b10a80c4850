#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Visits the shop like a few customers would, for a bounded time and a bounded number of requests.

What each customer does is drawn from a fixed seed, so two runs send the same requests in the same order per customer.
"""

import argparse
import http.client
import random
import sys
import threading
import time
import urllib.parse

WORDS = ["sturdy", "wobbly", "timeless", "postman"]


def request_of(draw):
    """One request as (method, path, form or None)."""
    kind = draw.random()
    if kind < 0.30:
        return "GET", f"/?page={draw.randint(1, 40)}", None
    if kind < 0.68:
        return "GET", f"/products/{draw.randint(1, 2000)}", None
    if kind < 0.76:
        return "GET", f"/search?q={draw.choice(WORDS)}", None
    if kind < 0.84:
        return "GET", f"/orders?customer={draw.randint(1, 500)}", None
    if kind < 0.94:
        form = {"customer": draw.randint(1, 500), "product": draw.randint(1, 2000), "quantity": draw.randint(1, 3)}
        return "POST", "/checkout", urllib.parse.urlencode(form)
    if kind < 0.97:
        return "GET", f"/products/{draw.randint(500000, 999999)}", None
    return "GET", "/reports/sales", None


class Customers:
    def __init__(self, options):
        self.options = options
        self.deadline = time.monotonic() + options.seconds
        self.left = options.requests
        self.lock = threading.Lock()
        self.statuses = {}
        self.errors = 0

    def may_go_on(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and time.monotonic() < self.deadline

    def visit(self, number):
        draw = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self.options.port, timeout=10)
        while self.may_go_on():
            method, path, form = request_of(draw)
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
            try:
                connection.request(method, path, body=form, headers=headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                with self.lock:
                    self.errors += 1
                time.sleep(0.2)
                continue
            with self.lock:
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            time.sleep(draw.uniform(0.5, 1.5) * self.options.pause)
        connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--customers", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.1, help="mean seconds between two requests of a customer")
    parser.add_argument("--delay", type=float, default=0, help="seconds to wait before the first request")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=5000, help="at most this many requests in all")
    options = parser.parse_args()

    time.sleep(options.delay)
    customers = Customers(options)
    threads = [threading.Thread(target=customers.visit, args=(n,), daemon=True) for n in range(options.customers)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        pass
    counts = ", ".join(f"{count} x {status}" for status, count in sorted(customers.statuses.items()))
    print(f"{sum(customers.statuses.values())} answers: {counts or 'none'}; {customers.errors} errors")
    return 0 if customers.statuses and not customers.errors else 1


if __name__ == "__main__":
    sys.exit(main())
