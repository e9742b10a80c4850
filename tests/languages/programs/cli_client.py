# SPDX-License-Identifier: Apache-2.0
"""The command-line client: cli_client.py PROGRAM... -- HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md).

PROGRAM is mariadb or mysql. It gets one statement at a time and must print a mark behind its answer. It has no prepared
statements of the protocol: values stand in the text, written by this program.
"""

import os
import re
import signal
import subprocess
import sys

MARKER = re.compile(r"'(?:[^'\\]|\\.|'')*'|-- .*|\?")
ESCAPES = {"t": "\t", "n": "\n", "\\": "\\", "0": "\0"}
DELIMITER = "$$"
MARK = "-- step done --"
ROWS = re.compile(r"(\d+) rows? in set")
AFFECTED = re.compile(r"Query OK, (\d+) rows? affected")
ERROR = re.compile(r"ERROR (\d+) \((\w{5})\)")


def unescape(text):
    out, chars = [], iter(text)
    for char in chars:
        out.append(ESCAPES[next(chars)] if char == "\\" else char)
    return "".join(out)


def literal(text):
    kind, _, rest = text.partition(":")
    if kind == "n":
        return "NULL"
    if kind in "iufdm":
        return rest
    if kind == "b":
        return f"x'{rest}'"
    return "'" + rest.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\t", "\\t") + "'"


def ask(client, text):
    """Sends one text; the lines that the client prints of it."""
    client.stdin.write(f"{text}{DELIMITER}\n\\! echo '{MARK}'\n".encode())
    client.stdin.flush()
    lines = []
    for line in client.stdout:
        text = line.decode("utf-8", "replace").rstrip("\n")
        if text == MARK:
            return lines
        lines.append(text)
    sys.exit("the client ended: " + "\n".join(lines[-5:]))


def main():
    signal.alarm(60)  # a client that never prints the mark
    end = sys.argv.index("--")
    host, port, user, password, database, path = sys.argv[end + 1 :]
    command = sys.argv[1:end]
    if "TLS_CA" in os.environ:
        if "--ssl-mode=DISABLED" in command:
            # MySQL's own: it runs in a root folder of its own, where the authority's file is not.
            command[command.index("--ssl-mode=DISABLED")] = "--ssl-mode=REQUIRED"
        else:
            command = ["--ssl-verify-server-cert" if x == "--skip-ssl" else x for x in command] + ["--ssl-ca=" + os.environ["TLS_CA"]]
    client = subprocess.Popen(
        [*command, "-vvv", "--unbuffered", "--force", "--comments", "--default-character-set=utf8mb4", "--host=" + host,
         "--port=" + port, "--user=" + user, "--delimiter=" + DELIMITER, database],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "MYSQL_PWD": password})
    with open(path, encoding="utf-8", newline="\n") as steps:
        for number, line in enumerate(steps):
            kind, sql, *parameters = [unescape(x) for x in line.rstrip("\n").split("\t")]
            if kind != "text":
                values = iter(parameters)
                sql = MARKER.sub(lambda x: literal(next(values)) if x.group() == "?" else x.group(), sql)
            # A comment would swallow the delimiter.
            lines = ask(client, sql + ("\n" if "-- " in sql.rsplit("\n", 1)[-1] else ""))
            rows = sum(int(x.group(1)) for x in map(ROWS.match, lines) if x)
            affected = [x.group(1) for x in map(AFFECTED.match, lines) if x]
            failed = next((x for x in map(ERROR.match, lines) if x), None)
            said = "-" if rows or failed or not affected else affected[-1]
            print(number, 0 if failed else rows, said, *(failed.groups() if failed else (0, "-")), sep="\t")
    client.stdin.close()
    if client.wait() != 0 and "ERROR" in client.stdout.read().decode("utf-8", "replace"):
        sys.exit("the client failed")


main()
