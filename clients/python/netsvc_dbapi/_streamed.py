# coding: utf-8
"""Rows that are received in pages, while they are fetched."""

from __future__ import absolute_import

import functools
import weakref

from ._exceptions import CR_COMMANDS_OUT_OF_SYNC, Error, ProgrammingError, error_of_number
from ._results import error_of, is_fault, listed
from ._sent import arguments, query_text
from ._statements import CallStatement, Statement


_NEXT_SET = [listed(method) for method in ("nextset", "description", "rowcount", "lastrowid", "fetchpage")]
# The steps that are made in one call to drop all result sets.
_STEPS = [listed("nextset")] * 16


class Stream(object):
    """
    The result sets of a statement, whose rows are received in pages. The session runs no other statement before all of
    them have been read, as with mysql_use_result() of MySQL's library.
    """

    def __init__(self, connection, calls):
        """Makes calls, of which the last one is `stream`."""
        self._connection = connection
        connection._is_autocommit_known = False
        # The error behind the rows that have been received. Every fetch raises it again.
        self._failure = None
        result = connection._once("batch", [calls], self._read_result)
        if isinstance(result, Error):
            raise result
        self._show(*result)

    @property
    def is_unread(self):
        """Whether rows or result sets are left. As in MySQLdb, the end of the rows is read behind the last one."""
        return self._failure is None and not (self._ended and self._last)

    @property
    def is_at_end(self):
        """Whether the rows have been read, and only other result sets are left."""
        return self._ended and self.is_unread

    def fetch_one(self):
        """Returns the next row, or None."""
        if self._at == len(self._rows):
            rows = self.fetch(1)
            return rows[0] if rows else None
        self._at += 1
        return self._rows[self._at - 1]

    def fetch(self, count=None):
        """Returns the next rows, at most `count`. If they are fewer, there are no more."""
        fetched = self._take(count)
        while len(fetched) != count and not self._ended:
            if self._failure is not None:
                raise self._failure
            if self._complete:
                self._ended = True
                self._note()
            else:
                # The rows of the last page are freed before the next one arrives.
                self._rows, self._at = (), 0
                self._receive(*self._call("fetchpage", [], self._read_page))
                fetched.extend(self._take(count and count - len(fetched)))
        return fetched

    def nextset(self):
        """Drops the rows that are left, and moves to the next result set. Returns whether there is one."""
        result = None
        self._rows, self._at = (), 0
        if self._failure is None and not (self._complete and self._last):
            result = self._call("batch", [_NEXT_SET], self._read_next)
        if result is None:
            self._finish()
            return False
        self._show(*result)
        return True

    def drop(self):
        """Drops all that is left. Raises the error of it, unless a fetch has raised it."""
        self._rows, self._at = (), 0
        while self._failure is None and not (self._complete and self._last):
            self._last = self._complete = self._call("batch", [_STEPS], _read_steps)
        self._finish()

    def _call(self, method, params, read):
        """Makes a call that reads the result sets. If it fails, there are no others."""
        self._connection._unread = None
        try:
            result = self._connection._once(method, params, read)
            if isinstance(result, Error):
                raise result
            return result
        except Error as error:
            self._failure = error
            raise
        finally:
            self._note()

    def _show(self, result, page):
        self.columns, self.names = result.columns, result.names
        self._connection._note(result)
        # The number of rows is not known before the last one.
        self.rowcount = result.rowcount if self.columns is None else -1
        self._ended = self.columns is None
        self._receive(result.rows, page)

    def _receive(self, rows, page):
        self._rows, self._at = rows, 0
        self._complete, self._last, self._connection._warnings = page["complete"], page["last"], page["warnings"]
        self._connection._note_autocommit(page.get("autocommit"))
        self._note()

    def _take(self, count):
        """Takes rows that have been received."""
        start = self._at
        self._at = len(self._rows) if count is None else min(start + count, len(self._rows))
        return list(self._rows[start:self._at])

    def _finish(self):
        self._rows, self._at = (), 0
        self._ended = self._complete = self._last = True
        self._note()

    def _note(self):
        """Tells the connection whether something is unread. It forgets a cursor that does not exist any more."""
        self._connection._unread = weakref.ref(self) if self.is_unread else None

    def _read_result(self, answers):
        for answer in answers:
            if is_fault(answer):
                return error_of(answer)
        [page] = answers[-1]
        return self._connection._result_set(page), page

    def _read_next(self, answers):
        for answer in answers:
            if is_fault(answer):
                return error_of(answer)
        [found], [columns], [rowcount], [lastrowid], [page] = answers
        if found is None:
            return None
        result = dict(page, columns=columns, rowcount=rowcount, lastrowid=lastrowid)
        return self._connection._result_set(result), page

    def _read_page(self, page):
        return self._connection._convert(self.columns, page["rows"]), page


