# coding: utf-8
"""Prints what each line of cases.txt does with a module: netsvc_dbapi or MySQLdb.

    python cases.py MODULE '{"argument of connect": ...}' [FILE]

Each case has a title, a connection `db` and two cursors of it, `c` and `d`. `seen(query)` returns what another
connection sees, `connect(...)` opens one more. A line is an expression or a statement, whose value or error is printed.
"""

from __future__ import print_function

import datetime
import fractions
import importlib
import io
import json
import os
import sys
import uuid
import zlib
from decimal import Decimal

NAME, ARGUMENTS = sys.argv[1], json.loads(sys.argv[2])
CASES = sys.argv[3] if len(sys.argv) > 3 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.txt")
PY2 = sys.version_info[0] == 2
if PY2:
    ARGUMENTS = dict((str(key), str(value) if value == str(value) else value) for key, value in ARGUMENTS.items())
M = importlib.import_module(NAME)
for part in ("cursors", "connections", "constants.ER", "constants.CR", "constants.CLIENT", "constants.FLAG",
             "constants.FIELD_TYPE", "converters", "times"):
    importlib.import_module(NAME + "." + part)


class Named(object):
    """A class of a program."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


try:
    import enum

    Color = enum.Enum("Color", "RED")
except ImportError:
    class Color(object):
        RED = Named("Color.RED")


def connect(**arguments):
    return M.connect(**dict(dict(ARGUMENTS, charset="utf8mb4"), **arguments))


def seen(query):
    """What another connection sees, in a transaction of its own."""
    other = connect(autocommit=True)
    try:
        cursor = other.cursor()
        cursor.execute(query)
        return cursor.fetchall()
    finally:
        other.close()


def clear(table):
    other = connect(autocommit=True)
    other.cursor().execute("delete from " + table)
    other.close()


def constants(module):
    """The number of the constants of a module, and a checksum of their names and values."""
    names = sorted(name for name in vars(module) if not name.startswith("_") and isinstance(getattr(module, name), int))
    text = " ".join(["%s=%d" % (name, getattr(module, name)) for name in names])
    return len(names), zlib.crc32(text.encode("ascii")) & 0xFFFFFFFF


def shown(value):
    """The same text for equal values in all versions of Python."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, (tuple, list)):
        return ("(%s)" if isinstance(value, tuple) else "[%s]") % ", ".join([shown(item) for item in value])
    if isinstance(value, dict):
        return "{%s}" % ", ".join(["%s: %s" % (shown(key), shown(value[key])) for key in sorted(value)])
    if isinstance(value, bytes) and not PY2:
        return "b" + ascii(value.decode("latin-1"))
    text = repr(value) if PY2 else ascii(value)
    if PY2 and isinstance(value, (int, long)):  # noqa: F821
        return text.rstrip("L")
    return text.lstrip("u") if PY2 and isinstance(value, unicode) else text  # noqa: F821


def outcome(code, names):
    try:
        try:
            compiled = compile(code, "case", "eval")
        except SyntaxError:
            exec(compile(code, "case", "exec"), names)
            return ""
        return shown(eval(compiled, names))
    except Exception as error:
        # Texts that Python writes depend on its version.
        number = error.args[0] if error.args and isinstance(error.args[0], int) else ""
        return ("%s %s" % (type(error).__name__, number)).strip()


def run(lines):
    names = dict(globals(), db=connect())
    names["c"], names["d"] = names["db"].cursor(), names["db"].cursor()
    for line in lines:
        print("    %s  ->  %s" % (line, outcome(line, names)))
    try:
        names["db"].close()
    except M.Error:
        pass


def cases():
    title, lines = None, []
    with io.open(CASES, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("    "):
                lines.append(line.strip())
            elif line and not line.startswith("#"):
                if title:
                    yield title, lines
                title, lines = line, []
    yield title, lines


for title, lines in cases():
    print(title)
    run(lines)
