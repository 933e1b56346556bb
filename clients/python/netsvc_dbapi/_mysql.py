# coding: utf-8
"""The functions of MySQLdb's module _mysql, most of which write values in SQL: statements with arguments need none."""

from __future__ import absolute_import

import re

from ._exceptions import (
    DatabaseError, DataError, Error, IntegrityError, InterfaceError, InternalError, MySQLError, NotSupportedError,
    OperationalError, ProgrammingError, Warning,
)
from ._python import text_type
from .release import __version__, version_info


__all__ = [
    "DataError", "DatabaseError", "Error", "IntegrityError", "InterfaceError", "InternalError", "MySQLError",
    "NotSupportedError", "OperationalError", "ProgrammingError", "Warning", "debug", "escape", "escape_string",
    "get_client_info", "string_literal", "thread_safe", "version_info",
]


_ESCAPES = {
    b"\0": b"\\0", b"\n": b"\\n", b"\r": b"\\r", b"\x1a": b"\\Z", b'"': b'\\"', b"'": b"\\'", b"\\": b"\\\\",
}
_ESCAPED = re.compile(b"[\0\n\r\x1a\"'\\\\]")


def encoded(value):
    """The bytes of a text."""
    if isinstance(value, text_type):
        return value.encode("utf-8")
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError("a text is required, not %s" % type(value).__name__)
    return bytes(value)


def is_escaped(value):
    """Whether a text has characters that are escaped."""
    return _ESCAPED.search(encoded(value)) is not None


def escape_string(value, backslashes=True):
    """Escapes a text for a literal. `backslashes`: the sql_mode does not contain NO_BACKSLASH_ESCAPES."""
    value = encoded(value)
    return _ESCAPED.sub(lambda match: _ESCAPES[match.group()], value) if backslashes else value.replace(b"'", b"''")


def string_literal(value, backslashes=True):
    """A literal of a text, or of str() of another value."""
    value = value if isinstance(value, (bytes, text_type)) else str(value)
    return b"'" + escape_string(value, backslashes) + b"'"


def escape(value, encoders=None):
    """A literal of a value, for which `encoders` has functions by types."""
    encode = (encoders or {}).get(type(value))
    return string_literal(value) if encode is None else encode(value, encoders)


def get_client_info():
    return __version__


def thread_safe():
    return True


def debug(options):
    """Has no effect."""
