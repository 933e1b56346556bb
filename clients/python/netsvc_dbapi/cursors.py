# coding: utf-8
"""Cursors, and their results."""

from __future__ import absolute_import

import functools

from ._exceptions import Error, ErrorClasses, ProgrammingError
from ._results import SETS, rest
from ._sent import arguments, encode_value, query_text
from ._streamed import CursorUseResultMixIn, drop_sets


# The rows of executemany are sent in calls of at most so many rows and characters of XML.
_MAX_ROWS = 10000
_MAX_CHARACTERS = 4 * 1024 * 1024


class Cursor(ErrorClasses):
    """A cursor. It holds all rows of its result, so other cursors of the connection do not affect it."""

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
        self._run(lambda connection: connection._query(query_text(query), arguments(args)))
        return self.rowcount

    def executemany(self, query, args):
        """Runs a statement for each row of arguments and returns the number of affected rows of all."""
        del self.messages[:]
        self._connection()
        if not args:
            return None
        query = query_text(query)
        rowcount = 0
        for i, rows in enumerate(_chunks(args)):
            call = functools.partial(self.connection._call, 1, "executemany", query, rows)
            rowcount += self._run(lambda connection: call() if i == 0 else rest(call))
        self.rowcount = rowcount
        return rowcount

    def callproc(self, procname, args=()):
        """Calls a procedure and returns args, unchanged. Read the variables @_procname_0, ... for their new values."""
        self._run(lambda connection: connection._call(SETS, "callproc", query_text(procname), list(args)))
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
            drop_sets(connection)
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


class SSCursor(CursorUseResultMixIn, Cursor):
    """A cursor that receives its rows while they are fetched."""


class SSDictCursor(CursorUseResultMixIn, DictCursor):
    """The same with dictionaries."""


def _chunks(args):
    """Splits the rows of executemany into requests of a moderate size."""
    encoded, length = [], 0
    for row in args:
        encoded_row = encode_value(arguments(row))
        if encoded and (len(encoded) == _MAX_ROWS or length + len(encoded_row.xml) > _MAX_CHARACTERS):
            yield encoded
            encoded, length = [], 0
        encoded.append(encoded_row)
        length += len(encoded_row.xml)
    if encoded:
        yield encoded
