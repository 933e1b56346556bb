# coding: utf-8
"""Connections: sessions of the gateway."""

from __future__ import absolute_import

import functools
import os
import re

from ._arguments import check_others, url_of
from ._drivers import DriverMethods
from ._exceptions import (
    CR_CONNECTION_ERROR, CR_SERVER_GONE_ERROR, CR_SERVER_LOST, CR_UNKNOWN_ERROR, ER_BAD_DB_ERROR, LOST, NUMBERS,
    DatabaseError, Error, ErrorClasses, OperationalError,
)
from ._literals import Literals
from ._procedures import is_missing, procedure_calls, procedure_names
from ._python import PY2, integer_types, native
from ._received import convert_rows
from ._results import (
    READ_NEXT, READ_RESULT, SETS, ResultSet, commands_out_of_sync, error_of, first_error, is_about_number, is_fault,
    listed, name_of, nothing, number, only_reads, rest, sets_of, tells_loss,
)
from ._sent import Struct, body_of, codec_of, encode_value, query_text
from ._streamed import check_unread
from ._transport import CLOSE_TIMEOUT, Failure, Transport
from .constants import CLIENT
from .converters import conversions
from .cursors import Cursor


class Connection(ErrorClasses, Literals, DriverMethods):
    """A connection: one session of the gateway."""

    # The endpoint of the session; None if there is none, or none any more.
    _path = None
    # A weak reference to the rows that an SSCursor has not read.
    _unread = None
    _closed = False

    def __init__(self, url=None, autocommit=False, timeout=None, session_timeout=600, retries=5, user=None,
                 password=None, passwd=None, cursorclass=None, init_command=None, charset=None, use_unicode=None,
                 ssl_context=None, lazy=False, conv=None, client_flag=0, sql_mode=None, connect_timeout=None,
                 read_timeout=None, defer_connect=False, **others):
        """
        url -- of the database service: http://user:password@host:port/database, or https://...
        autocommit -- None: as the gateway has it for the database
        timeout -- seconds that a call may take, with its repetitions: what takes longer is OperationalError 2013
        session_timeout -- seconds without a call after which the gateway closes the session
        retries -- how often a call is repeated if its response is lost
        user, password, passwd -- instead of those in the URL
        cursorclass -- Cursor or DictCursor
        init_command -- a statement that is run first
        charset -- of byte strings, in Python 2 also of those that are sent. Its presence makes use_unicode True
        use_unicode -- whether text is unicode: by default not in Python 2. Otherwise it is bytes
        ssl_context -- an ssl.SSLContext for https
        lazy -- the first statement opens the session, in the same call if it only reads
        conv -- functions by type codes, which make values from the text of MySQL, as in MySQLdb.converters
        connect_timeout -- seconds that opening the session may take, instead of `timeout`
        read_timeout, defer_connect -- other names of `timeout` and `lazy`
        client_flag -- CLIENT.FOUND_ROWS: an UPDATE counts the rows that it finds, and not only those that it changes
        sql_mode -- that of the session, behind init_command
        """
        url = url_of(url, others)
        check_others(others)
        self.cursorclass = cursorclass or Cursor
        self.messages = []
        self._codec = codec_of(charset)
        self._use_unicode = not PY2 or charset is not None if use_unicode is None else bool(use_unicode)
        # As MySQL has reported it behind the last statement, and whether it is certainly still so.
        self._autocommit, self._is_autocommit_known = bool(autocommit), autocommit is not None
        self._attempts = 1 + retries
        self._transport = Transport(url, user, passwd if password is None else password, timeout or read_timeout,
                                    ssl_context)
        self._connect_timeout = connect_timeout
        self._last = 0
        self._broken = False
        self._used = False
        # The results of the last statement that no cursor has shown. An Error in the place of one is raised.
        self._left = []
        self._warnings, self._affected, self._insert_id, self._info, self._error = 0, 0, 0, None, None
        self._process = os.getpid()
        self._session_timeout = session_timeout
        self._session_autocommit = None if autocommit is None else bool(autocommit)
        self._found_rows = bool(client_flag & CLIENT.FOUND_ROWS)
        conv = conversions if conv is None else conv
        self.encoders = {key: conv[key] for key in conv if not isinstance(key, integer_types)}
        self._conv = {
            key: conv[key] for key in conv
            if isinstance(key, integer_types) and callable(conv[key]) and conv[key] is not conversions.get(key)
        }
        self._opening = [] if init_command is None else [listed("execute", init_command)]
        if sql_mode is not None:
            self._opening.append(listed("execute", "SET SESSION sql_mode = %s", [sql_mode]))
        if not (lazy or defer_connect):
            self._open([])

    def _open(self, calls, read=None):
        """Opens the session, makes calls on it, and returns what `read` makes of their answers."""
        options = Struct(timeout=self._session_timeout)
        opening = list(self._opening)
        if opening and self._session_autocommit is not None:
            # As in MySQLdb, init_command is committed, and does not decide.
            opening.append(listed("execute", _set_autocommit(self._session_autocommit)))
        elif self._session_autocommit is not None:
            options["autocommit"] = self._session_autocommit
        if self._found_rows:
            options["rows"] = "found"
        body = body_of("session", opening + calls, options)
        read_opened = functools.partial(self._opened, len(opening), read)
        opened = self._transport.call(
            self._transport.path, body, read_opened, self._attempts, self._connect_timeout, opening=True)
        if isinstance(opened, Failure):
            error = self._not_opened(opened, bool(opening or calls))
        elif isinstance(opened, Error):
            error = opened
        else:
            self._path, error, result, self._broken = opened
            # The opening statement may have begun a transaction.
            self._used = bool(opening)
            if error is None:
                return result
            self.close()
        self._transport.drop()
        raise error

    def _opened(self, first, read, answer):
        """Reads the answer of `session`: its path, the error of init_command, the rest, and whether MySQL was lost."""
        name, answers = answer["id"], answer["results"]
        if not re.match(r"[A-Za-z0-9_.~-]+$", name):
            raise ValueError("the id of the session is not one")
        path = "%s/%s" % (self._transport.path.rstrip("/"), str(name))
        for answer in answers[:first]:
            if is_fault(answer):
                return path, error_of(answer), None, False
        if len(answers) < first:
            raise ValueError("there is no answer to init_command")
        return path, None, read and read(answers[first:]), tells_loss(answers)

    def _not_opened(self, failure, runs):
        """The error of the call that opens the session. `runs`: it contains statements."""
        text = native(failure.reason)
        if failure.made and runs:
            self._broken = True
            return OperationalError(CR_SERVER_LOST, "Lost connection to the gateway during the call (%s)" % text)
        if failure.status is None:
            number = failure.number or CR_CONNECTION_ERROR
            return OperationalError(number, "Can't connect to the gateway on %s (%s)" % (self._transport.name, text))
        number = {404: ER_BAD_DB_ERROR, 429: CR_CONNECTION_ERROR, 503: CR_CONNECTION_ERROR}.get(failure.status)
        message = "%d %s (%s)" % (failure.status, text, self._transport.name)
        return OperationalError(number or NUMBERS.get(failure.status, CR_CONNECTION_ERROR), message)

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
        self._insert_id = 0

    def autocommit(self, on):
        self._check_open()
        on = bool(on)
        if on != self.get_autocommit():
            self._query(_set_autocommit(on))
        self._session_autocommit = on

    def get_autocommit(self):
        """Whether autocommit is on, whatever has set it."""
        # As in MySQLdb, results that are not read do not matter.
        if not (self._is_autocommit_known or self._left or self._unread):
            self._query("SELECT @@autocommit")
        return self._autocommit

    def ping(self, reconnect=False):
        """
        Asks MySQL whether it answers. Raises OperationalError 2006 if the session has ended or its MySQL connection is
        lost. With `reconnect`, another session is opened then, without what was left in the first one.
        """
        try:
            self._once("check", [])
            return
        except OperationalError as error:
            if self._closed or not (reconnect and error.args[0] in LOST):
                raise
        self._reconnect()

    def select_db(self, db):
        self._once("execute", [u"USE `%s`" % query_text(db).replace(u"`", u"``")], number)

    def warning_count(self):
        """The number of warnings of the last statement."""
        return self._warnings

    def show_warnings(self):
        """The level, the number and the text of each warning of the last statement."""
        return self._once("query", ["SHOW WARNINGS"], lambda result: tuple([tuple(row) for row in result["rows"]]))

    def _ask(self, query):
        return self._once("query", [query], lambda result: native(result["rows"][0][0]))

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
        self._left = []
        self._end_session()

    def _end_session(self):
        path, self._path = self._path, None
        if self._broken:
            # The HTTP connection may wait for a response.
            self._transport.drop()
        try:
            if path is not None:
                # It has no number, with which it would be one of the calls that run one after the other. A repetition
                # finds no session.
                self._transport.call(path, body_of("close"), number, 3, CLOSE_TIMEOUT)
        except Exception:
            pass  # It has ended, or it will expire.
        finally:
            self._transport.drop()

    def _reconnect(self):
        self._end_session()
        self._broken, self._last, self._left = False, 0, []
        self._autocommit = bool(self._session_autocommit)
        self._is_autocommit_known = self._session_autocommit is not None
        self._open([])

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
        self._insert_id = 0

    def _once(self, method, params, read=nothing):
        """
        Makes a numbered call on the session and returns what `read` makes of its answer. The answer is asked for again
        if it was lost, and the call not made again.
        """
        self._check_open()
        check_unread(self)
        if self._left:
            # MySQL would accept no other statement.
            raise commands_out_of_sync()
        # If they cannot be encoded, no number is used.
        encoded = encode_value(params)
        if self._path is None:
            # If the response is lost, the call is repeated in another session. Until the first one expires, it keeps
            # what the call has locked, so that only a statement that reads is a part of it.
            if method == "batch" and only_reads(params[0][0]):
                result = self._open(params[0], read)
                self._used = True
                return result
            self._open([])
        while True:
            body = body_of("once", self._last + 1, method, encoded)
            # An exception leaves open whether the call has been made.
            self._broken = True
            self._last += 1
            self._used = True
            answer = self._transport.call(
                self._path, body, lambda answer: (read(answer), tells_loss(answer)), self._attempts)
            if isinstance(answer, Failure):
                raise self._failed(answer)
            if not isinstance(answer, Error):
                result, self._broken = answer
                return result
            if not self._renumber(answer):
                self._broken = answer.args[0] in LOST or is_about_number(answer)
                raise answer

    def _renumber(self, error):
        """Whether the gateway has made fewer calls than were numbered, as it refused one before it counted."""
        expected = is_about_number(error) and re.search(r"expected (?:\d+ or )?(\d+), ", error.args[1])
        if not expected or int(expected.group(1)) >= self._last:
            return False
        self._last = int(expected.group(1)) - 1
        return True

    def _failed(self, failure):
        """The error of a numbered call. Its number says whether the call may have been made."""
        text = native(failure.reason)
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
        return OperationalError(NUMBERS.get(failure.status, CR_UNKNOWN_ERROR), text)

    def _query(self, query, args=None):
        """Runs a statement and returns its result sets. An Error in the place of one is raised by nextset."""
        return self._run([listed("execute", query, args)], sets_of(query))

    def _query_each(self, query, rows):
        """Runs an INSERT for each row of arguments. Returns the result of the last one, with the count of all."""
        return self._run([listed("execute", query, row) for row in rows])

    def _query_many(self, query, rows):
        """The same, in as few statements as possible. Other statements are run for each row, too."""
        return self._run([listed("executemany", query, rows)], sets_of(query))

    def _call(self, procname, args):
        """Calls a procedure and returns its first result."""
        return self._call_procedure(procname, args, "execute", lambda calls: self._run(calls, SETS))

    def _call_procedure(self, procname, args, method, run):
        """Calls a procedure by a method. Its arguments are in variables that are named after it."""
        name, other = procedure_names(procname)
        try:
            return run(procedure_calls(procname, name, args, method))
        except DatabaseError as error:
            if other is None or not is_missing(error, procname):
                raise
        return run(procedure_calls(procname, other, args, method))

    def _run(self, calls, sets=0):
        """
        Makes calls, of which the last one leaves results, and reads these. Returns the first one, and keeps the others
        for nextset. The result sets of a procedure are read in the call that runs it, as far as they are expected.
        """
        read = functools.partial(self._read_calls, len(calls))
        results = self._once("batch", [calls + [READ_RESULT] + READ_NEXT * sets], read)
        while not isinstance(results[-1], Error) and results[-1].more:
            results.extend(rest(lambda: self._once("batch", [READ_NEXT * SETS], self._read_more)))
        self._is_autocommit_known = False
        result = results.pop(0)
        if isinstance(result, Error):
            self._error = result
            raise result
        self._note(result)
        self._left = results
        return result

    def _next_result(self):
        """The next result of the last statement; None if there is none. Raises the error behind the last one."""
        if self._closed:
            self._check_open()
        if not self._left:
            return None
        result = self._left.pop(0)
        if isinstance(result, Error):
            self._error = result
            raise result
        self._note(result)
        return result

    def _note(self, result):
        """A result has been read. An id remains known until the next statement that returns no rows."""
        self._warnings, self._affected, self._info = result.warnings, result.rowcount, result.info
        self._error = None
        if result.columns is None:
            self._insert_id = result.lastrowid
        self._note_autocommit(result.autocommit)

    def _note_autocommit(self, autocommit):
        """MySQL has reported it; None if it has not."""
        if autocommit is not None:
            self._autocommit, self._is_autocommit_known = autocommit, True

    def _read_calls(self, count, answers):
        """Reads the answers to calls, of which the last one leaves results. An Error is behind them, or alone."""
        made, answers = answers[:count], answers[count:]
        error = first_error(made + answers[:1])
        if error is not None:
            return [error]
        result = self._result_set(answers[0][0])
        if count > 1:
            result.rowcount = sum([number(answer[0]) for answer in made])
        return [result] + (self._read_next(answers[1:]) if result.more else [])

    def _read_more(self, answers):
        results = self._read_next(answers)
        if not results:
            raise ValueError("a result set was expected")
        return results

    def _read_next(self, answers):
        results = []
        while answers and (not results or results[-1].more):
            read, answers = answers[: len(READ_NEXT)], answers[len(READ_NEXT):]
            error = first_error(read)
            results.append(error or self._result_set(read[1][0]))
            if error is not None:
                break
        return results

    def _convert(self, columns, rows):
        codec = None if self._use_unicode else self._codec or "utf-8"
        return convert_rows(columns, rows, codec, self._conv)

    def _result_set(self, result):
        columns = result["columns"]
        if columns is None:
            return ResultSet(None, (), result)
        for column in columns:
            column[0] = name_of(column[0])
        rows = self._convert(columns, result["rows"])
        return ResultSet(tuple([tuple(column) for column in columns]), rows, result)


def _set_autocommit(on):
    return "SET autocommit = %d" % bool(on)
