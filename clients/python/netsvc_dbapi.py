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

import array
import ast
import base64
import datetime
import errno
import functools
import io
import os
import re
import select
import socket
import ssl
import sys
import time
import zlib
from decimal import Decimal

PY2 = sys.version_info[0] == 2

if PY2:
    import httplib
    import xmlrpclib
    from urllib import unquote
    from urlparse import urlsplit

    _Base = StandardError  # noqa: F821
    _text, _integers = unicode, (int, long)  # noqa: F821
    _buffers = (bytearray, memoryview, buffer, array.array)  # noqa: F821
else:
    import http.client as httplib
    import xmlrpc.client as xmlrpclib
    from urllib.parse import unquote, urlsplit

    _Base = Exception
    _text, _integers = str, (int,)
    _buffers = (bytes, bytearray, memoryview, array.array)

apilevel = "2.0"
threadsafety = 1
# %s and %(name)s are both supported. This is the value of MySQLdb.
paramstyle = "format"

__version__ = "0.1.0"


# --- Errors ---------------------------------------------------------------------------------------------------------


class MySQLError(_Base):
    """The base class of all exceptions of this module."""


class Warning(Warning, MySQLError):
    """Required by PEP 249. This module does not raise it."""


class Error(MySQLError):
    """The base class of all errors."""


class InterfaceError(Error):
    """An error of the module, and not of the database."""


class DatabaseError(Error):
    """An error of the database."""


class DataError(DatabaseError):
    """A value is out of range or too long."""


class OperationalError(DatabaseError):
    """MySQL or the gateway cannot do it now: lost connections, expired sessions, deadlocks, limits."""


class IntegrityError(DatabaseError):
    """A key is duplicate or missing."""


class InternalError(DatabaseError):
    """An internal error of the gateway."""


class ProgrammingError(DatabaseError):
    """A syntax error, a missing table, or a wrong number of arguments."""


class NotSupportedError(DatabaseError):
    """MySQL or the gateway does not support it."""


# The classes of MySQLdb (its _mysql.c). Every other number from 1000 on is an OperationalError.
_CLASSES = {}
for _class, _numbers in (
    (ProgrammingError, (1007, 1064, 1102, 1103, 1110, 1111, 1112, 1113, 1146, 1149, 1179, 2014)),
    (IntegrityError, (1062, 1169, 1215, 1216, 1217, 1364, 1451, 1452)),
    (DataError, (1171, 1230, 1263, 1264, 1265, 1406, 1441)),
    (NotSupportedError, (1196, 1235, 1286, 1289)),
    # The faults of the gateway itself.
    (OperationalError, (51, 58)),
    (InterfaceError, (52, 54)),
    (NotSupportedError, (55,)),
    (ProgrammingError, (56,)),
    (InternalError, (57,)),
):
    for _number in _numbers:
        _CLASSES[_number] = _class

CR_UNKNOWN_ERROR, CR_CONNECTION_ERROR, CR_SERVER_GONE_ERROR = 2000, 2003, 2006
CR_SERVER_LOST, CR_SSL_CONNECTION_ERROR = 2013, 2026
ER_ACCESS_DENIED_ERROR, ER_BAD_DB_ERROR, ER_NET_PACKET_TOO_LARGE = 1045, 1049, 1153
# Refusals of the gateway or of a proxy before it. 51 is that of a limit of the gateway.
_NUMBERS = {401: ER_ACCESS_DENIED_ERROR, 403: ER_ACCESS_DENIED_ERROR, 413: ER_NET_PACKET_TOO_LARGE, 429: 51, 503: 51}
# Faults of a request that the gateway may have refused before it was a call.
_REFUSALS = (51, 54)
# By these, a program knows that its statement has not been run.
_NOT_RUN = (51, 2002, CR_CONNECTION_ERROR, CR_SERVER_GONE_ERROR)
# The MySQL connection of the session is lost, and with it the transaction, the variables and `SET autocommit = 0`.
_LOST = (CR_SERVER_GONE_ERROR, CR_SERVER_LOST, 1053, 1927, 3169, 4031)


def _error(number, message):
    default = InternalError if number < 1000 else OperationalError
    return _CLASSES.get(number, default)(number, _native(message))


def _native(text):
    """Python 2 prints exceptions whose text is a str."""
    return text.encode("utf-8") if PY2 and isinstance(text, _text) else text


def _fault_error(code, string):
    """The error of a fault. The text is `origin -- description`, a blank line and details."""
    if not isinstance(code, _integers):
        raise TypeError("the code of a fault must be an integer")
    if code != 1:
        return _error(code, string.partition(" -- ")[2] if code >= 1000 else string)
    details = string.partition("\n\n")[2]
    if re.match(r"\(\d+, ", details):
        # The str() of MySQLdb's exception in Python 2, whose text is in UTF-8.
        number, message = ast.literal_eval(details)
        if not PY2:
            message = message.encode("latin-1").decode("utf-8", "replace")
        return _error(number, message)
    return ProgrammingError(_native(details))


# --- Types ----------------------------------------------------------------------------------------------------------


class FIELD_TYPE(object):
    """The type codes of `description`."""

    DECIMAL, TINY, SHORT, LONG, FLOAT, DOUBLE, NULL, TIMESTAMP, LONGLONG, INT24 = range(10)
    DATE, TIME, DATETIME, YEAR = 10, 11, 12, 13
    VARCHAR, BIT, JSON, NEWDECIMAL, ENUM, SET = 15, 16, 245, 246, 247, 248
    TINY_BLOB, MEDIUM_BLOB, LONG_BLOB, BLOB, VAR_STRING, STRING, GEOMETRY = range(249, 256)
    CHAR, INTERVAL = TINY, ENUM


class DBAPISet(frozenset):
    """A set of type codes that is equal to each of them."""

    def __eq__(self, other):
        if isinstance(other, DBAPISet):
            return not self.difference(other)
        return other in self

    def __ne__(self, other):
        return not self == other

    __hash__ = frozenset.__hash__


