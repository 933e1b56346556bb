# coding: utf-8
"""The arguments of connect, of which MySQLdb and PyMySQL have some that the module has in another way."""

from __future__ import absolute_import

from ._exceptions import InterfaceError


# What a URL says.
_PLACES = ("host", "port", "db", "database", "unix_socket", "named_pipe", "read_default_file", "read_default_group")
# What has no effect here: text is UTF-8, HTTP is compressed, and the gateway logs in to MySQL.
_WITHOUT_EFFECT = frozenset("""
    auth_plugin binary_prefix bind_address charset_name client_name collation compress local_infile max_allowed_packet
    program_name server_public_key write_timeout
""".split())
_EXAMPLE = 'connect("http://USER:PASSWORD@HOST:8000/DATABASE")'


def url_of(url, others):
    """The URL of the gateway, which may be the argument `host`. @raises InterfaceError if there is none"""
    host = others.pop("host", None) if url is None else None
    if host is not None and "://" in host:
        url = host
    given = [name for name in _PLACES if others.pop(name, None)]
    if url is None:
        raise InterfaceError("the URL of the gateway is missing: %s" % _EXAMPLE)
    if given:
        raise InterfaceError("the URL takes the place of %s: %s" % (", ".join(given), _EXAMPLE))
    return url


def check_others(others):
    """@raises InterfaceError for what the module has in another way, and TypeError for what nobody has"""
    if any([others.pop(name, None) for name in list(others) if name.startswith("ssl")]):
        raise InterfaceError("TLS needs a URL that begins with https://, and ssl_context for a CA of your own")
    unknown = sorted(set(others) - _WITHOUT_EFFECT)
    if unknown:
        raise TypeError("connect() got an unexpected keyword argument %r" % unknown[0])
