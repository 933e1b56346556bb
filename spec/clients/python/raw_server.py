# coding: utf-8
"""An HTTP server whose responses are bytes, for what no gateway would answer."""

import socket
import struct
import threading
import time

try:
    from xmlrpc.client import dumps
except ImportError:
    from xmlrpclib import dumps


def http(body, status="200 OK", *headers):
    """A response."""
    lines = ["HTTP/1.1 " + status, "Content-Type: text/xml", "Content-Length: %d" % len(body)] + list(headers)
    return "\r\n".join(lines + ["", ""]).encode("ascii") + body


def result(value):
    return http(dumps((value,), methodresponse=True, allow_none=True).encode("utf-8"))


def fault(code, text):
    member = "<member><name>%s</name><value><%s>%s</%s></value></member>"
    members = member % ("faultCode", "int", code, "int") + member % ("faultString", "string", text, "string")
    return http(("<methodResponse><fault><value><struct>%s</struct></value></fault></methodResponse>" % members)
                .encode("ascii"))


SESSION = result({"id": "s1", "results": []})
INSERTED = result([[1], [{"columns": None, "rows": [], "rowcount": 1, "lastrowid": 0, "warnings": 0}]])


def reset(sock):
    """Resets the connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise EOFError()


def hang(sock):
    """Does not answer."""
    sock.settimeout(20)
    sock.recv(1)
    raise EOFError()


def close(sock):
    """Closes the connection."""
    raise EOFError()


def drip(sock):
    """Sends a byte every 0.1 s, and never all of them."""
    for byte in [b"H", b"T", b"T", b"P", b"/", b"1", b".", b"1", b" ", b"2", b"0", b"0", b" "] + 200 * [b"x"]:
        sock.sendall(byte)
        time.sleep(0.1)


def last(response):
    """Sends a response and closes the connection."""
    def send(sock):
        sock.sendall(response)
        raise EOFError()
    return send


def half(response):
    """Closes the connection in the middle of a response."""
    return last(response[: len(response) // 2])


class RawServer(object):
    """Answers requests with what `answers` contains: bytes, or functions of the socket. Then as a gateway would."""

    def __init__(self, context=None):
        self.answers = []
        self.requests = []
        self._context = context
        self._sockets = set()
        self.port = 0
        self.restart()

    @property
    def url(self):
        return "%s://localhost:%d/database" % ("https" if self._context else "http", self.port)

    def _spawn(self, work, *args):
        thread = threading.Thread(target=work, args=args)
        thread.daemon = True
        thread.start()

    def stop(self):
        """Closes all connections, and refuses new ones."""
        # Otherwise, the thread that accepts keeps it open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except (OSError, socket.error):
                pass

    def restart(self):
        """Listens, at the address of before."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(50)
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)

    def _accept(self, listener):
        while True:
            try:
                sock = listener.accept()[0]
            except (OSError, socket.error):
                return
            self._sockets.add(sock)
            self._spawn(self._serve, sock)

    def _serve(self, sock):
        raw = sock
        try:
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
            while True:
                self._answer(sock, self._read(sock))
        except (EOFError, OSError, socket.error):
            pass
        finally:
            self._sockets.discard(raw)
            sock.close()
            # In Python 2, TLS has a copy.
            raw.close()

    def _read(self, sock):
        request = b""
        while b"\r\n\r\n" not in request:
            request += self._receive(sock)
        head, _, body = request.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self._receive(sock)
        self.requests.append(body)
        return body

    def _receive(self, sock):
        data = sock.recv(65536)
        if not data:
            raise EOFError()
        return data

    def _answer(self, sock, body):
        answer = self.answers.pop(0) if self.answers else self._default(body)
        if callable(answer):
            answer(sock)
        else:
            sock.sendall(answer)

    def _default(self, body):
        if b"<methodName>session<" in body:
            return SESSION
        if b">batch<" in body:
            return INSERTED
        return result(0 if b"<methodName>close<" in body or b">execute<" in body else None)
