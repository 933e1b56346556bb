# coding: utf-8
"""Statements with their arguments in place, as MySQLdb sends them. The gateway writes those that are run."""

from __future__ import absolute_import

import re

from ._exceptions import ProgrammingError
from ._mysql import encoded, escape, string_literal
from ._python import text_type


_VALUES = re.compile(r"\bvalues?\s*(\(.*\))", re.IGNORECASE | re.DOTALL)


class Statement(object):
    """A statement of execute()."""

    def __init__(self, query, args, encoders):
        # The program may change the arguments.
        self._query, self._args, self._encoders = query, args if args is None else type(args)(args), encoders

    def text(self):
        """The statement in bytes; without arguments if they cannot be written."""
        try:
            return self._text()
        except Exception:
            return encoded(self._query)

    def check(self):
        """Raises what MySQLdb raises if placeholders and arguments do not match."""
        try:
            _check(self._query, self._args)
        except TypeError as error:
            raise ProgrammingError(str(error))

    def _text(self):
        return _format(self._query, self._args, self._literal)

    def _literal(self, value):
        if isinstance(value, (list, tuple)):
            return b"(" + b",".join([self._literal(item) for item in value]) + b")"
        if isinstance(value, (text_type, bytes, bytearray)):
            return string_literal(encoded(value))
        return encoded(escape(value, self._encoders))


class RepeatedStatement(Statement):
    """One of executemany(), which is run for each row of arguments."""

    def check(self):
        for row in self._args:
            Statement(self._query, row, self._encoders).check()

    def _text(self):
        return _format(self._query, self._args[-1], self._literal)


class InsertStatement(Statement):
    """One of executemany() with several rows."""

    def check(self):
        # MySQLdb does not convert the errors of these.
        for row in self._args:
            _check(self._query, row)

    def _text(self):
        start, end = _VALUES.search(self._query).span(1)
        rows = [_format(self._query[start:end], row, self._literal) for row in self._args]
        return _format(self._query[:start], (), self._literal) + b",".join(rows) + encoded(self._query[end:])


class CallStatement(Statement):
    """A call of a procedure, whose arguments are in variables."""

    def check(self):
        """Its placeholders match."""

    def _text(self):
        variables = [u"@_%s_%d" % (self._query, i) for i in range(len(self._args))]
        return encoded(u"CALL %s(%s)" % (self._query, u",".join(variables)))


def _format(query, args, literal):
    if args is None:
        return encoded(query)
    if isinstance(args, dict):
        return encoded(query) % dict([(encoded(name), literal(args[name])) for name in args])
    return encoded(query) % tuple([literal(value) for value in args])


def _check(query, args):
    try:
        _format(query, args, lambda value: b"")
    except UnicodeError:
        pass  # A name that cannot be sent.
