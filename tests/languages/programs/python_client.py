# SPDX-License-Identifier: Apache-2.0
"""The client in Python: python_client.py pymysql|MySQLdb HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md)."""

import datetime
import decimal
import importlib
import os
import re
import sys

# A marker is a question mark that stands in no text and no comment.
MARKER = re.compile(r"'(?:[^'\\]|\\.|'')*'|-- .*|\?")
ESCAPES = {"t": "\t", "n": "\n", "\\": "\\", "0": "\0"}


def unescape(text):
    out, chars = [], iter(text)
    for char in chars:
        out.append(ESCAPES[next(chars)] if char == "\\" else char)
    return "".join(out)


def value(text):
    kind, _, rest = text.partition(":")
    if kind == "n":
        return None
    if kind in "iu":
        return int(rest)
    if kind in "fd":
        return float(rest)
    if kind == "m":
        return decimal.Decimal(rest)
    if kind == "y":
        return datetime.date.fromisoformat(rest)
    if kind == "b":
        return bytes.fromhex(rest)
    if kind == "t":
        return datetime.datetime.fromisoformat(rest)
    return rest


def run(cursor, sql, parameters):
    if parameters is None:
        cursor.execute(sql)
    else:
        text = MARKER.sub(lambda x: "%s" if x.group() == "?" else x.group(), sql.replace("%", "%%"))
        cursor.execute(text, parameters)
    rows, affected, more = 0, "-", True
    while more:
        if cursor.description:
            rows += len(cursor.fetchall())
        elif rows == 0:
            affected = cursor.rowcount
        more = cursor.nextset()
    return rows, affected


def main():
    driver = importlib.import_module(sys.argv[1])
    client = importlib.import_module(sys.argv[1] + ".constants.CLIENT")
    host, port, user, password, database, path = sys.argv[2:]
    options = {"charset": "utf8mb4", "client_flag": client.MULTI_STATEMENTS, "autocommit": True}
    if "TLS_CA" in os.environ:
        options["ssl"] = {"ca": os.environ["TLS_CA"]}
    if driver.__name__ == "MySQLdb":
        connection = driver.connect(host=host, port=int(port), user=user, passwd=password, db=database, **options)
    else:
        connection = driver.connect(host=host, port=int(port), user=user, password=password, database=database, **options)
    with open(path, encoding="utf-8", newline="\n") as steps:
        for number, line in enumerate(steps):
            kind, sql, *parameters = [unescape(x) for x in line.rstrip("\n").split("\t")]
            cursor = connection.cursor()
            try:
                rows, affected = run(cursor, sql, None if kind == "text" else [value(x) for x in parameters])
                error = 0
            except driver.MySQLError as failure:
                rows, affected, error = 0, "-", failure.args[0]
            # Neither driver tells the SQLSTATE.
            print(number, rows, "-" if rows else affected, error, "-", sep="\t")
            cursor.close()
    connection.close()


main()
