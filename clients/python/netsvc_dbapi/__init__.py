# coding: utf-8
"""A PEP 249 module over the XML-RPC gateway netsvc, for Python 2.7 and 3.6 or later.

    import netsvc_dbapi as MySQLdb

    connection = MySQLdb.connect("http://user:password@127.0.0.1:8000/database")
    with connection.cursor() as cursor:
        cursor.execute("insert into parts (name, price) values (%s, %s)", ("nut", Decimal("0.05")))
    connection.commit()
    connection.close()

It needs nothing but the standard library. Errors, types and optional methods are those of MySQLdb. A connection is one
session of the gateway, and so one MySQL session: its cursors share the transaction. Every call on it is numbered (the
method `once` of the gateway), and repeated under the same number if its response is lost: a statement whose response
is lost runs once.
"""

from __future__ import absolute_import

from . import _exceptions, _mysql, connections, constants, converters, cursors, times
from ._exceptions import (
    DatabaseError, DataError, Error, IntegrityError, InterfaceError, InternalError, MySQLError, NotSupportedError,
    OperationalError, ProgrammingError, Warning,
)
from ._install import install_as_MySQLdb, install_as_pymysql
from ._mysql import debug, escape, escape_string, get_client_info, string_literal, thread_safe
from ._types import BINARY, DATE, DATETIME, NUMBER, ROWID, STRING, TIME, TIMESTAMP, Binary, DBAPISet
from .connections import Connection
from .constants import FIELD_TYPE
from .cursors import Cursor, DictCursor, SSCursor, SSDictCursor
from .release import __version__, version_info
from .times import Date, DateFromTicks, Time, TimeDelta, TimeFromTicks, Timestamp, TimestampFromTicks

apilevel = "2.0"
threadsafety = 1
# %s and %(name)s are both supported. This is the value of MySQLdb.
paramstyle = "format"


def connect(*args, **kwargs):
    """Opens a connection. Connection has the arguments."""
    return Connection(*args, **kwargs)


Connect = connect

__all__ = [
    "BINARY", "Binary", "Connect", "Connection", "Cursor", "DATE", "DATETIME", "DBAPISet", "DataError",
    "DatabaseError", "Date", "DateFromTicks", "DictCursor", "Error", "FIELD_TYPE", "IntegrityError",
    "InterfaceError", "InternalError", "MySQLError", "NUMBER", "NotSupportedError", "OperationalError",
    "ProgrammingError", "ROWID", "STRING", "TIME", "TIMESTAMP", "Time", "TimeDelta", "TimeFromTicks", "Timestamp",
    "TimestampFromTicks", "Warning", "apilevel", "connect", "connections", "constants", "converters", "cursors",
    "debug", "escape", "escape_string", "get_client_info", "install_as_MySQLdb", "install_as_pymysql", "paramstyle",
    "string_literal", "thread_safe", "threadsafety", "times", "version_info",
]
