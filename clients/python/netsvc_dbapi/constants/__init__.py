# coding: utf-8
"""Numbers of MySQL, as in MySQLdb."""

from . import FIELD_TYPE


__all__ = ["FIELD_TYPE"]
