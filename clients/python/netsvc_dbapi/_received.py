# coding: utf-8
"""Values that are received, as those of MySQLdb."""

from __future__ import absolute_import

import datetime
import functools
import re
from decimal import Decimal

from ._python import PY2, native, text_type, xmlrpclib
from ._sent import utf8_text
from .constants import FIELD_TYPE


class Unmarshaller(xmlrpclib.Unmarshaller):
    """Reads base64 that begins with a line feed as text. So the gateway sends text that XML does not allow."""

    dispatch = dict(xmlrpclib.Unmarshaller.dispatch)

    def end_base64(self, data):
        xmlrpclib.Unmarshaller.end_base64(self, data)
        text = utf8_text(self._stack[-1].data) if data.startswith("\n") else None
        if text is not None:
            self._stack[-1] = text

    dispatch["base64"] = end_base64


_DATETIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$")
_INTERVAL = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?$")


def _microseconds(digits):
    return int((digits or "0").ljust(6, "0"))


def text_to_datetime(value):
    match = _DATETIME.match(getattr(value, "value", value))
    try:
        numbers = [int(number or 0) for number in match.groups()[:6]]
        return datetime.datetime(*(numbers + [_microseconds(match.group(7))]))
    except (AttributeError, ValueError):
        # A date with a zero part, which Python does not have: None, as in MySQLdb.
        return None


def text_to_date(value):
    value = text_to_datetime(value)
    return value and value.date()


def text_to_interval(value):
    match = _INTERVAL.match(value)
    if match is None:
        return None
    sign, hours, minutes, seconds, fraction = match.groups()
    interval = datetime.timedelta(0, int(seconds), _microseconds(fraction), 0, int(minutes), int(hours))
    return -interval if sign else interval


def _to_decimal(value):
    return Decimal(value if isinstance(value, text_type) else str(value))


def _to_unicode(value):
    return value.data if isinstance(value, xmlrpclib.Binary) else value if not PY2 else text_type(value)


def _to_bytes(value, codec):
    return value.data if isinstance(value, xmlrpclib.Binary) else _to_unicode(value).encode(codec, "replace")


_CONVERTERS = {
    FIELD_TYPE.DECIMAL: _to_decimal,
    FIELD_TYPE.NEWDECIMAL: _to_decimal,
    FIELD_TYPE.TIMESTAMP: text_to_datetime,
    FIELD_TYPE.DATETIME: text_to_datetime,
    FIELD_TYPE.DATE: text_to_date,
    FIELD_TYPE.TIME: text_to_interval,
    # A string if it is greater than 2^63-1.
    FIELD_TYPE.LONGLONG: int,
}
_UNCHANGED = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR, FIELD_TYPE.FLOAT,
              FIELD_TYPE.DOUBLE)


def _of_text(convert):
    """A converter of the program. As in MySQLdb, it has the text that MySQL sends."""
    def convert_value(value):
        if isinstance(value, xmlrpclib.Binary):
            return convert(value.data)
        if isinstance(value, xmlrpclib.DateTime):
            value = text_to_datetime(value).isoformat(" ")
        return convert(native(value) if isinstance(value, (text_type, str)) else str(value))

    return convert_value


def convert_rows(columns, rows, codec, conv=()):
    """Converts rows to tuples: text to bytes, if there is a codec. `conv` has the functions of the program by types."""
    converters = []
    for i, column in enumerate(columns):
        code = column[1]
        if code in conv:
            converters.append((i, _of_text(conv[code])))
            continue
        if code in _UNCHANGED:
            continue
        convert = _CONVERTERS.get(code)
        if convert is None:
            convert = _to_unicode if codec is None else functools.partial(_to_bytes, codec=codec)
        converters.append((i, convert))
    for row in rows:
        for i, convert in converters:
            if row[i] is not None:
                row[i] = convert(row[i])
    return tuple([tuple(row) for row in rows])
