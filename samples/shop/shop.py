#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small web shop on MariaDB: what `./demo` traces. It knows nothing of the tracer.

Three pages are bad on purpose, so that a report has something to find: the search reads every review (no index helps
a LIKE that begins with a wildcard), the order history asks once per order and once per order line (N+1), and the
sales report names a column that does not exist (500).
"""

import argparse
import contextlib
import html
import queue
import re
import signal
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymysql


class Pool:
    """At most `size` connections to the database, shared by the threads that serve requests."""

    def __init__(self, size, **options):
        self._idle = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)
        self._options = options

    @contextlib.contextmanager
    def connection(self):
        connection = self._idle.get()
        try:
            if connection is None:
                connection = pymysql.connect(autocommit=True, charset="utf8mb4", **self._options)
            yield connection
        except pymysql.err.InterfaceError:
            connection = None  # broken: the next user of this place opens a new one
            raise
        finally:
            self._idle.put(connection)


class NotFound(Exception):
    """The page or the thing it shows does not exist: 404."""


class OutOfStock(Exception):
    """A checkout asks for more than there is: 409."""


def rows(connection, sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def price(cents):
    return f"{cents // 100}.{cents % 100:02d}"


# --- the pages: each takes a connection and what the path or the form said, and returns the body of a page ---


def product_list(connection, query):
    offset = max(0, int(query.get("page", "1")) - 1) * 20
    found = rows(connection, "SELECT id, name, price_cents FROM products ORDER BY id LIMIT %s, 20", offset)
    items = "".join(f'<li><a href="/products/{i}">{html.escape(name)}</a> {price(cents)}</li>' for i, name, cents in found)
    return f"<h1>Products</h1><ul>{items}</ul>"


def product_page(connection, query, number):
    found = rows(connection, "SELECT name, description, price_cents, stock FROM products WHERE id = %s", int(number))
    if not found:
        raise NotFound(f"product {number}")
    name, description, cents, stock = found[0]
    reviews = rows(connection, "SELECT stars, body FROM reviews WHERE product_id = %s ORDER BY id DESC LIMIT 5", int(number))
    listed = "".join(f"<li>{stars}/5 {html.escape(body)}</li>" for stars, body in reviews)
    return (
        f"<h1>{html.escape(name)}</h1><p>{html.escape(description)}</p><p>{price(cents)}, {stock} left</p><ul>{listed}</ul>"
    )


def search(connection, query):
    found = rows(
        connection,
        "SELECT p.id, p.name, COUNT(*) AS mentions FROM reviews r JOIN products p ON p.id = r.product_id "
        "WHERE r.body LIKE %s GROUP BY p.id, p.name ORDER BY mentions DESC LIMIT 10",
        f"%{query.get('q', '')}%",
    )
    items = "".join(f"<li>{html.escape(name)} ({mentions})</li>" for _, name, mentions in found)
    return f"<h1>Reviews that say {html.escape(query.get('q', ''))}</h1><ol>{items}</ol>"


def order_history(connection, query):
    customer = int(query.get("customer", "1"))
    listed = []
    orders = rows(connection, "SELECT id, created_at FROM orders WHERE customer_id = %s ORDER BY id DESC LIMIT 12", customer)
    for order, created in orders:
        lines = rows(connection, "SELECT product_id, quantity, price_cents FROM order_lines WHERE order_id = %s", order)
        for product, quantity, cents in lines:
            ((name,),) = rows(connection, "SELECT name FROM products WHERE id = %s", product)
            listed.append(f"<li>{created}: {quantity} x {html.escape(name)} at {price(cents)}</li>")
    return f"<h1>Your orders</h1><ul>{''.join(listed)}</ul>"


def checkout(connection, form):
    customer, product, quantity = (int(form.get(name, "1")) for name in ("customer", "product", "quantity"))
    connection.begin()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE products SET stock = stock - %s WHERE id = %s AND stock >= %s", (quantity, product, quantity)
            )
            if cursor.rowcount == 0:
                raise OutOfStock(f"product {product}")
            cursor.execute("INSERT INTO orders (customer_id, created_at) VALUES (%s, NOW())", (customer,))
            order = cursor.lastrowid
            cursor.execute(
                "INSERT INTO order_lines (order_id, product_id, quantity, price_cents) "
                "SELECT %s, id, %s, price_cents FROM products WHERE id = %s",
                (order, quantity, product),
            )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return f"<h1>Thank you</h1><p>Order {order}</p>"


def sales_report(connection, query):
    found = rows(connection, "SELECT customer_id, SUM(discount_cents) FROM orders GROUP BY customer_id")
    return f"<h1>Sales</h1><p>{len(found)}</p>"


PAGES = [
    ("GET", re.compile(r"/"), product_list),
    ("GET", re.compile(r"/products/(\d{1,9})"), product_page),
    ("GET", re.compile(r"/search"), search),
    ("GET", re.compile(r"/orders"), order_history),
    ("GET", re.compile(r"/reports/sales"), sales_report),
    ("POST", re.compile(r"/checkout"), checkout),
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "shop"
    sys_version = ""
    timeout = 30
    pool = None  # set in main

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.answer("GET", url.path, dict(urllib.parse.parse_qsl(url.query)))

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 <= length <= 65536:
            self.send_page(413, "<h1>Too large</h1>")
            self.close_connection = True
            return
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode("utf-8", "replace")))
        self.answer("POST", urllib.parse.urlsplit(self.path).path, form)

    def answer(self, method, path, values):
        try:
            for page_method, pattern, page in PAGES:
                match = pattern.fullmatch(path)
                if match and page_method == method:
                    with self.pool.connection() as connection:
                        self.send_page(200, page(connection, values, *match.groups()))
                    return
            raise NotFound(path)
        except NotFound:
            self.send_page(404, "<h1>Not found</h1>")
        except OutOfStock:
            self.send_page(409, "<h1>Sold out</h1>")
        except ValueError:
            self.send_page(400, "<h1>Not a number</h1>")
        except pymysql.err.Error:
            self.send_page(500, "<h1>Something went wrong</h1>")

    def send_page(self, status, body):
        content = f"<!doctype html><title>Shop</title>{body}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *arguments):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database-port", type=int, required=True, help="MariaDB's port on 127.0.0.1")
    parser.add_argument("--database-user", default="shop")
    parser.add_argument("--database-password", default="shop")
    parser.add_argument("--port", type=int, default=0, help="port to serve on, on 127.0.0.1 (default: a free one)")
    parser.add_argument("--ready-file", help="gets the port as soon as the shop answers")
    options = parser.parse_args()

    Handler.pool = Pool(
        4,
        host="127.0.0.1",
        port=options.database_port,
        user=options.database_user,
        password=options.database_password,
        database="shop",
    )
    ThreadingHTTPServer.daemon_threads = True
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    if options.ready_file:
        with open(options.ready_file, "w", encoding="ascii") as ready:
            ready.write(f"{server.server_address[1]}\n")
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