STRING = DBAPISet([FIELD_TYPE.ENUM, FIELD_TYPE.STRING, FIELD_TYPE.VAR_STRING])
BINARY = DBAPISet([FIELD_TYPE.BLOB, FIELD_TYPE.LONG_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.TINY_BLOB])
NUMBER = DBAPISet([
    FIELD_TYPE.DECIMAL, FIELD_TYPE.DOUBLE, FIELD_TYPE.FLOAT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG,
    FIELD_TYPE.TINY, FIELD_TYPE.YEAR, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.SHORT,
])
DATE = DBAPISet([FIELD_TYPE.DATE])
TIME = DBAPISet([FIELD_TYPE.TIME])
TIMESTAMP = DBAPISet([FIELD_TYPE.TIMESTAMP, FIELD_TYPE.DATETIME])
DATETIME = TIMESTAMP
ROWID = DBAPISet()

Date = datetime.date
Time = datetime.time
TimeDelta = datetime.timedelta
Timestamp = datetime.datetime


def DateFromTicks(ticks):
    return datetime.date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks):
    return datetime.time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks):
    return datetime.datetime(*time.localtime(ticks)[:6])


# In Python 2, a str is text.
Binary = bytearray if PY2 else bytes


# --- Values that are sent -------------------------------------------------------------------------------------------


class _Encoded(object):
    """A value whose XML exists already."""

    def __init__(self, xml):
        self.xml = xml


