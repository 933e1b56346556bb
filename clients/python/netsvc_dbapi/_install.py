# coding: utf-8
"""Puts the package in the place of a driver, so that the imports of programs and libraries need no change."""

from __future__ import absolute_import

import sys

from . import _exceptions, _mysql, connections, constants, converters, cursors, release, times
from .constants import CLIENT, CR, ER, FIELD_TYPE, FLAG


_PARTS = {
    "_exceptions": _exceptions, "_mysql": _mysql, "connections": connections, "converters": converters,
    "cursors": cursors, "release": release, "times": times, "constants": constants, "constants.CLIENT": CLIENT,
    "constants.CR": CR, "constants.ER": ER, "constants.FIELD_TYPE": FIELD_TYPE, "constants.FLAG": FLAG,
}


def install_as_MySQLdb():
    """From now on, `import MySQLdb` imports this package, and the same for the parts of MySQLdb."""
    _install("MySQLdb", _PARTS)
    sys.modules["_mysql"], sys.modules["_mysql_exceptions"] = _mysql, _exceptions


def install_as_pymysql():
    """The same for PyMySQL."""
    _install("pymysql", dict(_PARTS, err=_exceptions))


def _install(name, parts):
    sys.modules[name] = sys.modules[__package__]
    for part in parts:
        sys.modules["%s.%s" % (name, part)] = parts[part]
