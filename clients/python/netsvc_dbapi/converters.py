# coding: utf-8
"""How MySQLdb converts values: functions by the types of Python, and by those of MySQL."""

from __future__ import absolute_import

import array
import datetime
from decimal import Decimal

from ._exceptions import ProgrammingError
from ._mysql import escape, string_literal
from ._python import integer_types, text_type
from ._received import text_to_date, text_to_datetime, text_to_interval
from .constants import FIELD_TYPE


def Bool2Str(value, encoders):
    return str(int(value)).encode("ascii")


def Thing2Str(value, encoders):
    return str(value)


def Float2Str(value, encoders):
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        raise ProgrammingError("%s can not be used with MySQL" % text)
    return text if "e" in text else text + "e0"


def None2NULL(value, encoders):
    return b"NULL"


def Decimal2Literal(value, encoders):
    return format(value, "f")


def Thing2Literal(value, encoders):
    return string_literal(value)


def Set2Str(value, encoders):
    return string_literal(",".join([item if isinstance(item, (str, text_type)) else str(item) for item in value]))


def array2Str(value, encoders):
    return string_literal(value.tobytes() if hasattr(value, "tobytes") else value.tostring())


def DateTime2literal(value, encoders):
    return string_literal(value.replace(tzinfo=None).isoformat(" "))


def DateTimeDelta2literal(value, encoders):
    minutes, seconds = divmod(value.seconds, 60)
    return string_literal("%d %d:%d:%d" % (value.days, minutes // 60, minutes % 60, seconds))


DateTime_or_None, Date_or_None, TimeDelta_or_None = text_to_datetime, text_to_date, text_to_interval

conversions = {
    bool: Bool2Str,
    float: Float2Str,
    type(None): None2NULL,
    array.array: array2Str,
    datetime.date: Thing2Literal,
    datetime.datetime: DateTime2literal,
    datetime.timedelta: DateTimeDelta2literal,
    set: Set2Str,
    Decimal: Decimal2Literal,
    FIELD_TYPE.TINY: int,
    FIELD_TYPE.SHORT: int,
    FIELD_TYPE.LONG: int,
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
    FIELD_TYPE.DECIMAL: Decimal,
    FIELD_TYPE.NEWDECIMAL: Decimal,
    FIELD_TYPE.LONGLONG: int,
    FIELD_TYPE.INT24: int,
    FIELD_TYPE.YEAR: int,
    FIELD_TYPE.TIMESTAMP: DateTime_or_None,
    FIELD_TYPE.DATETIME: DateTime_or_None,
    FIELD_TYPE.TIME: TimeDelta_or_None,
    FIELD_TYPE.DATE: Date_or_None,
    FIELD_TYPE.TINY_BLOB: bytes,
    FIELD_TYPE.MEDIUM_BLOB: bytes,
    FIELD_TYPE.LONG_BLOB: bytes,
    FIELD_TYPE.BLOB: bytes,
    FIELD_TYPE.STRING: bytes,
    FIELD_TYPE.VAR_STRING: bytes,
    FIELD_TYPE.VARCHAR: bytes,
    FIELD_TYPE.JSON: bytes,
}
conversions.update((of_type, Thing2Str) for of_type in integer_types)

__all__ = ["conversions", "escape", "string_literal"]