# Parsers change a literal CR to LF, and XML does not allow the others. The gateway accepts references to all of them.
_REFERENCED = re.compile(u"[&<>\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


def _escape(text):
    return _REFERENCED.sub(lambda match: u"&#%d;" % ord(match.group()), text)


def _typed(tag, text):
    return u"<value><%s>%s</%s></value>" % (tag, text, tag)


def _encoded(value):
    """Encodes a value, or raises an error of PEP 249, whatever is wrong with it."""
    try:
        return _Encoded(_xml(value))
    except MySQLError:
        raise
    except Exception as error:
        failure = DataError("the value cannot be sent to MySQL: %s" % _reason(error))
    raise failure


def _xml(value):
    """Encodes a value for XML-RPC. Numbers that it does not have are sent as MySQL writes them."""
    if value is None:
        return u"<value><nil/></value>"
    if isinstance(value, _Encoded):
        return value.xml
    if isinstance(value, bool):
        return _typed(u"boolean", u"%d" % value)
    if isinstance(value, _integers):
        tag = u"int" if -(2**31) <= value < 2**31 else u"i8" if -(2**63) <= value < 2**63 else u"string"
        return _typed(tag, u"%d" % value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ProgrammingError("%r can not be used with MySQL" % value)
        return _typed(u"double", float.__repr__(value))
    if isinstance(value, _text):
        return _typed(u"string", _escape(value))
    if isinstance(value, str):
        # A str of Python 2 is text, unless it cannot be.
        text = _utf8_text(value)
        return _base64(value) if text is None else _typed(u"string", _escape(text))
    if isinstance(value, _buffers):
        return _base64(memoryview(value).tobytes() if not PY2 else _bytes_of(value))
    if isinstance(value, xmlrpclib.Binary):
        return _base64(value.data)
    if isinstance(value, dict):
        members = (u"<member><name>%s</name>%s</member>" % (_name(name), _xml(value[name])) for name in value)
        return u"<value><struct>%s</struct></value>" % u"".join(members)
    if isinstance(value, (list, tuple)):
        return u"<value><array><data>%s</data></array></value>" % u"".join([_xml(item) for item in value])
    return _typed(u"string", _escape(_sql_text(value)))


# A surrogate in UTF-8, which Python 2 decodes and encodes, and nobody else.
_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")


def _utf8_text(data):
    """Decodes UTF-8; None if it is none."""
    try:
        return None if _SURROGATE.search(data) else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _name(name):
    if PY2 and isinstance(name, str):
        name = _utf8_text(name)
    if not isinstance(name, _text):
        raise ProgrammingError("the name of an argument must be a string, not %s" % type(name).__name__)
    return _escape(name)


def _bytes_of(value):
    """The bytes of a buffer of Python 2."""
    if isinstance(value, array.array):
        return value.tostring()
    return value.tobytes() if isinstance(value, memoryview) else str(value)


def _base64(data):
    return _typed(u"base64", base64.b64encode(data).decode("ascii"))


def _sql_text(value):
    """The text of a value whose type XML-RPC does not have, as MySQL writes it."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ProgrammingError("%s can not be used with MySQL" % value)
        return _text(format(value, "f"))
    if isinstance(value, datetime.datetime):
        # strftime of Python 2 does not support years before 1900. A time zone is ignored, as in MySQLdb.
        return _text(value.replace(tzinfo=None).isoformat(" "))
    if isinstance(value, datetime.date):
        return _text(value.isoformat())
    if isinstance(value, datetime.time):
        return _text(value.replace(tzinfo=None).isoformat())
    if isinstance(value, datetime.timedelta):
        return _interval_text(value)
    if isinstance(value, (set, frozenset)):
        # A value of the type SET.
        return u",".join([item if isinstance(item, _text) else _text(item) for item in value])
    raise ProgrammingError("a value of type %s cannot be sent to MySQL" % type(value).__name__)


def _interval_text(value):
    sign = u"-" if value.days < 0 else u""
    value = abs(value)
    minutes, seconds = divmod(value.days * 86400 + value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = u".%06d" % value.microseconds if value.microseconds else u""
    return u"%s%02d:%02d:%02d%s" % (sign, hours, minutes, seconds, fraction)


# --- Values that are received ---------------------------------------------------------------------------------------

_DATETIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$")
_INTERVAL = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?$")


def _microseconds(digits):
    return int((digits or "0").ljust(6, "0"))


def _to_datetime(value):
    match = _DATETIME.match(getattr(value, "value", value))
    try:
        numbers = [int(number or 0) for number in match.groups()[:6]]
        return datetime.datetime(*(numbers + [_microseconds(match.group(7))]))
    except (AttributeError, ValueError):
        # A date with a zero part, which Python does not have: None, as in MySQLdb.
        return None


def _to_date(value):
    value = _to_datetime(value)
    return value and value.date()


def _to_interval(value):
    match = _INTERVAL.match(value)
    if match is None:
        return None
    sign, hours, minutes, seconds, fraction = match.groups()
    interval = datetime.timedelta(0, int(seconds), _microseconds(fraction), 0, int(minutes), int(hours))
    return -interval if sign else interval


def _to_decimal(value):
    return Decimal(value if isinstance(value, _text) else str(value))


def _to_unicode(value):
    return value.data if isinstance(value, xmlrpclib.Binary) else value if not PY2 else _text(value)


def _to_str(value):
    """A str of Python 2, in UTF-8."""
    return value.data if isinstance(value, xmlrpclib.Binary) else _native(value)


def _to_json(value):
    """JSON is never binary: bytes are text that XML does not allow."""
    return value.data.decode("utf-8") if isinstance(value, xmlrpclib.Binary) else value


_CONVERTERS = {
    FIELD_TYPE.DECIMAL: _to_decimal,
    FIELD_TYPE.NEWDECIMAL: _to_decimal,
    FIELD_TYPE.TIMESTAMP: _to_datetime,
    FIELD_TYPE.DATETIME: _to_datetime,
    FIELD_TYPE.DATE: _to_date,
    FIELD_TYPE.TIME: _to_interval,
    # A string if it is greater than 2^63-1.
    FIELD_TYPE.LONGLONG: int,
}
_UNCHANGED = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR, FIELD_TYPE.FLOAT,
              FIELD_TYPE.DOUBLE)


def _convert(columns, rows, use_unicode):
    """Converts rows to tuples."""
    converters = []
    for i, column in enumerate(columns):
        code = column[1]
        if code in _UNCHANGED:
            continue
        convert = _CONVERTERS.get(code)
        if convert is None:
            convert = _to_str if not use_unicode else _to_json if code == FIELD_TYPE.JSON else _to_unicode
        converters.append((i, convert))
    for row in rows:
        for i, convert in converters:
            if row[i] is not None:
                row[i] = convert(row[i])
    return tuple([tuple(row) for row in rows])


# --- Calls ----------------------------------------------------------------------------------------------------------

_MAX_PAUSE = 1.0
# Seconds that a call without a time-out waits, in all, for a gateway that asks it to come back later.
_MAX_WAIT = 30
# Seconds that closing a session may take.
_CLOSE_TIMEOUT = 5
# What HAProxy says with 503 if it has sent the request to no server. Other proxies may have sent it.
_UNSENT = "No server is available to handle this request"

_now = getattr(time, "monotonic", time.time)


class _TimedOut(Exception):
    """The time for a call has passed."""


class _Deadline(object):
    """The time for a call, which all its attempts share."""

    def __init__(self, seconds):
        self._seconds = seconds or None
        self._end = None if self._seconds is None else _now() + self._seconds

    def left(self):
        """Returns the seconds that are left, or None if there is no limit."""
        if self._end is None:
            return None
        left = self._end - _now()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self):
        return _TimedOut("no response within %s seconds" % self._seconds)

    def allows(self, pause, waited):
        """Whether a call may pause. Without a limit, `waited` counts: all its pauses for a busy gateway."""
        return waited <= _MAX_WAIT if self._end is None else _now() + pause < self._end


class _Socket(object):
    """
    A socket whose operations end at a deadline. The time-out of a socket itself is for each of them: a server that
    sends a byte a second would never exceed it.
    """

    def __init__(self, sock, deadline):
        self._sock = sock
        self.deadline = deadline

    @classmethod
    def opened(cls, address, deadline):
        """Connects to an address of getaddrinfo."""
        opened = cls(socket.socket(*address[:3]), deadline)
        try:
            opened._limited(opened._sock.connect, address[4])
            # The body would wait for the acknowledgement of the head.
            opened._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return opened
        except BaseException:
            opened.end()
            raise

    def start_tls(self, context, host):
        self._sock = self._limited(lambda host: context.wrap_socket(self._sock, server_hostname=host), host)

    def sendall(self, data):
        data = memoryview(data)
        while len(data) > 0:
            data = data[self._limited(self._sock.send, data[:65536]):]

    def recv_into(self, buffer):
        return self._limited(self._sock.recv_into, buffer)

    def makefile(self, *args, **kwargs):
        return io.BufferedReader(_Received(self), 65536)

    def is_quiet(self):
        """Whether an idle connection has neither been closed nor received what nobody asked for."""
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self._sock.fileno(), select.POLLIN)
            return not poll.poll(0)
        return not select.select([self._sock], [], [], 0)[0]

    def close(self):
        """Does nothing: http.client calls it before it has read the response."""

    def end(self):
        self._sock.close()

    def _limited(self, operation, argument):
        while True:
            self._sock.settimeout(self.deadline.left())
            try:
                return operation(argument)
            except socket.error as error:
                if _is_timeout(error):
                    raise self.deadline.passed()
                # A signal, in Python 2.
                if error.errno != errno.EINTR:
                    raise


def _is_timeout(error):
    """Python 2 raises SSLError for TLS. Since Python 3.10, a connection that TCP gives up is a socket.timeout, too."""
    return isinstance(error, (socket.timeout, ssl.SSLError)) and error.errno is None and "timed out" in str(error)


class _Received(io.RawIOBase):
    """What a socket receives."""

    def __init__(self, source):
        io.RawIOBase.__init__(self)
        self._source = source

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._source.recv_into(buffer)


class _Failure(Exception):
    """
    A call, or an attempt to make it, has no result.

    made -- whether the call may have been made; False only if it certainly has not
    status -- of HTTP, if the call was refused
    number -- of the error, if the failure has one
    retry_after -- after how many seconds the call should be repeated, if the server says so
    again -- whether a repetition may help
    """

    def __init__(self, reason, made, status=None, number=None, retry_after=None, again=True):
        Exception.__init__(self, reason)
        self.made, self.status, self.number = made, status, number
        self.retry_after, self.again = retry_after, again

    @property
    def reason(self):
        return self.args[0]


class _Transport(object):
    """One kept-alive HTTP connection. xmlrpclib's own repeats a request without telling."""

    def __init__(self, url, user, password, timeout, ssl_context):
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname, parts.port
            self.path = str(parts.path.rstrip("/") or "/")
            self.name = "%s://%s%s" % (parts.scheme, parts.netloc.rpartition("@")[2], self.path)
        except Exception:
            parts = None
        if parts is None or parts.scheme not in ("http", "https") or not self._host:
            raise InterfaceError("the URL must be http://HOST:PORT/DATABASE or https://...")
        self._timeout = timeout
        self._context = ssl_context
        if parts.scheme == "https" and ssl_context is None:
            self._context = ssl.create_default_context()
        self._https = parts.scheme == "https"
        self._http = self._socket = None
        self._headers = {
            "Content-Type": "text/xml",
            "Accept-Encoding": "gzip",
            "User-Agent": "netsvc_dbapi/" + __version__,
        }
        user = unquote(parts.username or "") if user is None else user
        password = unquote(parts.password or "") if password is None else password
        if user:
            self._headers["Authorization"] = "Basic " + _login(user, password)

    def call(self, path, body, read, attempts, timeout=None, opening=False):
        """
        Makes a call. It is repeated if there is no response, and later if the gateway is busy. Returns what `read`
        makes of its result, the Error of a fault, or a _Failure that knows whether any attempt may have been made.
        """
        deadline = _Deadline(timeout or self._timeout)
        made, attempt, waited = False, 0, 0
        while True:
            try:
                answer = self._attempt(path, body, read, deadline)
                if made and isinstance(answer, Error) and answer.args[0] in _REFUSALS:
                    return _Failure(answer.args[1], True)
                return answer
            except _Failure as failure:
                self.drop()
                made = failure.made = failure.made or made
                if failure.retry_after is None:
                    attempt += 1
                    pause = min(0.05 * 2 ** (attempt - 1), _MAX_PAUSE) if attempt > 1 else 0
                    again = failure.again and attempt < attempts and not (opening and failure.number)
                else:
                    pause = max(failure.retry_after, 0.05)
                    waited += pause
                    again = True
                if not (again and deadline.allows(pause, waited)):
                    return failure
            time.sleep(pause)

    def drop(self):
        owned, self._socket, self._http = self._socket, None, None
        if owned is not None:
            owned.end()

    def _attempt(self, path, body, read, deadline):
        made = False
        try:
            self._prepare(deadline)
            # From here on, the gateway may have received it.
            made = True
            response, data = self._exchange(path, body)
        except _Failure:
            raise
        except Exception as error:
            number = None if made else CR_CONNECTION_ERROR
            raise _Failure(_reason(error), made, number=number, again=not isinstance(error, _TimedOut))
        except BaseException:
            # An interrupted request leaves its response behind on the connection.
            self.drop()
            raise
        if response.will_close:
            self.drop()
        return _answer(response, data, read)

    def _exchange(self, path, body):
        self._send(path, body)
        response = self._http.getresponse()
        return response, response.read()

    def _send(self, path, body):
        """Sends a request in one write. A second one may be delayed by the algorithm of Nagle in a proxy."""
        parts = []
        self._http.send = parts.append
        try:
            self._http.request("POST", path, body, self._headers)
        finally:
            del self._http.send
        self._socket.sendall(b"".join(parts))

    def _prepare(self, deadline):
        """Makes sure that there is a connection. What fails here precedes the call."""
        if self._socket is not None and not self._socket.is_quiet():
            self.drop()
        if self._socket is not None:
            self._socket.deadline = deadline
            return
        if self._https:
            http = httplib.HTTPSConnection(self._host, self._port, context=self._context)
        else:
            http = httplib.HTTPConnection(self._host, self._port)
        self._socket = self._connect(http.port, deadline)
        if self._https:
            self._start_tls()
        http.sock = self._socket
        self._http = http

    def _connect(self, port, deadline):
        """Connects to the first address that accepts it, as socket.create_connection, but in the time for all."""
        failure = socket.error("the host has no address")
        for address in socket.getaddrinfo(self._host, port, 0, socket.SOCK_STREAM):
            try:
                return _Socket.opened(address, deadline)
            except socket.error as error:
                failure = error
        raise failure

    def _start_tls(self):
        try:
            self._socket.start_tls(self._context, self._host)
        except (socket.error, ValueError) as error:
            if not (isinstance(error, ssl.CertificateError) or "CERTIFICATE_VERIFY_FAILED" in str(error)):
                raise
            reason = "SSL connection error: %s" % _reason(error)
            raise _Failure(reason, False, number=CR_SSL_CONNECTION_ERROR, again=False)


def _login(user, password):
    try:
        parts = [part.decode("utf-8") if isinstance(part, bytes) else part for part in (user, password)]
        return str(base64.b64encode(u":".join(parts).encode("utf-8")).decode("ascii"))
    except Exception:
        pass
    raise InterfaceError("the user and the password must be text")


def _reason(error):
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


def _answer(response, data, read):
    """Returns what `read` makes of a response, or the Error of a fault. Whatever cannot be read is no response."""
    try:
        if response.getheader("Content-Encoding") == "gzip":
            data = zlib.decompressobj(31).decompress(data)
        if response.status == 200:
            return _result(data, read)
        failure = _refusal(response, data.decode("utf-8", "replace"))
    except Exception as error:
        failure = _Failure("invalid response: %s" % _reason(error), True)
    raise failure


def _result(data, read):
    try:
        parser, unmarshaller = xmlrpclib.getparser()
        parser.feed(data)
        parser.close()
        [result] = unmarshaller.close()
    except xmlrpclib.Fault as fault:
        return _fault_error(fault.faultCode, fault.faultString)
    return read(result)


def _refusal(response, text):
    """The failure of a response that is none of XML-RPC."""
    status = response.status
    reason = text.strip().split("\n")[0]
    # A page is that of a proxy.
    reason = response.reason if not reason or "<" in reason else reason[:200]
    seconds = (response.getheader("Retry-After") or "").strip()
    retry_after = int(seconds) if re.match(r"\d{1,9}$", seconds) else None
    if status == 429 or status == 503 and (seconds or _UNSENT in text):
        return _Failure(reason, False, status, retry_after=retry_after)
    if status == 408:
        # The request has not arrived.
        return _Failure(reason, False, status)
    if 400 <= status < 500:
        return _Failure(reason, False, status, again=False)
    return _Failure("%d %s" % (status, reason), True)


def _body(method, *params):
    """A request, in bytes: whatever cannot be sent is an error before the call has a number."""
    xml = u"".join([u"<param>%s</param>" % _encoded(param).xml for param in params])
    xml = u'<methodCall><methodName>%s</methodName><params>%s</params></methodCall>' % (method, xml)
    try:
        body = b'<?xml version="1.0"?>\n' + xml.encode("utf-8")
        # Python 2 encodes lone surrogates, which no other decoder accepts.
        if not (PY2 and _SURROGATE.search(body)):
            return body
        reason = "a lone surrogate"
    except UnicodeEncodeError as error:
        reason = repr(error.object[error.start : error.end])
    raise DataError("text with %s cannot be sent: UTF-8 does not have it" % reason)


def _listed(method, *params):
    """A call of `batch` or `session`."""
    return {"methodName": method, "params": params}


def _is_fault(answer):
    return isinstance(answer, dict)


def _tells_loss(answers):
    """Whether the MySQL connection of the session was lost. The gateway would continue on another, with autocommit."""
    # Only that of a list of calls contains faults.
    answers = answers if isinstance(answers, list) else []
    return any([_is_fault(answer) and answer["faultCode"] in _LOST for answer in answers])


def _is_about_number(error):
    """Whether the gateway refuses the number of a call."""
    return error.args[0] == 56 and "\n\nn: " in error.args[1]


def _nothing(answer):
    """Reads the answer of a method that returns nil: another value may be the answer of something else."""
    # An empty string, if the database has the option nulls=empty.
    if answer not in (None, ""):
        raise ValueError("nil was expected")


def _number(answer):
    if not isinstance(answer, _integers):
        raise ValueError("a number was expected")
    return answer


# What is read of a result set, and the step to the next.
_READ_SET = [_listed(method) for method in ("description", "rowcount", "lastrowid", "fetchall", "nextset")]
# The number of result sets of a procedure that are read in the call that runs it.
_SETS = 4


class _ResultSet(object):
    def __init__(self, columns, rows, rowcount, lastrowid):
        self.columns, self.rows, self.rowcount, self.lastrowid = columns, rows, rowcount, lastrowid


class Connection(object):
    """A connection: one session of the gateway."""

    MySQLError, Warning, Error, InterfaceError = MySQLError, Warning, Error, InterfaceError
    DatabaseError, DataError, OperationalError = DatabaseError, DataError, OperationalError
    IntegrityError, InternalError, ProgrammingError = IntegrityError, InternalError, ProgrammingError
    NotSupportedError = NotSupportedError

    # The endpoint of the session; None if there is none, or none any more.
    _path = None
    _closed = False

    def __init__(self, url, autocommit=False, timeout=None, session_timeout=600, retries=5, user=None, password=None,
                 passwd=None, cursorclass=None, init_command=None, charset=None, use_unicode=None, ssl_context=None,
                 lazy=False):
        """
        url -- of the database service: http://user:password@host:port/database, or https://...
        autocommit -- None: as the gateway has it for the database
        timeout -- seconds that a call may take, with its repetitions: what takes longer is OperationalError 2013
        session_timeout -- seconds without a call after which the gateway closes the session
        retries -- how often a call is repeated if its response is lost
        user, password, passwd -- instead of those in the URL
        cursorclass -- Cursor or DictCursor
        init_command -- a statement that is run first
        charset -- text is UTF-8. Its presence makes use_unicode True
        use_unicode -- whether text is unicode in Python 2. Otherwise it is str, in UTF-8
        ssl_context -- an ssl.SSLContext for https
        lazy -- the first statement opens the session, in the same call if it only reads
        """
        self.cursorclass = cursorclass or Cursor
        self.messages = []
        self._use_unicode = not PY2 or (charset is not None if use_unicode is None else bool(use_unicode))
        # None: as the gateway has it, until that is asked for.
        self._autocommit = None if autocommit is None else bool(autocommit)
        self._attempts = 1 + retries
        self._transport = _Transport(url, user, passwd if password is None else password, timeout, ssl_context)
        self._last = 0
        self._broken = False
        self._used = False
        self._warnings = 0
        self._process = os.getpid()
        self._session_timeout = session_timeout
        self._session_autocommit = self._autocommit
        self._opening = [] if init_command is None else [_listed("execute", init_command)]
        if not lazy:
            self._open([])

    def _open(self, calls, read=None):
        """Opens the session, makes calls on it, and returns what `read` makes of their answers."""
        options = {"timeout": self._session_timeout}
        if self._session_autocommit is not None:
            options["autocommit"] = self._session_autocommit
        body = _body("session", self._opening + calls, options)
        read_opened = functools.partial(self._opened, read)
        opened = self._transport.call(self._transport.path, body, read_opened, self._attempts, opening=True)
        if isinstance(opened, _Failure):
            error = self._not_opened(opened, bool(self._opening or calls))
        elif isinstance(opened, Error):
            error = opened
        else:
            self._path, error, result, self._broken = opened
            if error is None:
                return result
            self.close()
        self._transport.drop()
        raise error

    def _opened(self, read, answer):
        """Reads the answer of `session`: its path, the error of init_command, the rest, and whether MySQL was lost."""
        name, answers = answer["id"], answer["results"]
        if not re.match(r"[A-Za-z0-9_.~-]+$", name):
            raise ValueError("the id of the session is not one")
        path = "%s/%s" % (self._transport.path.rstrip("/"), str(name))
        first = len(self._opening)
        for answer in answers[:first]:
            if _is_fault(answer):
                return path, _error_of(answer), None, False
        if len(answers) < first:
            raise ValueError("there is no answer to init_command")
        return path, None, read and read(answers[first:]), _tells_loss(answers)

    def _not_opened(self, failure, runs):
        """The error of the call that opens the session. `runs`: it contains statements."""
        text = _native(failure.reason)
        if failure.made and runs:
            self._broken = True
            return OperationalError(CR_SERVER_LOST, "Lost connection to the gateway during the call (%s)" % text)
        if failure.status is None:
            number = failure.number or CR_CONNECTION_ERROR
            return OperationalError(number, "Can't connect to the gateway on %s (%s)" % (self._transport.name, text))
        number = {404: ER_BAD_DB_ERROR, 429: CR_CONNECTION_ERROR, 503: CR_CONNECTION_ERROR}.get(failure.status)
        message = "%d %s (%s)" % (failure.status, text, self._transport.name)
        return OperationalError(number or _NUMBERS.get(failure.status, CR_CONNECTION_ERROR), message)

    @property
    def open(self):
        """1 until it is closed."""
        return 0 if self._closed else 1

    def cursor(self, cursorclass=None):
        self._check_open()
        return (cursorclass or self.cursorclass)(self)

    def commit(self):
        self._end("commit")

    def rollback(self):
        self._end("rollback")

    def begin(self):
        """Begins a transaction, also with autocommit."""
        self._once("begin", [])

    def autocommit(self, on):
        on = bool(on)
        if on != self._autocommit:
            self._once("execute", ["SET autocommit = %d" % on], _number)
            self._autocommit = on
        self._check_open()

    def get_autocommit(self):
        if self._autocommit is None:
            self._autocommit = self._once("query", ["SELECT @@autocommit"], lambda result: bool(result["rows"][0][0]))
        return self._autocommit

    def ping(self, reconnect=False):
        """Restarts the idle time of the session. Raises OperationalError 2006 if it has ended."""
        self._once("touch", [])

    def select_db(self, db):
        self._once("execute", [u"USE `%s`" % _query_text(db).replace(u"`", u"``")], _number)

    def warning_count(self):
        """The number of warnings of the last statement."""
        return self._warnings

    def show_warnings(self):
        """The level, the number and the text of each warning of the last statement."""
        return self._once("query", ["SHOW WARNINGS"], lambda result: tuple([tuple(row) for row in result["rows"]]))

    def close(self):
        """Closes the session, which rolls back."""
        if self._closed:
            self._check_open()
        self._close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        if self.open:
            self._close()

    def __del__(self):
        # The transaction of a connection that was forgotten would hold its locks until the session expires.
        try:
            # In a forked process, it is the connection of the parent.
            if not self._closed and self._path is not None and self._process == os.getpid():
                self._transport.drop()
                self._close()
        except Exception:
            pass

    def _close(self):
        """Closes the session, also while the gateway runs a call of it whose answer nobody waits for any more."""
        self._closed = True
        path, self._path = self._path, None
        if self._broken:
            # The HTTP connection may wait for a response.
            self._transport.drop()
        try:
            if path is not None:
                # It has no number, with which it would be one of the calls that run one after the other. A repetition
                # finds no session.
                self._transport.call(path, _body("close"), _number, 3, _CLOSE_TIMEOUT)
        except Exception:
            pass  # It has ended, or it will expire.
        finally:
            self._transport.drop()

    def _check_open(self):
        if self._closed:
            raise OperationalError(CR_SERVER_GONE_ERROR, "the connection is closed")
        if self._broken:
            raise OperationalError(CR_SERVER_GONE_ERROR, "the connection was lost")

    def _end(self, method):
        self._check_open()
        # Without a statement since the last one, there is no transaction.
        if self._used:
            self._once(method, [])
            self._used = False

    def _once(self, method, params, read=_nothing):
        """
        Makes a numbered call on the session and returns what `read` makes of its answer. The answer is asked for again
        if it was lost, and the call not made again.
        """
        self._check_open()
        # If they cannot be encoded, no number is used.
        encoded = _encoded(params)
        if self._path is None:
            # If the response is lost, the call is repeated in another session. Until the first one expires, it keeps
            # what the call has locked, so that only a statement that reads is a part of it.
            if method == "batch" and _only_reads(params[0][0]):
                result = self._open(params[0], read)
                self._used = True
                return result
            self._open([])
        while True:
            body = _body("once", self._last + 1, method, encoded)
            # An exception leaves open whether the call has been made.
            self._broken = True
            self._last += 1
            self._used = True
            answer = self._transport.call(
                self._path, body, lambda answer: (read(answer), _tells_loss(answer)), self._attempts)
            if isinstance(answer, _Failure):
                raise self._failed(answer)
            if not isinstance(answer, Error):
                result, self._broken = answer
                return result
            if not self._renumber(answer):
                self._broken = answer.args[0] in _LOST or _is_about_number(answer)
                raise answer

    def _renumber(self, error):
        """Whether the gateway has made fewer calls than were numbered, as it refused one before it counted."""
        expected = _is_about_number(error) and re.search(r"expected (?:\d+ or )?(\d+), ", error.args[1])
        if not expected or int(expected.group(1)) >= self._last:
            return False
        self._last = int(expected.group(1)) - 1
        return True

    def _failed(self, failure):
        """The error of a numbered call. Its number says whether the call may have been made."""
        text = _native(failure.reason)
        if failure.made:
            return OperationalError(CR_SERVER_LOST, "Lost connection to the gateway during the call (%s)" % text)
        if failure.status is None:
            number = CR_SERVER_GONE_ERROR if failure.number == CR_CONNECTION_ERROR else failure.number
            return OperationalError(number, "Can't connect to the gateway on %s (%s)" % (self._transport.name, text))
        if failure.status == 404:
            # The session has expired, or was closed with the gateway.
            return OperationalError(CR_SERVER_GONE_ERROR, text)
        # The session is as it was.
        self._last -= 1
        self._broken = False
        text = text if failure.status == 413 else "%d %s" % (failure.status, text)
        return OperationalError(_NUMBERS.get(failure.status, CR_UNKNOWN_ERROR), text)

    def _query(self, query, args):
        """Runs a statement and returns its result sets. An Error in the place of one is raised by nextset."""
        # The result sets of a procedure are read in the call that runs it.
        sets = _SETS if re.match(r"\s*call\b", query, re.IGNORECASE) else 0
        calls = [_listed("query", query, args), _listed("nextset")] + _READ_SET * sets
        return self._following(*self._once("batch", [calls], self._read_query))

    def _call(self, sets, method, *params):
        """The same for another method of the session, with the number of the result sets that are expected."""
        calls = [_listed(method, *params)] + _READ_SET * sets
        return self._following(*self._once("batch", [calls], self._read_call))

    def _following(self, results, more):
        """Reads the result sets that are left."""
        while more:
            following, more = _rest(lambda: self._once("batch", [_READ_SET * _SETS], self._read_sets))
            results.extend(following)
        if isinstance(results[0], Error):
            raise results[0]
        return results

    def _read_query(self, answers):
        """Reads the answers to a statement: its result sets, and whether there are more than were asked for."""
        if _is_fault(answers[0]):
            return [_error_of(answers[0])], False
        [result] = answers[0]
        results = [self._result_set(result["columns"], result["rows"], result["rowcount"], result["lastrowid"])]
        self._warnings = result["warnings"]
        if not _has_next(answers[1], results):
            return results, False
        return self._read_sets(answers[2:], results) if len(answers) > 2 else (results, True)

    def _read_call(self, answers):
        return ([_error_of(answers[0])], False) if _is_fault(answers[0]) else self._read_sets(answers[1:], [])

    def _read_sets(self, answers, results=None):
        results = [] if results is None else results
        while True:
            read, answers = answers[: len(_READ_SET)], answers[len(_READ_SET):]
            for answer in read[:-1]:
                if _is_fault(answer):
                    return results + [_error_of(answer)], False
            [columns], [rowcount], [lastrowid], [rows] = read[:-1]
            results.append(self._result_set(columns, rows, rowcount, lastrowid))
            more = _has_next(read[-1], results)
            if not more or not answers:
                return results, more

    def _result_set(self, columns, rows, rowcount, lastrowid):
        if columns is None:
            return _ResultSet(None, (), _number(rowcount), lastrowid)
        for column in columns:
            # A name that XML does not allow is sent as bytes.
            name = column[0].data.decode("utf-8") if isinstance(column[0], xmlrpclib.Binary) else column[0]
            column[0] = str(_native(name))
        rows = _convert(columns, rows, self._use_unicode)
        return _ResultSet(tuple([tuple(column) for column in columns]), rows, _number(rowcount), lastrowid)


_READS = re.compile(r"\s*select\b(?!.*\b(?:into|for|lock|get_lock)\b)", re.IGNORECASE | re.DOTALL)


# Words in front of a parenthesis. Any other may be a function of the database, which may write.
_HARMLESS = frozenset("""
    all and any as between by case else exists from having in join like not on or over select then union when where
    abs avg cast ceiling char_length coalesce concat convert count curdate date date_format floor greatest group_concat
    if ifnull least left length lower max min mod month now nullif replace right round substr substring sum trim
    unix_timestamp upper year
""".split())


def _only_reads(call):
    query = call["params"][0]
    if call["methodName"] != "query" or not _READS.match(query):
        return False
    return all([name.lower() in _HARMLESS for name in re.findall(r"([\w$.`]+)\s*\(", query)])


def _error_of(fault):
    return _fault_error(fault["faultCode"], fault["faultString"])


def _rest(run):
    """Runs the rest of a statement of which a part has been run: no error says that it has not."""
    try:
        return run()
    except Error as error:
        failure = error
    if failure.args[0] in _NOT_RUN:
        failure = OperationalError(CR_SERVER_LOST, "%s (a part of the statement has been run)" % failure.args[1])
    raise failure


def _has_next(answer, results):
    """Whether nextset found a result set. An error behind the last one takes its place."""
    if _is_fault(answer):
        results.append(_error_of(answer))
        return False
    return answer[0] is not None


# --- Cursors --------------------------------------------------------------------------------------------------------

# The rows of executemany are sent in calls of at most so many rows and characters of XML.
_MAX_ROWS = 10000
_MAX_CHARACTERS = 4 * 1024 * 1024


class Cursor(object):
    """A cursor. It holds all rows of its result, so other cursors of the connection do not affect it."""

    MySQLError, Warning, Error, InterfaceError = MySQLError, Warning, Error, InterfaceError
    DatabaseError, DataError, OperationalError = DatabaseError, DataError, OperationalError
    IntegrityError, InternalError, ProgrammingError = IntegrityError, InternalError, ProgrammingError
    NotSupportedError = NotSupportedError

    def __init__(self, connection):
        self.connection = connection
        self.arraysize = 1
        self.messages = []
        self._executed = False
        self._clear()

    def _clear(self):
        self.description = None
        self.rowcount = -1
        self.rownumber = None
        self.lastrowid = None
        self._rows = ()
        self._following = []

    def close(self):
        """Closes the cursor. Closing it again has no effect."""
        self.connection = None
        self._rows = ()
        self._following = []

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def execute(self, query, args=None):
        """Runs a statement and returns the number of rows selected or affected."""
        self._run(lambda connection: connection._query(_query_text(query), _arguments(args)))
        return self.rowcount

    def executemany(self, query, args):
        """Runs a statement for each row of arguments and returns the number of affected rows of all."""
        del self.messages[:]
        self._connection()
        if not args:
            return None
        query = _query_text(query)
        rowcount = 0
        for i, rows in enumerate(_chunks(args)):
            call = functools.partial(self.connection._call, 1, "executemany", query, rows)
            rowcount += self._run(lambda connection: call() if i == 0 else _rest(call))
        self.rowcount = rowcount
        return rowcount

    def callproc(self, procname, args=()):
        """Calls a procedure and returns args, unchanged. Read the variables @_procname_0, ... for their new values."""
        self._run(lambda connection: connection._call(_SETS, "callproc", _query_text(procname), list(args)))
        return args

    def nextset(self):
        """Moves to the next result set and returns 1, or None if there is none."""
        del self.messages[:]
        self._connection()
        if not self._following:
            return None
        following = self._following.pop(0)
        if isinstance(following, Error):
            self._clear()
            self._raise(following)
        self._show(following)
        return 1

    def fetchone(self):
        self._check_executed()
        if self.rownumber >= len(self._rows):
            return None
        self.rownumber += 1
        return self._row(self._rows[self.rownumber - 1])

    def fetchmany(self, size=None):
        self._check_executed()
        return self._take(self.rownumber + (size or self.arraysize))

    def fetchall(self):
        self._check_executed()
        return self._take(len(self._rows))

    def scroll(self, value, mode="relative"):
        self._check_executed()
        if mode not in ("relative", "absolute"):
            self._raise(ProgrammingError("unknown scroll mode %r" % (mode,)))
        position = value + (self.rownumber if mode == "relative" else 0)
        if not 0 <= position < len(self._rows):
            raise IndexError("out of range")
        self.rownumber = position

    def __iter__(self):
        self._check_executed()
        return self

    def __next__(self):
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    next = __next__

    def setinputsizes(self, *args):
        """Has no effect."""

    def setoutputsize(self, *args):
        """Has no effect."""

    # The name in MySQLdb.
    setoutputsizes = setoutputsize

    def _connection(self):
        if self.connection is None:
            raise ProgrammingError("cursor closed")
        self.connection._check_open()
        return self.connection

    def _check_executed(self):
        if self.connection is None:
            raise ProgrammingError("cursor closed")
        if not self._executed:
            raise ProgrammingError("execute() first")
        if self.rownumber is None:
            raise ProgrammingError("the last statement failed")

    def _run(self, run):
        connection = self._connection()
        del self.messages[:]
        self._clear()
        try:
            results = run(connection)
        except Error as error:
            self._raise(error)
        self._executed = True
        self._show(results.pop(0))
        self._following = results
        return self.rowcount

    def _show(self, result):
        self.description = result.columns
        self.rowcount = result.rowcount
        self.lastrowid = result.lastrowid
        self.rownumber = 0
        self._rows = result.rows

    def _take(self, end):
        start, self.rownumber = self.rownumber, min(end, len(self._rows))
        return tuple([self._row(row) for row in self._rows[start:end]])

    def _row(self, row):
        return row

    def _raise(self, error):
        self.messages.append((type(error), error))
        raise error


class DictCursor(Cursor):
    """A cursor whose rows are dictionaries. If columns have the same name, the last one remains."""

    def _row(self, row):
        return dict(zip([column[0] for column in self.description], row))


# Rows are received before execute returns, also for these.
SSCursor, SSDictCursor = Cursor, DictCursor


def _query_text(query):
    if isinstance(query, (bytes, bytearray)):
        text = _utf8_text(bytes(query))
        if text is None:
            raise ProgrammingError("the query must be text in UTF-8: pass other bytes as arguments")
        return text
    if not isinstance(query, _text):
        raise ProgrammingError("the query must be a string, not %s" % type(query).__name__)
    return query


def _arguments(args):
    """The arguments of one statement. A value stands for a sequence of one, as in MySQLdb 1.2."""
    if args is None or isinstance(args, (dict, list, tuple)):
        return args
    if isinstance(args, (_text, str, Decimal, set, frozenset)) or isinstance(args, _buffers):
        return [args]
    try:
        return list(args)
    except TypeError:
        return [args]


def _chunks(args):
    """Splits the rows of executemany into requests of a moderate size."""
    encoded, length = [], 0
    for row in args:
        arguments = _encoded(_arguments(row))
        if encoded and (len(encoded) == _MAX_ROWS or length + len(arguments.xml) > _MAX_CHARACTERS):
            yield encoded
            encoded, length = [], 0
        encoded.append(arguments)
        length += len(arguments.xml)
    if encoded:
        yield encoded


def connect(*args, **kwargs):
    """Opens a connection. Connection has the arguments."""
    return Connection(*args, **kwargs)


Connect = connect
# So that MySQLdb.cursors.DictCursor, MySQLdb.connections.Connection and MySQLdb.constants.FIELD_TYPE exist.
cursors = connections = constants = sys.modules[__name__]

__all__ = [
    "BINARY", "Binary", "Connect", "Connection", "Cursor", "DATE", "DATETIME", "DBAPISet", "DataError",
    "DatabaseError", "Date", "DateFromTicks", "DictCursor", "Error", "FIELD_TYPE", "IntegrityError",
    "InterfaceError", "InternalError", "MySQLError", "NUMBER", "NotSupportedError", "OperationalError",
    "ProgrammingError", "ROWID", "STRING", "TIME", "TIMESTAMP", "Time", "TimeDelta", "TimeFromTicks", "Timestamp",
    "TimestampFromTicks", "Warning", "apilevel", "connect", "connections", "constants", "cursors", "paramstyle",
    "threadsafety",
]
