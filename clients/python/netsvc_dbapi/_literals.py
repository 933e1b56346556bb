# coding: utf-8
"""The methods of MySQLdb's connections that write values in SQL."""

from __future__ import absolute_import

from . import _mysql
from ._python import text_type


class Literals(object):
    def escape_string(self, value):
        """Escapes a text for a literal, in bytes, as the sql_mode of the session requires it."""
        return _mysql.escape_string(value, self._has_backslashes(value))

    def string_literal(self, value):
        return _mysql.string_literal(value, self._has_backslashes(value))

    def escape(self, value, encoders=None):
        """A literal of a value: bytes, or str where `encoders` has a function that returns it."""
        encode = (encoders or self.encoders).get(type(value))
        return self.string_literal(value) if encode is None else encode(value, encoders or self.encoders)

    def literal(self, value):
        """A literal of a value, or of a list, in bytes."""
        if isinstance(value, (list, tuple)):
            return b"(" + b",".join([self.literal(item) for item in value]) + b")"
        if isinstance(value, (text_type, bytes, bytearray)):
            return self.string_literal(_mysql.encoded(value))
        return _mysql.encoded(self.escape(value))

    def _has_backslashes(self, value):
        # Others are escaped alike.
        escaped = not isinstance(value, (bytes, text_type)) or _mysql.is_escaped(value)
        return not escaped or "NO_BACKSLASH_ESCAPES" not in self._ask("SELECT @@sql_mode")
