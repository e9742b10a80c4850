# SPDX-License-Identifier: Apache-2.0
"""The servers of the tests. They are started once in a guest and serve every backend."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, process=None, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what} ended with code {process.returncode}")
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def lines(path):
    path = pathlib.Path(path)
    return path.read_text(errors="replace").splitlines() if path.exists() else []


class MariaDb:
    """On a data directory that was made with the file system (scripts/vm), else on a new one."""

    MADE = pathlib.Path("/var/lib/l7trace/mariadb")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        data = self.MADE
        if not data.exists():
            data = self.folder / "data"
            subprocess.run(["mariadb-install-db", "--no-defaults", "--user=root", "--auth-root-authentication-method=normal",
                            "--skip-test-db", f"--datadir={data}"], check=True, stdout=subprocess.DEVNULL)
        self.port, self.socket, self.log = free_port(), str(self.folder / "s"), self.folder / "general.log"
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={self.socket}", f"--port={self.port}",
             "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
             "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--lc-messages=en_US", "--general-log",
             f"--general-log-file={self.log}"],
            stdin=subprocess.DEVNULL, stdout=open(self.folder / "mariadb.out", "wb"), stderr=subprocess.STDOUT)
        wait_for("MariaDB", lambda: os.path.exists(self.socket) and listens(self.port), self.process)
        self.query("CREATE DATABASE IF NOT EXISTS l7; CREATE OR REPLACE USER t@'127.0.0.1' IDENTIFIED BY 'p'; GRANT ALL ON *.* TO t@'127.0.0.1'; "
                   "CREATE OR REPLACE VIEW l7.hundred AS WITH RECURSIVE s AS (SELECT 1 AS v UNION ALL SELECT v + 1 FROM s WHERE v < 100) SELECT v FROM s")

    def query(self, text):
        subprocess.run(["mariadb", "--no-defaults", "-S", self.socket, "-uroot", "-e", text], check=True)

    def entries(self, since):
        """(connection, command, text) of the general log behind its first `since` characters; no text has a newline here."""
        found = []
        for line in self.log.read_text(errors="replace")[since:].splitlines():
            match = re.match(r"(?:\d{6} [ \d]\d:\d\d:\d\d\t|\t\t) *(\d+) (\w[\w ]*)\t(.*)", line)
            if match:
                found.append((int(match.group(1)), match.group(2), match.group(3)))
        return found

    def log_size(self):
        return len(self.log.read_text(errors="replace"))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=120)


class Nginx:
    """Plain, TLS, and a Unix socket; its access log has a line for each request."""

    SIZES = [0, 1, 100, 4000, 20000]

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port, self.tls_port, self.socket = free_port(), free_port(), str(self.folder / "n")
        (self.folder / "www").mkdir(parents=True)
        for size in self.SIZES:
            (self.folder / "www" / str(size)).write_bytes(b"b" * size)
        self.certificate = self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                        "-keyout", str(self.folder / "key.pem"), "-out", str(self.certificate)], check=True, capture_output=True)
        (self.folder / "nginx.conf").write_text(self.configuration())
        # nginx removes no socket that a killed one left.
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = subprocess.Popen(
            ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "error.log")],
            stdin=subprocess.DEVNULL)
        wait_for("nginx", lambda: listens(self.tls_port) and listens(self.port), self.process)

    def configuration(self):
        f = self.folder
        return f"""
            daemon off; user root; worker_processes 1; pid {f}/pid;
            events {{ worker_connections 512; }}
            http {{
                log_format truth '$server_port $remote_port $request_method $request_uri $status $body_bytes_sent';
                access_log {f}/access.log truth;
                client_body_temp_path {f}/t1; proxy_temp_path {f}/t2; fastcgi_temp_path {f}/t3; uwsgi_temp_path {f}/t4; scgi_temp_path {f}/t5;
                keepalive_requests 100000;
                ssl_certificate {f}/certificate.pem; ssl_certificate_key {f}/key.pem;
                root {f}/www;
                server {{ listen 127.0.0.1:{self.port}; listen unix:{self.socket}; sendfile on;
                    location /uring/ {{ return 200 "$request_uri\\n"; }} location /post {{ return 200 "read"; }} }}
                server {{ listen 127.0.0.1:{self.tls_port} ssl; }}
            }}"""

    def log_lines(self):
        return len(lines(self.folder / "access.log"))

    def entries(self, since, count=None):
        """The log's lines behind the first `since`, as tuples, when there are `count`."""
        if count is not None:
            wait_for(f"nginx has logged {count} requests", lambda: self.log_lines() >= since + count, self.process, 60)
        return [tuple(x.split(" ")) for x in lines(self.folder / "access.log")[since:]]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def tool(name):
    path = shutil.which(name)
    if path is None:
        raise RuntimeError(f"no {name} here")
    return path
