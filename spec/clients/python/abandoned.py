# coding: utf-8
"""Gives up statements that run, and closes their connections: python abandoned.py URL"""

import signal
import sys
import time

import netsvc_dbapi as db

URL = sys.argv[1]


def interrupt(*_):
    raise KeyboardInterrupt()


def sleep(connection):
    """Runs a statement that nobody waits for to its end."""
    try:
        connection.cursor().execute("select sleep(20)")
    except (db.OperationalError, KeyboardInterrupt) as error:
        return type(error).__name__
    return "no error"


def after_timeout():
    connection = db.connect(URL, timeout=0.5)
    connection.cursor().execute("update abandoned set n = n + 1")
    return sleep(connection), connection.close


def after_interrupt():
    connection = db.connect(URL)
    connection.cursor().execute("update abandoned set n = n + 1")
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    return sleep(connection), connection.close


def after_with():
    connection = db.connect(URL, timeout=0.5)

    def run():
        with connection:
            connection.cursor().execute("update abandoned set n = n + 1")
            sleep(connection)
    return "with", run


signal.signal(signal.SIGALRM, interrupt)
other = db.connect(URL, autocommit=True)
cursor = other.cursor()
for statement in ("drop table if exists abandoned", "create table abandoned (n int) engine=InnoDB",
                  "insert into abandoned values (0)", "set innodb_lock_wait_timeout = 1"):
    cursor.execute(statement)
for give_up in (after_timeout, after_interrupt, after_with):
    error, close = give_up()
    started = time.time()
    close()
    quick = time.time() - started < 4
    cursor.execute("select n from abandoned")
    [before] = cursor.fetchone()
    try:
        # Fails with error 1205 if the abandoned session still has the lock.
        cursor.execute("update abandoned set n = n + 10")
        locked = ""
    except db.OperationalError as failure:
        locked = " locked: %d" % failure.args[0]
    print("%s: %s, %d%s" % (error, "quick" if quick else "slow", before, locked))
other.close()
