# coding: utf-8
"""Cursors, and their results."""

from __future__ import absolute_import

import functools
import re

from ._exceptions import Error, ErrorClasses, ProgrammingError
from ._results import MAX_CALLS, rest
from ._sent import arguments, encode_value, query_text
from ._statements import CallStatement, InsertStatement, RepeatedStatement, Statement
from ._streamed import CursorUseResultMixIn, drop_sets


# The rows of executemany are sent in calls of at most so many rows and characters of XML.
_MAX_ROWS = 10000
_MAX_CHARACTERS = 4 * 1024 * 1024

_INSERT = re.compile(r"\s*(?:insert|replace)\b", re.IGNORECASE)
# What MySQLdb sends with many rows in a statement: a group of nothing but placeholders.
_INSERT_VALUES = re.compile(
    r"\s*(?:insert|replace)\b.+\bvalues?\s*\(\s*{0}\s*(?:,\s*{0}\s*)*\)\s*(?:on duplicate.*)?;?\s*\Z".format(
        r"(?:%s|%\([^)]+\)s)"), re.IGNORECASE | re.DOTALL)


class Cursor(ErrorClasses):
    """A cursor. It holds all rows of its result, so other cursors of the connection do not affect it."""

    def __init__(self, connection):
        self.connection = connection
        self.arraysize = 1
        self.messages = []
        # What returns the last statement as MySQLdb sends it; None before the first one.
        self._statement = None
        self.warning_count = 0
        self.description = None
        self.rowcount = -1
        self.rownumber = None
        self.lastrowid = None
        self._rows = ()

    def close(self):
        """
        Closes the cursor, after the results that are left on the connection, whose error it raises. Closing it again
        has no effect.
        """
        if self.connection is None:
            return
        try:
            self._read_on()
        finally:
            self.connection = None
            self._rows = ()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def execute(self, query, args=None):
        """Runs a statement and returns the number of rows selected or affected."""
        self._read_on()
        connection = self._connection()
        query, args = query_text(query, connection._codec), arguments(args, connection._codec)
        statement = Statement(query, args, connection.encoders)
        return self._run(lambda: connection._query(query, args), statement)

    def executemany(self, query, args):
        """Runs a statement for each row of arguments and returns the number of affected rows of all."""
        del self.messages[:]
        if not args:
            return None
        connection = self._connection()
        self._read_on()
        query = query_text(query, connection._codec)
        # The gateway sends many rows in a statement, as MySQLdb does with those of these statements.
        together = _INSERT_VALUES.match(query) or not _INSERT.match(query)
        rowcount, lastrowid = 0, None
        for rows, encoded in _chunks(args, connection._codec, _MAX_ROWS if together else MAX_CALLS - 1):
            run = connection._query_many if together else connection._query_each
            run = functools.partial(run, query, encoded)
            run = run if lastrowid is None else functools.partial(rest, run)
            statement = InsertStatement if _INSERT_VALUES.match(query) else RepeatedStatement
            rowcount += self._run(run, statement(query, rows, connection.encoders))
            lastrowid = self.lastrowid if lastrowid is None or not together else lastrowid
        self.rowcount, self.lastrowid = rowcount, lastrowid
        return rowcount

    def callproc(self, procname, args=()):
        """Calls a procedure and returns args, unchanged. Read the variables @_procname_0, ... for their new values."""
        connection = self._connection()
        procname, values = query_text(procname, connection._codec), arguments(list(args), connection._codec)
        statement = CallStatement(procname, values, connection.encoders)
        self._run(lambda: connection._call(procname, values), statement)
        return args

    def nextset(self):
        """
        Moves to the next result set and returns 1, or None if there is none. As in MySQLdb, it is that of the last
        statement of the connection, whichever cursor has run it.
        """
        if self._statement is not None:
            self.rownumber = len(self._rows)
        del self.messages[:]
        if self.connection is None:
            raise ProgrammingError("cursor closed")
        try:
            following = self.connection._next_result()
        except Error as error:
            self._raise(error)
        if following is None:
            return None
        self._show(following)
        return 1

    def _read_on(self):
        """Reads what is left of the last statement of the connection. Raises its error."""
        if self.connection is not None:
            try:
                drop_sets(self.connection)
            except Error as error:
                self._raise(error)
        while self.nextset():
            pass

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
        # As in MySQLdb, the rows can be fetched again, and all rows are those that are left if none is.
        self._check_executed()
        rows = self._rows[self.rownumber:] or self._rows
        return (self._row(row) for row in rows)

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
        if self._statement is None:
            raise ProgrammingError("execute() first")

    @property
    def _executed(self):
        """The last statement with its arguments, in bytes, as in MySQLdb."""
        return None if self._statement is None else self._statement.text()

    _last_executed = _executed

    def _run(self, run, statement):
        del self.messages[:]
        try:
            result = run()
        except ProgrammingError as error:
            if len(error.args) == 1:
                # MySQLdb raises other errors if arguments do not match.
                statement.check()
            self._raise(error)
        except Error as error:
            self._raise(error)
        self._statement = statement
        self._show(result)
        return self.rowcount

    def _show(self, result):
        self.description = result.columns
        self.rowcount = result.rowcount
        self.lastrowid = self.connection._insert_id
        self.warning_count = result.warnings
        self.rownumber = 0
        self._rows = result.rows
        self._names = result.names

    def _take(self, end):
        start, self.rownumber = self.rownumber, min(end, len(self._rows))
        return tuple([self._row(row) for row in self._rows[start:end]])

    def _row(self, row):
        return row

    def _raise(self, error):
        self.messages.append((type(error), error))
        raise error


class DictCursor(Cursor):
    """A cursor whose rows are dictionaries. The second of two columns with the same name is named `table.name`."""

    def _row(self, row):
        return dict(zip(self._names, row))


class SSCursor(CursorUseResultMixIn, Cursor):
    """A cursor that receives its rows while they are fetched."""


class SSDictCursor(CursorUseResultMixIn, DictCursor):
    """The same with dictionaries."""


def _chunks(args, codec, max_rows):
    """Splits the rows of executemany into requests of a moderate size. Yields them as they are, and encoded."""
    rows, encoded, length = [], [], 0
    for row in args:
        row = arguments(row, codec)
        xml = encode_value(row)
        if rows and (len(rows) == max_rows or length + len(xml.xml) > _MAX_CHARACTERS):
            yield rows, encoded
            rows, encoded, length = [], [], 0
        rows.append(row)
        encoded.append(xml)
        length += len(xml.xml)
    if rows:
        yield rows, encoded
