# coding: utf-8
"""The exceptions of PEP 249, with the classes that MySQLdb has for the numbers of errors."""

from __future__ import absolute_import

import ast
import re

from ._python import PY2, BaseError, integer_types, native


class MySQLError(BaseError):
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


class ErrorClasses(object):
    """The optional attributes of connections and cursors in PEP 249."""

    MySQLError, Warning, Error, InterfaceError = MySQLError, Warning, Error, InterfaceError
    DatabaseError, DataError, OperationalError = DatabaseError, DataError, OperationalError
    IntegrityError, InternalError, ProgrammingError = IntegrityError, InternalError, ProgrammingError
    NotSupportedError = NotSupportedError


# The classes of MySQLdb (its _mysql.c). Every other number from 1000 on is an OperationalError.
_CLASSES = {}
for _class, _numbers in (
    (ProgrammingError, (1007, 1064, 1102, 1103, 1110, 1111, 1112, 1113, 1146, 1149, 1179, 2014)),
    (IntegrityError, (1048, 1062, 1169, 1215, 1216, 1217, 1364, 1451, 1452)),
    (DataError, (1171, 1230, 1263, 1264, 1265, 1406, 1441)),
    (NotSupportedError, (1196, 1235, 1286, 1289)),
    # The faults of the gateway itself.
    (OperationalError, (51, 58)),
    (InterfaceError, (52, 54)),
    (NotSupportedError, (55,)),
    (ProgrammingError, (56,)),
    (InternalError, (57,)),
):
    for number in _numbers:
        _CLASSES[number] = _class

CR_UNKNOWN_ERROR, CR_CONNECTION_ERROR, CR_SERVER_GONE_ERROR = 2000, 2003, 2006
CR_SERVER_LOST, CR_COMMANDS_OUT_OF_SYNC, CR_SSL_CONNECTION_ERROR = 2013, 2014, 2026
ER_ACCESS_DENIED_ERROR, ER_BAD_DB_ERROR, ER_NET_PACKET_TOO_LARGE = 1045, 1049, 1153
# Refusals of the gateway or of a proxy before it. 51 is that of a limit of the gateway.
NUMBERS = {401: ER_ACCESS_DENIED_ERROR, 403: ER_ACCESS_DENIED_ERROR, 413: ER_NET_PACKET_TOO_LARGE, 429: 51, 503: 51}
# Faults of a request that the gateway may have refused before it was a call.
REFUSALS = (51, 54)
# By these, a program knows that its statement has not been run.
NOT_RUN = (51, 2002, CR_CONNECTION_ERROR, CR_SERVER_GONE_ERROR)
# The MySQL connection of the session is lost, and with it the transaction, the variables and `SET autocommit = 0`.
LOST = (CR_SERVER_GONE_ERROR, CR_SERVER_LOST, 1053, 1927, 3169, 4031)


def error_of_number(number, message):
    default = InternalError if number < 1000 else OperationalError
    return _CLASSES.get(number, default)(number, native(message))


def fault_error(code, string):
    """The error of a fault. The text is `origin -- description`, a blank line and details."""
    if not isinstance(code, integer_types):
        raise TypeError("the code of a fault must be an integer")
    if code != 1:
        return error_of_number(code, string.partition(" -- ")[2] if code >= 1000 else string)
    details = string.partition("\n\n")[2]
    if re.match(r"\(\d+, ", details):
        # The str() of MySQLdb's exception in Python 2, whose text is in UTF-8.
        number, message = ast.literal_eval(details)
        if not PY2:
            message = message.encode("latin-1").decode("utf-8", "replace")
        return error_of_number(number, message)
    return ProgrammingError(native(details))