def drop_sets(connection):
    """Drops the result sets behind rows that have been read, as the next statement of any cursor does in MySQLdb."""
    stream = connection._unread and connection._unread()
    if stream is not None and stream.is_at_end:
        stream.drop()


def check_unread(connection):
    """Raises MySQL's error 2014 while rows of a cursor are unread. Drops those of one that does not exist any more."""
    unread = connection._unread
    if unread is None:
        return
    if unread() is not None:
        raise error_of_number(CR_COMMANDS_OUT_OF_SYNC, "Commands out of sync; you can't run this command now")
    connection._unread = None
    # As in MySQLdb, nobody gets the error of results that were dropped.
    while connection._once("batch", [_STEPS], _read_steps) is False:
        pass


def _read_steps(answers):
    """Returns whether no result set is left."""
    for answer in answers:
        if is_fault(answer):
            return error_of(answer)
    return answers[-1][0] is None


class CursorUseResultMixIn(object):
    """
    Makes a cursor receive its rows while they are fetched, in pages of 256 KB: a result of any size takes little
    memory. Until all of them have been read, the other cursors of the connection run no statement.
    """

    _stream = None

    def close(self):
        """Closes the cursor, and drops the rows that are left."""
        try:
            self._drop()
        finally:
            super(CursorUseResultMixIn, self).close()

    def execute(self, query, args=None):
        """Runs a statement and returns the number of affected rows; -1 if it returns rows."""
        self._drop()
        self._read_on()
        connection = self._connection()
        query, args = query_text(query, connection._codec), arguments(args, connection._codec)
        calls = [listed("stream", query, args)]
        return self._run(lambda: Stream(connection, calls), Statement(query, args, connection.encoders))

    def executemany(self, query, args):
        """Runs a statement for each row of arguments. If it returns rows, those of the last one are all received."""
        self._drop()
        return super(CursorUseResultMixIn, self).executemany(query, args)

    def callproc(self, procname, args=()):
        """Calls a procedure and returns args, unchanged. Read the variables @_procname_0, ... for their new values."""
        self._drop()
        connection = self._connection()
        procname, values = query_text(procname, connection._codec), arguments(list(args), connection._codec)
        statement = CallStatement(procname, values, connection.encoders)
        stream = functools.partial(Stream, connection)
        self._run(lambda: connection._call_procedure(procname, values, "stream", stream), statement)
        return args

    def nextset(self):
        """Moves to the next result set and returns 1, or None if there is none."""
        if self._stream is None:
            return super(CursorUseResultMixIn, self).nextset()
        del self.messages[:]
        self._connection()
        try:
            if not self._stream.nextset():
                return None
        except Error as error:
            self._raise(error)
        self._show(self._stream)
        return 1

    def fetchone(self):
        if self._stream is None:
            return super(CursorUseResultMixIn, self).fetchone()
        row = self._read(self._stream.fetch_one)
        if row is None:
            return None
        self.rownumber += 1
        return self._row(row)

    def fetchmany(self, size=None):
        if self._stream is None:
            return super(CursorUseResultMixIn, self).fetchmany(size)
        size = size or self.arraysize
        if size < 0:
            self._raise(ProgrammingError("the size must not be negative"))
        return self._fetch(size or None)

    def fetchall(self):
        if self._stream is None:
            return super(CursorUseResultMixIn, self).fetchall()
        return self._fetch(None)

    def __iter__(self):
        self._check_executed()
        return super(CursorUseResultMixIn, self).__iter__() if self._stream is None else self

    @property
    def scroll(self):
        # Also for hasattr().
        raise AttributeError("%r object has no attribute 'scroll'" % type(self).__name__)

    def _fetch(self, count):
        rows = self._read(self._stream.fetch, count)
        self.rownumber += len(rows)
        return tuple([self._row(row) for row in rows])

    def _read(self, fetch, *args):
        self._check_executed()
        if not self.connection.open:
            self.connection._check_open()
        try:
            return fetch(*args)
        except Error as error:
            self._raise(error)

    def _show(self, result):
        if not isinstance(result, Stream):
            return super(CursorUseResultMixIn, self)._show(result)
        self._stream = result
        self.description = result.columns
        self.rowcount, self.lastrowid = result.rowcount, self.connection._insert_id
        self._names = result.names
        self.rownumber = 0

    def _drop(self):
        connection = self.connection
        # A connection that was lost, perhaps by Ctrl-C, has no rows left.
        if self._stream is not None and connection is not None and connection.open and not connection._broken:
            self._read(self._stream.drop)
        self._stream = None
