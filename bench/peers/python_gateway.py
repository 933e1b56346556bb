"""A gateway in Python: xmlrpc.server with MySQLdb.

    python_gateway.py SOCKET DATABASE

POST /database has cursor and execute; POST /database/<id> has execute, executemany, fetchone, fetchall, rowcount and
close. The rows of a statement are stored with its session, and connections come from a pool. Prints its URL when it is
ready.
"""

import datetime
import decimal
import queue
import sys
import threading
import time
from socketserver import ThreadingMixIn
from xmlrpc.client import Marshaller
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

import MySQLdb

CONNECTIONS = 16


def dump_integer(marshaller, value, write):
    """The library has no integers beyond 32 bits."""
    tag = "int" if -(2**31) <= value < 2**31 else "i8"
    write("<value><{0}>{1}</{0}></value>\n".format(tag, value))


def dump_text(marshaller, value, write):
    marshaller.dump_unicode(str(value), write)


Marshaller.dispatch[int] = dump_integer
for type_ in (decimal.Decimal, datetime.date, datetime.timedelta):
    Marshaller.dispatch[type_] = dump_text


class Pool:
    def __init__(self, socket, database):
        self._free = queue.LifoQueue()
        for _ in range(CONNECTIONS):
            self._free.put(
                MySQLdb.connect(unix_socket=socket, user="root", db=database, charset="utf8mb4", autocommit=True)
            )

    def run(self, method, *args):
        connection = self._free.get()
        try:
            cursor = connection.cursor()
            count = getattr(cursor, method)(*args)
            return count, cursor.fetchall() if cursor.description else ()
        finally:
            self._free.put(connection)


class Session:
    def __init__(self, pool, timeout):
        self._pool = pool
        self._timeout = timeout
        self._rows = iter(())
        self._rowcount = -1
        self.touch()

    def touch(self):
        self.deadline = time.monotonic() + self._timeout

    def _run(self, method, *args):
        self._rowcount, rows = self._pool.run(method, *args)
        self._rows = iter(rows)
        return self._rowcount

    def execute(self, query, args=None):
        return self._run("execute", query, args)

    def executemany(self, query, rows):
        return self._run("executemany", query, rows)

    def fetchone(self):
        return next(self._rows, None)

    def fetchall(self):
        return list(self._rows)

    def rowcount(self):
        return self._rowcount


class Database:
    def __init__(self, pool):
        self._pool = pool
        self._sessions = {}
        self._next = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._sweep, daemon=True).start()

    def call(self, path, method, params):
        if path == "/database":
            return getattr(self, "do_" + method)(*params)
        name = path[len("/database/") :]
        session = self._sessions[name]
        session.touch()
        if method == "close":
            del self._sessions[name]
            return 0
        return getattr(session, method)(*params)

    def do_cursor(self, timeout=60):
        with self._lock:
            self._next += 1
            name = str(self._next)
        self._sessions[name] = Session(self._pool, timeout)
        return name

    def do_execute(self, query, args=None):
        count, rows = self._pool.run("execute", query, args)
        return rows or count

    def _sweep(self):
        while True:
            time.sleep(1)
            now = time.monotonic()
            for name, session in list(self._sessions.items()):
                if session.deadline < now:
                    self._sessions.pop(name, None)


class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def is_rpc_path_valid(self):
        return True

    def log_request(self, *args):
        pass


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True
    request_queue_size = 128

    def _marshaled_dispatch(self, data, dispatch_method=None, path=None):
        return super()._marshaled_dispatch(data, lambda method, params: database.call(path, method, params), path)


database = Database(Pool(*sys.argv[1:3]))
server = Server(("127.0.0.1", 0), Handler, allow_none=True)
print("http://127.0.0.1:{}/database".format(server.server_address[1]), flush=True)
server.serve_forever()
