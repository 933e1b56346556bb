# coding: utf-8
"""Numbers of MySQL, as in MySQLdb."""

from . import CLIENT, CR, ER, FIELD_TYPE, FLAG


__all__ = ["CLIENT", "CR", "ER", "FIELD_TYPE", "FLAG"]
