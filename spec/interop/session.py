"""A whole session, in Python 2.7 or 3, with nothing but the standard library: prints each step's result as JSON.

usage: session.py URL
"""

import json
import sys

try:
    from xmlrpclib import Binary, Fault, ProtocolError, ServerProxy
except ImportError:
    from xmlrpc.client import Binary, Fault, ProtocolError, ServerProxy


def show(name, value):
    print(json.dumps([name, value], sort_keys=True))


def fault(call, *args):
    try:
        return call(*args)
    except Fault as error:
        return [error.faultCode, error.faultString]


database = ServerProxy(sys.argv[1])
url = sys.argv[1] + "/" + database.cursor(30)
cursor = ServerProxy(url)

show("execute", cursor.execute("select seq, %s from seq_1_to_6 where seq < %s", [u"it's h\xf6pper \U0001f600", 6]))
show("description", cursor.description())
show("fetchone", cursor.fetchone())
show("fetchmany", cursor.fetchmany(2))
show("fetchall", cursor.fetchall())
show("exhausted", cursor.fetchmany(2))
show("rowcount", cursor.rowcount())

show("named", (cursor.execute("select %(a)s, '100%%'", {"a": 1.5}), cursor.fetchall()))
cursor.execute("select %s, %s, null", [Binary(b"\x00\xff"), True])
row = cursor.fetchone()
show("binary", [[c if isinstance(c, int) else ord(c) for c in row[0].data], row[1], row[2]])

show("missing", fault(cursor.execute, "select * from missing"))
cursor.execute("create temporary table t (id int primary key)")
show("executemany", cursor.executemany("insert into t values (%s)", [[1], [2]]))
show("duplicate", fault(cursor.execute, "insert into t values (1)"))
show("unknown", fault(cursor.unknown))
show("timeout", fault(database.cursor, -1))
show("nan", fault(database.cursor, float("nan")))

show("close", cursor.close())
try:
    cursor.rowcount()
except ProtocolError as error:
    show("closed", [error.errcode, error.errmsg])
