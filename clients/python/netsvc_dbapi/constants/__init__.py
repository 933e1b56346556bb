# coding: utf-8
"""Numbers of MySQL, as in MySQLdb."""

from . import CLIENT, FIELD_TYPE


__all__ = ["CLIENT", "FIELD_TYPE"]
