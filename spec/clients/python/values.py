# coding: utf-8
"""Prints the values of a query that differ from what is expected, with each cursor.

    python values.py URL '{"select": QUERY, "values": [EXPRESSION, ...]}'
"""

from __future__ import print_function

import datetime  # noqa: F401 - for the expressions
import json
import sys
from decimal import Decimal  # noqa: F401

import netsvc_dbapi
from netsvc_dbapi import cursors

table = json.loads(sys.argv[2])
NUMBERS = (int, type(2**64))


def is_same(value, expected):
    if isinstance(expected, type(u"")) and sys.version_info[0] == 2:
        # As in MySQLdb without use_unicode.
        expected = expected.encode("utf-8")
    if isinstance(expected, NUMBERS) and not isinstance(expected, bool):
        return isinstance(value, NUMBERS) and value == expected
    return type(value) is type(expected) and value == expected


count = 0
connection = netsvc_dbapi.connect(sys.argv[1])
for name in "Cursor", "SSCursor", "DictCursor", "SSDictCursor":
    cursor = connection.cursor(getattr(cursors, name))
    cursor.execute(table["select"])
    row = cursor.fetchone()
    values = [row["c%d" % i] for i in range(len(row))] if "Dict" in name else row
    for value, text in zip(values, table["values"]):
        count += 1
        if not is_same(value, eval(text)):
            print(name, repr(value), "is not", text)
    cursor.close()
print(count, "values")
