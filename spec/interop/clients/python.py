"""Runs a session and echoes values, in Python 2.7 or 3 with the standard library.

usage: python.py URL VALUES
       python.py URL one-call

With one-call, it makes the calls that do what otherwise takes several, and prints their results.

VALUES has a line for each value: its type, a tab and its text as UTF-8 in hexadecimal. The type sql is for an
expression that MySQL evaluates. Prints JSON lists, one on each line: a step and its result, or the line number of a
value and the value that came back.
"""

from __future__ import unicode_literals

import json
import sys
from binascii import hexlify, unhexlify

try:
    from xmlrpclib import Binary, DateTime, Fault, ProtocolError, ServerProxy

    text_type, integer_types = unicode, (int, long)
except ImportError:
    from xmlrpc.client import Binary, DateTime, Fault, ProtocolError, ServerProxy

    text_type, integer_types = str, (int,)


def show(*result):
    print(json.dumps(result))


def fault(call, *args):
    try:
        return call(*args)
    except Fault as error:
        return [error.faultCode, error.faultString]


def value_of(kind, text):
    if kind == "base64":
        return Binary(unhexlify(text))
    parse = {"string": text_type, "int": int, "double": float, "dateTime": lambda text: DateTime(str(text))}
    return None if kind == "nil" else text == "true" if kind == "boolean" else parse[kind](text)


def tagged(value):
    """Returns a received value as [type, text]."""
    if value is None:
        return ["nil", ""]
    if isinstance(value, bool):
        return ["boolean", text_type(value).lower()]
    if isinstance(value, integer_types):
        return ["int", text_type(value)]
    if isinstance(value, float):
        return ["double", repr(value)]
    if isinstance(value, Binary):
        return ["base64", hexlify(value.data).decode()]
    if isinstance(value, DateTime):
        return ["dateTime", value.value]
    return ["string", value]


def one_call(url, database):
    def listed(method, *params):
        return {"methodName": method, "params": params}

    rows = "select seq, nullif(seq, 1) from numbers where seq < 3"
    insert = "insert into one_call values (%s)"
    show("query", database.query(rows))
    show("change", database.query(insert, [5]))
    show("transaction", database.transaction([[insert, [6]], [rows]], {"readonly": False}))
    opened = database.session([listed("execute", rows), listed("fetchall")], {"timeout": 30})
    show("session", opened["results"])
    session = ServerProxy(url + "/" + opened["id"])
    show("batch", session.batch([listed("touch"), listed("description"), listed("missing"), listed("touch")]))
    show("once", session.once(1, "query", [rows]))
    show("again", session.once(1, "query", [rows]))
    show("touch", session.touch())
    show("ping", 20 < session.ping() <= 30)
    show("close", session.close())


url, values = sys.argv[1:]
database = ServerProxy(url, allow_none=True)
if values == "one-call":
    one_call(url, database)
    sys.exit()
cursor_url = url + "/" + database.cursor(30)
cursor = ServerProxy(cursor_url, allow_none=True)
show("version", "Python " + sys.version.split()[0])

show("execute", cursor.execute("select seq, %s from numbers where seq < %s", ["it's h\xf6pper", 6]))
show("description", cursor.description())
show("fetchone", cursor.fetchone())
show("fetchmany", cursor.fetchmany(2))
show("fetchall", cursor.fetchall())
show("exhausted", cursor.fetchmany(2))
show("rowcount", cursor.rowcount())

for number, line in enumerate(open(values)):
    kind, text = line.rstrip("\n").split("\t")
    text = unhexlify(text).decode("utf-8")
    try:
        cursor.execute(*(["select " + text] if kind == "sql" else ["select %s", [value_of(kind, text)]]))
    except Fault as error:
        show(number, "refused", "%d %s" % (error.faultCode, error.faultString))
        continue
    except Exception as error:
        show(number, "not sent", str(error))
        continue
    try:
        show(number, *tagged(cursor.fetchone()[0]))
    except Exception as error:
        show(number, "not read", str(error))

show("named count", cursor.execute("select %(a)s, '100%%'", {"a": 1.5}))
show("named", cursor.fetchall())
show("missing", fault(cursor.execute, "select * from missing"))
cursor.execute("create temporary table t (id int primary key)")
show("executemany", cursor.executemany("insert into t values (%s)", [[1], [2]]))
show("duplicate", fault(cursor.execute, "insert into t values (1)"))
show("unknown", fault(cursor.unknown))
show("timeout", fault(database.cursor, -1))
show("close", cursor.close())
try:
    cursor.rowcount()
except ProtocolError as error:
    show("closed", error.errcode)
