# coding: utf-8
"""Calls of procedures."""

from __future__ import absolute_import

import re

from ._results import listed


def procedure_names(procname):
    """
    The name of a procedure in quotes, and another one, to be tried if it does not exist: the dot of `a.b` may be behind
    a schema, or a part of the name.
    """
    if u"`" in procname:
        return procname, None
    whole = _quoted(procname)
    if not re.match(r"[^.\s]+\.[^.\s]+\Z", procname):
        return whole, None
    return u".".join([_quoted(part) for part in procname.split(u".")]), whole


def procedure_calls(procname, quoted, args, method):
    """The calls that set the variables of the arguments, and call the procedure by a method."""
    variables = [u"@" + _quoted(u"_%s_%d" % (procname, i)) for i in range(len(args))]
    calls = [listed(method, u"CALL %s(%s)" % (quoted, u", ".join(variables)))]
    if args:
        settings = [u"%s = %%s" % variable.replace(u"%", u"%%") for variable in variables]
        calls.insert(0, listed("execute", u"SET " + u", ".join(settings), args))
    return calls


def is_missing(error, procname):
    """Whether the procedure, or the schema that it names, does not exist."""
    number, message = (error.args + (None, None))[:2]
    if number == 1305:
        return procname in message
    return number == 1049 and "'%s'" % procname.split(u".")[0] in message


def _quoted(name):
    return u"`%s`" % name.replace(u"`", u"``")
