# coding: utf-8
"""Checks that only errors of PEP 249 are raised, whatever a server answers: python hostile.py"""

import gzip
import io
import sys
import time
import unittest

import netsvc_dbapi as db
from expected_errors import ExpectedErrors
from raw_server import INSERTED, SESSION, RawServer, close, fault, half, http, last, reset, result

# Deeper than Python recurses.
DEPTH = 3 * sys.getrecursionlimit()
DEEP = b"<array><data><value>" * DEPTH + b"</value></data></array>" * DEPTH


def param(xml):
    return http(b"<methodResponse><params><param>" + xml + b"</param></params></methodResponse>")


def compressed(data):
    """A response whose gzip is cut off."""
    buffered = io.BytesIO()
    with gzip.GzipFile(fileobj=buffered, mode="wb") as file:
        file.write(data)
    return http(buffered.getvalue()[:-20], "200 OK", "Content-Encoding: gzip")


def fault_of(members):
    return http(b"<methodResponse><fault><value>" + members + b"</value></fault></methodResponse>")


# Each is no answer to any call.
UNREADABLE = {
    "nothing": close,
    "a reset": reset,
    "half a response": half(INSERTED),
    "half a head": half(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"),
    "a status that is none": last(b"HTTP/1.1 OK\r\n\r\n"),
    "a status line without a number": last(b"HTTP/1.1 two hundred OK\r\nContent-Length: 0\r\n\r\n"),
    "another protocol": last(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "no characters": last(b"\x00\xff\xfe" * 100 + b"\r\n\r\n"),
    "a line without an end": last(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100000),
    "too many headers": last(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 2000 + b"\r\n"),
    "headers that are none": last(b"HTTP/1.1 200 OK\r\n\xff\r\n: :\r\n\r\n"),
    "a length that is too large": last(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    "a length that is not reached": last(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n<methodResponse>"),
    "chunks that are none": last(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    "chunks that end": last(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<methodResponse>"),
    "a compression that is none": http(b"x", "200 OK", "Content-Encoding: gzip"),
    "a compression that is cut off": compressed(b"<methodResponse>" + bytes(bytearray(range(256))) * 100),
    "an empty response": http(b""),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "a redirection": http(b"", "302 Found", "Location: http://localhost/"),
    "a page": http(b"<!DOCTYPE html><html><p>It works!<br></html>"),
    "another document": http(b"<html></html>"),
    "no element": http(b"<?xml version='1.0'?>"),
    "another encoding": http(b"<?xml version='1.0' encoding='none'?><methodResponse/>"),
    "bytes that are no text": http(b"<?xml version='1.0'?><methodResponse>\xff</methodResponse>"),
    "no params": http(b"<methodResponse></methodResponse>"),
    "no param": http(b"<methodResponse><params></params></methodResponse>"),
    "an empty param": param(b""),
    "a call": http(b"<methodCall><methodName>x</methodName></methodCall>"),
    "an integer that is none": param(b"<value><int>x</int></value>"),
    "an integer that is empty": param(b"<value><int></int></value>"),
    "a boolean that is none": param(b"<value><boolean>2</boolean></value>"),
    "a double that is none": param(b"<value><double>one</double></value>"),
    "base64 that is none": param(b"<value><base64>x</base64></value>"),
    "an element that is none": param(b"<value><secret>x</secret></value>"),
    "a struct whose names are missing": param(b"<value><struct><member><value>x</value></member></struct></value>"),
    "a struct that is not one": param(b"<value><struct><value>x</value></struct></value>"),
    "a name that cannot be one": param(b"<value><struct><member><name>x</name></member></struct></value>"),
    "deep values": param(b"<value>" + DEEP + b"</value>"),
    "an entity that does not exist": http(b"<!DOCTYPE x [<!ENTITY a 'x'>]><methodResponse>&b;</methodResponse>"),
    "a fault without a code": fault_of(b"<struct><member><name>faultString</name><value>x</value></member></struct>"),
    "a fault that is a string": fault_of(b"<string>x</string>"),
    "a fault that is empty": fault_of(b"<struct></struct>"),
    "a fault whose code is a string": fault_of(
        b"<struct><member><name>faultCode</name><value>x</value></member>"
        b"<member><name>faultString</name><value>x</value></member></struct>"),
    "a fault whose text is a number": fault_of(
        b"<struct><member><name>faultCode</name><value><int>1</int></value></member>"
        b"<member><name>faultString</name><value><int>1</int></value></member></struct>"),
    "a fault with a part of MySQLdb's text": fault(1, "db -- Programming Error\n\n(1064, 'x"),
    "a fault with more of it": fault(1, "db -- Programming Error\n\n(1064, open('x'))"),
    "a fault with deep parentheses": fault(1, "db -- Programming Error\n\n(1064, " + "(" * 5000),
    "500": http(b"Internal server error.\n", "500 Internal Server Error"),
    "502": http(b"\xff", "502 Bad Gateway"),
    "a status that nobody knows": http(b"", "999 None"),
}

COLUMN = ["n", 3, 1, 1, 0, 0, 1]


def queried(**changes):
    """An answer to a statement, with wrong parts."""
    right = {"columns": [COLUMN], "rows": [[1]], "rowcount": 1, "lastrowid": 0, "warnings": 0}
    return [[1], [dict(right, **changes)]]


# Each has a form that XML-RPC allows, and is no answer to a statement.
ODD = [
    0, "", None, [], {}, "text", [0], [[]], [[0]], [[None]], [{}], [{"faultCode": 1}],
    [{"faultCode": "x", "faultString": "x"}], [{"faultCode": 1, "faultString": 5}], [{"faultCode": 1064}, [None]],
    queried()[:1], queried(more=True), queried(more=True) + [[]], queried(more=True) + [5], queried(columns=5),
    queried(columns=[5]),
    queried(columns=[[]]), queried(columns=[["n"]]), queried(columns=[[[], 3]]), queried(rows=5), queried(rows=[5]),
    queried(rows=[[]], columns=[["n", 246, 1, 1, 0, 0, 1]]), queried(rowcount="x"), queried(rowcount=None),
    queried(columns=[["n", 246, 1, 1, 0, 0, 1]], rows=[["x"]]), queried(columns=[["n", 8]], rows=[["x"]]),
    queried(columns=[["n", 11]], rows=[[5]]), queried(columns=[["n", 245]], rows=[[5.0]]),
    queried(more=True) + [[1]] + [[None]] * 3, queried(more=True) + [[1], {"faultCode": "x", "faultString": "x"}],
    queried(names=5), queried(names=[[]]), queried(autocommit="x"),
]

# The same for a session that is opened.
NO_SESSIONS = [0, "", [], {}, {"id": "s1"}, {"id": 5, "results": []}, {"id": "", "results": []},
               {"id": "s1", "results": 5},
               {"id": "s 1\r\nX: x", "results": []}, {"id": "../x", "results": []}, {"results": []}]


class Hostile(ExpectedErrors, unittest.TestCase):
    def setUp(self):
        self.server = RawServer()

    def tearDown(self):
        self.server.stop()

    def raised(self, name, call, *args):
        """Returns the error of a call, or None; fails if it is none of PEP 249, or takes long."""
        started = time.time()
        try:
            call(*args)
            return None
        except db.Error as error:
            str(error)
            return error
        except Exception as error:
            self.fail("%s: %s: %s" % (name, type(error).__name__, error))
        finally:
            self.assertLess(time.time() - started, 3, name)

    def connect(self, **options):
        return db.connect(self.server.url, retries=1, timeout=10, **options)

    def each(self):
        for name in sorted(UNREADABLE):
            self.server.answers = [SESSION, UNREADABLE[name], UNREADABLE[name]]
            yield name, self.connect()

    def test_connect(self):
        for name in sorted(UNREADABLE):
            self.server.answers = [UNREADABLE[name]] * 2
            self.assertEqual(self.raised(name, self.connect).args[0], 2003, name)
        for value in NO_SESSIONS:
            self.server.answers = [result(value)] * 2
            self.assertEqual(self.raised(repr(value), self.connect).args[0], 2003, value)
        for value in ([], [0], [{}], [[0], {"faultCode": "x"}]):
            self.server.answers = [result({"id": "s1", "results": value})] * 2
            self.raised(repr(value), lambda: self.connect(init_command="select 1"))

    def test_execute(self):
        for name, connection in self.each():
            self.assertEqual(self.raised(name, connection.cursor().execute, "select 1").args[0], 2013, name)
            self.assertEqual(self.raised(name, connection.commit).args[0], 2006, name)
            connection.close()

    def test_commit(self):
        for name, connection in self.each():
            answers, self.server.answers = self.server.answers, [INSERTED]
            connection.cursor().execute("select 1")
            self.server.answers = answers
            self.assertEqual(self.raised(name, connection.commit).args[0], 2013, name)
            connection.close()

    def test_close(self):
        for name, connection in self.each():
            self.assertIsNone(self.raised(name, connection.close), name)

    def test_answers_of_another_form(self):
        for value in ODD:
            for call in (lambda cursor: cursor.execute("select 1"), lambda cursor: cursor.execute("call p()"),
                         lambda cursor: cursor.executemany("insert into t values (%s)", [(1,), (2,)]),
                         lambda cursor: cursor.callproc("p", (1,))):
                connection = self.connect()
                cursor = connection.cursor(db.DictCursor)
                self.server.answers = [result(value)] * 2
                if self.raised(repr(value), call, cursor) is None:
                    self.raised(repr(value), cursor.fetchall)
                    self.raised(repr(value), cursor.nextset)
                self.server.answers = []
                connection.close()

    def test_calls_without_a_cursor(self):
        for value in ODD:
            for name in ("ping", "begin", "show_warnings", "get_autocommit"):
                connection = self.connect(autocommit=None)
                self.server.answers = [result(value)] * 2
                self.raised(name, getattr(connection, name))
                self.server.answers = []
                connection.close()

    def test_a_lazy_connection(self):
        for name in sorted(UNREADABLE):
            self.server.answers = [UNREADABLE[name]] * 2
            connection = self.connect(lazy=True)
            self.assertEqual(self.raised(name, connection.cursor().execute, "select 1").args[0], 2013, name)
            connection.close()


if __name__ == "__main__":
    result_of_all = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.stderr.flush()
    print("%d tests" % result_of_all.testsRun)
    sys.exit(0 if result_of_all.wasSuccessful() else 1)
