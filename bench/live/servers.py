# SPDX-License-Identifier: Apache-2.0
"""The servers and the load generators of the live benchmarks. All of it is on loopback, and ended by its own process ids."""
import getpass
import os
import re
import socket
import subprocess
import tempfile
import time

from measure import children_of, cpu_of, fail, run


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(check, what, process):
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if check():
            return
        time.sleep(0.1)
    fail(f"{what} is not ready")


def certificate(folder):
    key, chain = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", chain)
    return key, chain


class Server:
    """A process group of a server: `pids` are those that serve."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        self.port = free_port()

    def start(self, command, ready, what):
        self.log = open(os.path.join(self.folder.name, "log"), "w")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        wait_for(ready, what, self.process)

    @property
    def pids(self):
        return [self.process.pid, *children_of(self.process.pid)]

    def cpu(self):
        return sum(cpu_of(x) for x in self.pids)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.folder.cleanup()


class MariaDb(Server):
    def __init__(self, tls=False):
        super().__init__()
        work, user = self.folder.name, getpass.getuser()
        self.socket, self.tls = os.path.join(work, "s"), tls
        run("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", f"--user={user}", f"--datadir={work}/data")
        command = ["mariadbd", "--no-defaults", f"--user={user}", f"--datadir={work}/data", f"--socket={self.socket}", f"--port={self.port}",
                   "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"]
        if tls:
            key, chain = certificate(work)
            for name, file in (("client-key", key), ("client-cert", chain), ("cacert", chain)):
                os.symlink(file, os.path.join(work, f"{name}.pem"))  # sysbench looks for these where it is started
            command += [f"--ssl-key={key}", f"--ssl-cert={chain}", f"--ssl-ca={chain}"]
        self.start(command, lambda: subprocess.run(self.sql_command("SELECT 1"), capture_output=True).returncode == 0, "mariadbd")
        run(*self.sql_command("CREATE DATABASE bench; CREATE USER 'bench'@'%' IDENTIFIED BY 'bench'; GRANT ALL ON bench.* TO 'bench'@'%'"))
        run(*self.sysbench("oltp_point_select", "prepare"), cwd=work)

    def questions(self):
        """Statements and COM_QUITs that the server has counted, the statement that asks included. (sysbench counts none that met a deadlock.)"""
        return int(re.search(r"^Questions\t(\d+)", run(*self.sql_command("SHOW GLOBAL STATUS LIKE 'Questions'")), re.M)[1])

    def sql_command(self, text):
        return ["mariadb", "--no-defaults", f"--socket={self.socket}", "-u", "root", "-e", text]

    def sysbench(self, test, verb, *options):
        return ["sysbench", test, "--mysql-host=127.0.0.1", f"--mysql-port={self.port}", "--mysql-user=bench", "--mysql-password=bench",
                "--mysql-db=bench", f"--mysql-ssl={'on' if self.tls else 'off'}", "--tables=1", "--table-size=10000", *options, verb]

    def load(self, test, prepared, seconds, *options):
        """(what was done each second, how much, p50 and p99 in microseconds)"""
        said = run(*self.sysbench(test, "run", f"--db-ps-mode={'auto' if prepared else 'disable'}", "--threads=4", f"--time={seconds}",
                                  "--histogram", "--report-interval=0", *options), cwd=self.folder.name)
        done = int(re.search(r"transactions: +(\d+)", said)[1])
        queries = int(re.search(r"queries: +(\d+)", said)[1])
        lines = [(float(a), int(b)) for a, b in re.findall(r"^ *([\d.]+) \|\**\s+(\d+)$", said, re.M)]
        return done / float(re.search(r"total time: +([\d.]+)s", said)[1]), done, *percentiles([(1e3 * a, b) for a, b in lines]), queries


def percentiles(counted):
    """p50 and p99 of values with how often they came, in order."""
    total, found = sum(x[1] for x in counted), []
    for wanted in (0.5, 0.99):
        seen = 0
        for value, count in counted:
            seen += count
            if seen >= wanted * total:
                found.append(value)
                break
    return found if len(found) == 2 else [None, None]


class Nginx(Server):
    def __init__(self, tls=False, workers=1):
        super().__init__()
        work = self.folder.name
        self.scheme = "https" if tls else "http"
        os.mkdir(os.path.join(work, "www"))
        with open(os.path.join(work, "www", "thousand"), "w", encoding="ascii") as file:
            file.write("b" * 1000)
        os.chmod(os.path.join(work, "www"), 0o755)
        listen = f"{self.port}"
        if tls:
            key, chain = certificate(work)
            listen = f"{self.port} ssl; ssl_certificate {chain}; ssl_certificate_key {key}"
        with open(os.path.join(work, "nginx.conf"), "w", encoding="ascii") as file:
            file.write(f"daemon off; user {getpass.getuser()}; worker_processes {workers}; pid {work}/pid; error_log {work}/error.log;\n"
                       "events { worker_connections 512; }\n"
                       "http { access_log off; sendfile off; keepalive_requests 100000000; "
                       f"server {{ listen 127.0.0.1:{listen}; root {work}/www; }} }}\n")
        self.start(["nginx", "-p", work, "-c", f"{work}/nginx.conf", "-e", f"{work}/error.log"],
                   lambda: subprocess.run(["curl", "-sk", "-o", "/dev/null", self.url], capture_output=True).returncode == 0, "nginx")

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}/thousand"

    def load(self, seconds, connections=16):
        said = run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", self.url)
        done = int(re.search(r"(\d+) requests in", said)[1])
        if "Non-2xx" in said or "Socket errors" in said and not re.search(r"connect 0, read 0, write 0, timeout 0", said):
            fail(f"wrk:\n{said}")
        return float(re.search(r"Requests/sec: +([\d.]+)", said)[1]), done, in_microseconds(said, "50%"), in_microseconds(said, "99%"), done


def in_microseconds(said, which):
    number, unit = re.search(rf"^ +{which} +([\d.]+)(us|ms|s)$", said, re.M).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


class Nghttpd(Server):
    def __init__(self):
        super().__init__()
        work = self.folder.name
        with open(os.path.join(work, "thousand"), "w", encoding="ascii") as file:
            file.write("b" * 1000)
        self.start(["nghttpd", "--no-tls", "--address=127.0.0.1", "-n1", "-d", work, str(self.port)],
                   lambda: subprocess.run(["curl", "-s", "-o", "/dev/null", "--http2-prior-knowledge", self.url], capture_output=True).returncode == 0,
                   "nghttpd")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/thousand"

    def load(self, seconds):
        log = os.path.join(self.folder.name, "requests")
        said = run("h2load", f"-D{seconds}", "-c8", "-m10", f"--log-file={log}", self.url)
        done = int(re.search(r"requests:.* (\d+) succeeded", said)[1])
        with open(log, encoding="ascii") as file:
            took = sorted(int(line.split()[2]) for line in file)
        os.remove(log)
        return done / seconds, done, took[len(took) // 2], took[len(took) * 99 // 100], done


class GoServer(Nginx):
    """Go's HTTPS server, under the same load."""

    def __init__(self, program):
        Server.__init__(self)
        self.scheme = "https"
        key, chain = certificate(self.folder.name)
        self.start([program, str(self.port), key, chain],
                   lambda: subprocess.run(["curl", "-sk", "-o", "/dev/null", self.url], capture_output=True).returncode == 0, "the server of Go")
