# coding: utf-8
"""Calls over HTTP, with a time-out for all attempts of a call."""

from __future__ import absolute_import

import base64
import errno
import io
import re
import select
import socket
import ssl
import time
import zlib

from ._exceptions import CR_CONNECTION_ERROR, CR_SSL_CONNECTION_ERROR, REFUSALS, Error, InterfaceError, fault_error
from ._python import httplib, reason_of, unquote, urlsplit, xmlrpclib
from ._received import Unmarshaller
from .release import __version__


_MAX_PAUSE = 1.0
# Seconds that a call without a time-out waits, in all, for a gateway that asks it to come back later.
_MAX_WAIT = 30
# Seconds that closing a session may take.
CLOSE_TIMEOUT = 5
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


class Failure(Exception):
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


class Transport(object):
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
        makes of its result, the Error of a fault, or a Failure that knows whether any attempt may have been made.
        """
        deadline = _Deadline(timeout or self._timeout)
        made, attempt, waited = False, 0, 0
        while True:
            try:
                answer = self._attempt(path, body, read, deadline)
                if made and isinstance(answer, Error) and answer.args[0] in REFUSALS:
                    return Failure(answer.args[1], True)
                return answer
            except Failure as failure:
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
        except Failure:
            raise
        except Exception as error:
            number = None if made else CR_CONNECTION_ERROR
            raise Failure(reason_of(error), made, number=number, again=not isinstance(error, _TimedOut))
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
            reason = "SSL connection error: %s; a CA can be set by ssl_context, or by SSL_CERT_FILE" % reason_of(error)
            raise Failure(reason, False, number=CR_SSL_CONNECTION_ERROR, again=False)


def _login(user, password):
    try:
        parts = [part.decode("utf-8") if isinstance(part, bytes) else part for part in (user, password)]
        return str(base64.b64encode(u":".join(parts).encode("utf-8")).decode("ascii"))
    except Exception:
        pass
    raise InterfaceError("the user and the password must be text")


def _answer(response, data, read):
    """Returns what `read` makes of a response, or the Error of a fault. Whatever cannot be read is no response."""
    try:
        if response.getheader("Content-Encoding") == "gzip":
            data = zlib.decompressobj(31).decompress(data)
        if response.status == 200:
            return _result(data, read)
        failure = _refusal(response, data.decode("utf-8", "replace"))
    except Exception as error:
        failure = Failure("invalid response: %s" % reason_of(error), True)
    raise failure


def _result(data, read):
    try:
        unmarshaller = Unmarshaller()
        parser = xmlrpclib.ExpatParser(unmarshaller)
        parser.feed(data)
        parser.close()
        [result] = unmarshaller.close()
    except xmlrpclib.Fault as fault:
        return fault_error(fault.faultCode, fault.faultString)
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
        return Failure(reason, False, status, retry_after=retry_after)
    if status == 408:
        # The request has not arrived.
        return Failure(reason, False, status)
    if 400 <= status < 500:
        return Failure(reason, False, status, again=False)
    return Failure("%d %s" % (status, reason), True)
