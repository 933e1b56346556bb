# coding: utf-8
"""The answers of calls on a session."""

from __future__ import absolute_import

import re

from ._exceptions import CR_SERVER_LOST, LOST, NOT_RUN, Error, OperationalError, ProgrammingError, fault_error
from ._python import integer_types, native, xmlrpclib
from ._sent import Struct


def listed(method, *params):
    """A call of `batch` or `session`."""
    return Struct(methodName=method, params=params)


def is_fault(answer):
    return isinstance(answer, dict)


def tells_loss(answers):
    """Whether the MySQL connection of the session was lost. The gateway would continue on another, with autocommit."""
    # Only that of a list of calls contains faults.
    answers = answers if isinstance(answers, list) else []
    return any([is_fault(answer) and answer["faultCode"] in LOST for answer in answers])


def is_about_number(error):
    """Whether the gateway refuses the number of a call."""
    return error.args[0] == 56 and "\n\nn: " in error.args[1]


def nothing(answer):
    """Reads the answer of a method that returns nil: another value may be the answer of something else."""
    # An empty string, if the database has the option nulls=empty.
    if answer not in (None, ""):
        raise ValueError("nil was expected")


def number(answer):
    if not isinstance(answer, integer_types):
        raise ValueError("a number was expected")
    return answer


READ_RESULT = listed("result")
# The step to a further result set, and what is read of it.
READ_NEXT = [listed("nextset"), READ_RESULT]
# The number of result sets of a procedure that are read in the call that runs it.
SETS = 4
# Calls that are made in one request, at most.
MAX_CALLS = 1000


def name_of(name):
    """The name of a column. One that XML does not allow is sent as bytes."""
    return str(native(name.data.decode("utf-8") if isinstance(name, xmlrpclib.Binary) else name))


class ResultSet(object):
    """A result set, or the counts of a statement without rows."""

    def __init__(self, columns, rows, result):
        self.columns, self.rows = columns, rows
        self.rowcount, self.lastrowid = number(result["rowcount"]), result["lastrowid"]
        self.warnings = number(result["warnings"])
        self.info = result.get("info")
        # Whether a result set or an error follows.
        self.more = bool(result.get("more"))
        # The keys of the rows of a DictCursor.
        self.names = [name_of(name) for name in result.get("names") or [column[0] for column in columns or ()]]
        # Whether autocommit is on behind the statement; None if MySQL has not said.
        self.autocommit = result.get("autocommit")
        if self.autocommit not in (None, True, False):
            raise ValueError("a boolean was expected")


_READS = re.compile(r"\s*select\b(?!.*\b(?:into|for|lock|get_lock)\b)", re.IGNORECASE | re.DOTALL)


# Words in front of a parenthesis. Any other may be a function of the database, which may write.
_HARMLESS = frozenset("""
    all and any as between by case else exists from having in join like not on or over select then union when where
    abs avg cast ceiling char_length coalesce concat convert count curdate date date_format floor greatest group_concat
    if ifnull least left length lower max min mod month now nullif replace right round substr substring sum trim
    unix_timestamp upper year
""".split())


def only_reads(call):
    query = call["params"][0]
    if call["methodName"] != "execute" or not _READS.match(query):
        return False
    return all([name.lower() in _HARMLESS for name in re.findall(r"([\w$.`]+)\s*\(", query)])


def sets_of(query):
    """The number of further result sets that are read at once."""
    return SETS if re.match(r"\s*call\b", query, re.IGNORECASE) else 0


def error_of(fault):
    return fault_error(fault["faultCode"], fault["faultString"])


def first_error(answers):
    """The error of the call that failed; None if there is none."""
    for answer in answers:
        if is_fault(answer):
            return error_of(answer)
    return None


def commands_out_of_sync():
    return ProgrammingError(2014, "Commands out of sync; you can't run this command now")


def rest(run):
    """Runs the rest of a statement of which a part has been run: no error says that it has not."""
    try:
        return run()
    except Error as error:
        failure = error
    if failure.args[0] in NOT_RUN:
        failure = OperationalError(CR_SERVER_LOST, "%s (a part of the statement has been run)" % failure.args[1])
    raise failure
