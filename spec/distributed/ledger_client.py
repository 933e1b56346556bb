# coding: utf-8
"""
Makes entries as docs/reference.md says, and records what it is told of each:
python ledger_client.py URL SECONDS SEED

Prints one JSON object. Every attempt makes entries of its own, so that a repetition does not hide what became of it.
"""

from __future__ import print_function

import json
import random
import sys
import threading
import time

import netsvc_dbapi as db

URL, SECONDS, SEED = sys.argv[1], float(sys.argv[2]), sys.argv[3]
THREADS = 8
# The table "What to repeat": after these, a statement outside of a transaction, or a COMMIT, may have been executed.
UNKNOWN = (2013, 1053, 1927, 3169, 4031, 57, 58)
# After these, the connection can only be closed.
LOST = (2006, 2013, 1053, 1927, 3169, 4031)
INSERT = "insert into ledger (entry) values (%s)"

deadline = time.time() + SECONDS


class Client(object):
    def __init__(self, name, alone):
        self.name = name
        # The time of such a client is that of statements which are committed at once.
        self.alone = alone
        self.random = random.Random(name)
        self.acknowledged, self.rolled_back, self.not_executed, self.unknown = [], [], [], []
        self.errors = {}
        self.made = 0

    def run(self):
        while time.time() < deadline:
            try:
                connection = self.connect()
            except db.OperationalError as error:
                self.count("connect", error)
                time.sleep(0.1)
                continue
            self.use(connection)

    def connect(self):
        options = {
            "autocommit": self.alone or self.random.random() < 0.5,
            # Some statements take longer: they wait for locks.
            "timeout": self.random.choice([None, 10, 10, 0.5]),
            "retries": self.random.choice([0, 5, 5]),
            "lazy": self.random.random() < 0.2,
            "charset": "utf8mb4",
        }
        if self.random.random() < 0.5:
            options["init_command"] = "set innodb_lock_wait_timeout = 1"
        return db.connect(URL, **options)

    def use(self, connection):
        """Uses a connection until it is lost, or for a few transactions."""
        for _ in range(self.random.randint(1, 100)):
            try:
                # It asks the server if that is not known.
                alone = self.alone or (connection.get_autocommit() and self.random.random() < 0.5)
            except db.OperationalError as error:
                self.count("autocommit", error)
                break
            work = self.statement if alone else self.transaction
            if time.time() > deadline or not work(connection):
                break
            if self.random.random() < 0.02:
                time.sleep(self.random.random())
        if self.random.random() < 0.9:
            connection.close()

    def statement(self, connection):
        """A statement with autocommit. Returns whether the connection goes on."""
        entries = self.entries()
        cursor = connection.cursor()
        try:
            if len(entries) == 1:
                cursor.execute(INSERT, entries)
            else:
                cursor.executemany(INSERT, [(entry,) for entry in entries])
        except db.Error as error:
            return self.failed("statement", error, entries)
        self.acknowledged += entries
        return True

    def transaction(self, connection):
        entries = self.entries()
        stage = "begin"
        try:
            if connection.get_autocommit():
                connection.begin()
            stage = "work"
            cursor = connection.cursor()
            for entry in entries:
                cursor.execute(INSERT, (entry,))
                if self.random.random() < 0.5:
                    # In any order, so that there are deadlocks.
                    cursor.execute("update counters set n = n + 1 where id = %s", (self.random.randint(1, 4),))
            cursor.execute("select count(*) from ledger where entry in %s", (entries,))
            assert cursor.fetchone() == (len(entries),)
            if self.random.random() < 0.2:
                stage = "rollback"
                connection.rollback()
                self.rolled_back += entries
                return True
            stage = "commit"
            connection.commit()
        except db.Error as error:
            return self.failed(stage, error, entries) and self.roll_back(connection)
        self.acknowledged += entries
        return True

    def failed(self, stage, error, entries):
        number = self.count(stage, error)
        if stage in ("statement", "commit"):
            (self.unknown if number in UNKNOWN else self.not_executed).extend([(entry, number) for entry in entries])
        else:
            self.rolled_back += entries
        return number not in LOST

    def roll_back(self, connection):
        try:
            connection.rollback()
        except db.Error as error:
            self.count("rollback", error)
            return False
        return True

    def count(self, stage, error):
        number = error.args[0] if isinstance(error.args[0], int) else 1
        key = "%s %s" % (stage, number)
        self.errors[key] = self.errors.get(key, 0) + 1
        return number

    def entries(self):
        self.made += 1
        return ["%s-%d-%d" % (self.name, self.made, i) for i in range(self.random.choice([1, 1, 2, 5]))]


def report(client):
    """Whatever is no error of PEP 249 ends the program."""
    try:
        client.run()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        failed.append(client.name)


failed = []
clients = [Client("%s-%d" % (SEED, i), i % 2 == 0) for i in range(THREADS)]
threads = [threading.Thread(target=report, args=(client,)) for client in clients]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
outcomes = {}
for kind in ("acknowledged", "rolled_back", "not_executed", "unknown"):
    outcomes[kind] = sum([getattr(client, kind) for client in clients], [])
outcomes["errors"] = {}
for client in clients:
    for key in client.errors:
        outcomes["errors"][key] = outcomes["errors"].get(key, 0) + client.errors[key]
print(json.dumps(outcomes))
sys.exit(1 if failed else 0)
