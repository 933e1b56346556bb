# coding: utf-8
"""Values that are sent, as XML-RPC."""

from __future__ import absolute_import

import array
import base64
import codecs
import datetime
import re
from decimal import Decimal

from ._exceptions import DataError, MySQLError, ProgrammingError
from ._python import PY2, buffer_types, integer_types, reason_of, text_type, xmlrpclib


class Encoded(object):
    """A value whose XML exists already."""

    def __init__(self, xml):
        self.xml = xml


class Struct(dict):
    """A struct of XML-RPC. Any other dict among the arguments of a statement is sent as its str(), as in MySQLdb."""


# Parsers change a literal CR to LF, and XML does not allow the others. The gateway accepts references to all of them.
_REFERENCED = re.compile(u"[&<>\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


def escape_xml(text):
    return _REFERENCED.sub(lambda match: u"&#%d;" % ord(match.group()), text)


def _typed(tag, text):
    return u"<value><%s>%s</%s></value>" % (tag, text, tag)


def encode_value(value):
    """Encodes a value, or raises an error of PEP 249, whatever is wrong with it."""
    try:
        return Encoded(xml(value))
    except MySQLError:
        raise
    except Exception as error:
        failure = DataError("the value cannot be sent to MySQL: %s" % reason_of(error))
    raise failure


def xml(value):
    """Encodes a value for XML-RPC, with Apache's types of numbers that it does not have."""
    if value is None:
        return u"<value><nil/></value>"
    if isinstance(value, Encoded):
        return value.xml
    if isinstance(value, bool):
        return _typed(u"boolean", u"%d" % value)
    if isinstance(value, integer_types):
        # MySQL computes with the digits of a number, and in DOUBLE with those of a string.
        tag = u"int" if -(2**31) <= value < 2**31 else u"i8" if -(2**63) <= value < 2**63 else u"ex:biginteger"
        return _typed(tag, u"%d" % value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ProgrammingError("%s can not be used with MySQL" % value)
        return _typed(u"ex:bigdecimal", text_type(format(value, "f")))
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ProgrammingError("%r can not be used with MySQL" % value)
        return _typed(u"double", float.__repr__(value))
    if isinstance(value, text_type):
        return _typed(u"string", escape_xml(value))
    if isinstance(value, str):
        # A str of Python 2 is text, unless it cannot be.
        text = utf8_text(value)
        return _base64(value) if text is None else _typed(u"string", escape_xml(text))
    if isinstance(value, buffer_types):
        return _base64(memoryview(value).tobytes() if not PY2 else _bytes_of(value))
    if isinstance(value, xmlrpclib.Binary):
        return _base64(value.data)
    if isinstance(value, Struct):
        members = (u"<member><name>%s</name>%s</member>" % (_name(name), xml(value[name])) for name in value)
        return u"<value><struct>%s</struct></value>" % u"".join(members)
    if isinstance(value, (list, tuple)):
        return u"<value><array><data>%s</data></array></value>" % u"".join([xml(item) for item in value])
    return _typed(u"string", escape_xml(_sql_text(value)))


# A surrogate in UTF-8, which Python 2 decodes and encodes, and nobody else.
SURROGATE = re.compile(b"\xed[\xa0-\xbf]")


def utf8_text(data):
    """Decodes UTF-8; None if it is none."""
    try:
        return None if SURROGATE.search(data) else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _name(name):
    if PY2 and isinstance(name, str):
        name = utf8_text(name)
    if not isinstance(name, text_type):
        raise ProgrammingError("the name of an argument must be a string, not %s" % type(name).__name__)
    return escape_xml(name)


def _bytes_of(value):
    """The bytes of a buffer of Python 2."""
    if isinstance(value, array.array):
        return value.tostring()
    return value.tobytes() if isinstance(value, memoryview) else str(value)


def _base64(data):
    return _typed(u"base64", base64.b64encode(data).decode("ascii"))


def _sql_text(value):
    """The text of a value whose type XML-RPC does not have, as MySQL writes it."""
    if isinstance(value, datetime.datetime):
        # strftime of Python 2 does not support years before 1900. A time zone is ignored, as in MySQLdb.
        return text_type(value.replace(tzinfo=None).isoformat(" "))
    if isinstance(value, datetime.date):
        return text_type(value.isoformat())
    if isinstance(value, datetime.time):
        return text_type(value.replace(tzinfo=None).isoformat())
    if isinstance(value, datetime.timedelta):
        return _interval_text(value)
    if isinstance(value, (set, frozenset)):
        # A value of the type SET.
        return u",".join([item if isinstance(item, text_type) else text_type(item) for item in value])
    # As in MySQLdb, any other value is its str().
    text = str(value)
    if PY2:
        text = utf8_text(text)
        if text is None:
            raise ProgrammingError("str() of a %s is not UTF-8" % type(value).__name__)
    return text


def _interval_text(value):
    sign = u"-" if value.days < 0 else u""
    value = abs(value)
    minutes, seconds = divmod(value.days * 86400 + value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = u".%06d" % value.microseconds if value.microseconds else u""
    return u"%s%02d:%02d:%02d%s" % (sign, hours, minutes, seconds, fraction)


def body_of(method, *params):
    """A request, in bytes: whatever cannot be sent is an error before the call has a number."""
    xml = u"".join([u"<param>%s</param>" % encode_value(param).xml for param in params])
    xml = u'<methodCall><methodName>%s</methodName><params>%s</params></methodCall>' % (method, xml)
    try:
        body = b'<?xml version="1.0"?>\n' + xml.encode("utf-8")
        # Python 2 encodes lone surrogates, which no other decoder accepts.
        if not (PY2 and SURROGATE.search(body)):
            return body
        reason = "a lone surrogate"
    except UnicodeEncodeError as error:
        reason = repr(error.object[error.start : error.end])
    raise DataError("text with %s cannot be sent: UTF-8 does not have it" % reason)


# MySQL's names of character sets whose names in Python are others.
_CODECS = {"latin1": "cp1252", "utf8mb4": "utf-8", "utf8mb3": "utf-8", "koi8r": "koi8_r", "koi8u": "koi8_u"}


def codec_of(charset):
    """The codec of byte strings that are sent; None for UTF-8."""
    try:
        codec = codecs.lookup(_CODECS.get(charset, charset) or "utf-8").name
    except LookupError:
        codec = "utf-8"
    return None if codec in ("utf-8", "ascii") else codec


def decoded(value, codec):
    """In Python 2, a str of arguments is text in the character set of the connection, unless it cannot be."""
    if not PY2 or codec is None:
        return value
    if isinstance(value, str):
        try:
            return value.decode(codec)
        except UnicodeDecodeError:
            return value
    if isinstance(value, (list, tuple)):
        return [decoded(item, codec) for item in value]
    return value


def query_text(query, codec=None):
    if isinstance(query, (bytes, bytearray)):
        text = utf8_text(bytes(query)) if codec is None else bytes(query).decode(codec, "replace")
        if text is None:
            raise ProgrammingError("the query must be text in UTF-8: pass other bytes as arguments")
        return text
    if not isinstance(query, text_type):
        raise ProgrammingError("the query must be a string, not %s" % type(query).__name__)
    return query


def arguments(args, codec=None):
    """The arguments of one statement. A value stands for a sequence of one, as in MySQLdb 1.2."""
    if args is None:
        return None
    if isinstance(args, dict):
        return Struct([(name, decoded(args[name], codec)) for name in args])
    return decoded(args if isinstance(args, (list, tuple)) else _sequence_of(args), codec)


def _sequence_of(args):
    if isinstance(args, (text_type, str, Decimal, set, frozenset)) or isinstance(args, buffer_types):
        return [args]
    try:
        return list(args)
    except TypeError:
        return [args]
