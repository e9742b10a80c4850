# SPDX-License-Identifier: Apache-2.0
"""server_digests.py SOCKET FILE: runs each statement of FILE (a JSON array) on a server whose performance_schema is on, and
prints a JSON array of the server's DIGEST_TEXT of each, null where it has none. Errors are passed over: a statement that
could be parsed has its digest all the same. PyMySQL sends the text as it is, "?" and all."""
import json
import sys
import time

import pymysql


def connect(**options):
    return pymysql.connect(unix_socket=sys.argv[1], user="root", password="", autocommit=True, charset="utf8mb4",
                           read_timeout=20, **options)


ask = connect().cursor()
ask.execute("UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME LIKE 'events_statements%'")
ask.execute("CREATE DATABASE IF NOT EXISTS digests")


class Watched:
    """A connection, and the last statement event of it that was looked at."""

    def __init__(self):
        self.connection = connect(database="digests")
        ask.execute("SELECT THREAD_ID FROM performance_schema.threads WHERE PROCESSLIST_ID = %s", (self.connection.thread_id(),))
        self.thread = ask.fetchone()[0]
        self.last = self.event()[0]

    def event(self):
        ask.execute("SELECT EVENT_ID, DIGEST_TEXT FROM performance_schema.events_statements_history "
                    "WHERE THREAD_ID = %s ORDER BY EVENT_ID DESC LIMIT 1", (self.thread,))
        return ask.fetchone() or (0, None)

    def digest(self, statement):
        try:
            cursor = self.connection.cursor()
            cursor.execute(statement)
            while cursor.nextset():
                pass
        except pymysql.MySQLError:
            pass
        for _ in range(1000):  # the event is written after the answer
            number, text = self.event()
            if number > self.last:
                self.last = number
                return text
            time.sleep(0.005)
        raise SystemExit(f"performance_schema has no event for: {statement}")


with open(sys.argv[2], encoding="utf-8") as file:
    statements = json.load(file)
watched = Watched()
print(json.dumps([watched.digest(x) for x in statements]))
