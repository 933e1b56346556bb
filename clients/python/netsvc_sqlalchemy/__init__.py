# coding: utf-8
"""
A dialect of SQLAlchemy 1.4 and 2 over the gateway netsvc: that of MySQLdb, with netsvc_dbapi in its place.

    import netsvc_sqlalchemy  # not needed if it was installed by pip
    from sqlalchemy import create_engine

    engine = create_engine("netsvc://user:password@127.0.0.1:8000/database")

netsvcs:// connects by https. The query string can contain the arguments of netsvc_dbapi.connect, and ssl_ca: a file with
the CAs that are trusted.
"""

from __future__ import absolute_import

import ssl

from netsvc_dbapi._exceptions import LOST
from sqlalchemy import util
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mysql.mysqldb import MySQLDialect_mysqldb


_DEFAULT_PORT = 8000
# A URL contains strings.
_TYPES = (
    ("client_flag", int), ("lazy", bool), ("retries", int), ("session_timeout", int), ("timeout", float),
    ("use_unicode", bool),
)


class NetsvcDialect(MySQLDialect_mysqldb):
    """The dialect of MySQLdb. Its name is mysql, so that whatever is written for MySQL applies to it."""

    driver = "netsvc"
    supports_statement_cache = True
    supports_server_side_cursors = True

    @classmethod
    def import_dbapi(cls):
        return __import__("netsvc_dbapi")

    if not hasattr(MySQLDialect_mysqldb, "import_dbapi"):
        # The name in SQLAlchemy 1.4.
        dbapi = import_dbapi

    @property
    def _sscursor(self):
        return self.dbapi.cursors.SSCursor

    def create_connect_args(self, url):
        options = dict(url.query)
        for name, of_type in _TYPES:
            util.coerce_kw_type(options, name, of_type)
        if "ssl_ca" in options:
            options["ssl_context"] = ssl.create_default_context(cafile=options.pop("ssl_ca"))
        if url.username is not None:
            options["user"] = url.username
            options["password"] = url.password or ""
        # ORMs expect that an UPDATE counts the rows that it finds.
        options["client_flag"] = options.get("client_flag", 0) | self._found_rows_client_flag()
        host = url.host or "127.0.0.1"
        address = "%s://%s:%d/%s" % (
            "https" if url.drivername.endswith("netsvcs") else "http",
            "[%s]" % host if ":" in host else host,
            url.port or _DEFAULT_PORT,
            url.database or "database",
        )
        return [address], options

    def on_connect(self):
        # Without SET NAMES of MySQLdb's dialect: text is UTF-8.
        return super(MySQLDialect_mysqldb, self).on_connect()

    def is_disconnect(self, e, connection, cursor):
        # The module gives up connections for more errors than MySQLdb does.
        lost = isinstance(e, self.dbapi.Error) and e.args and e.args[0] in LOST
        return lost or super(NetsvcDialect, self).is_disconnect(e, connection, cursor)

    def _detect_charset(self, connection):
        return "utf8mb4"


for _name in ("netsvc", "netsvcs", "mysql.netsvc", "mysql.netsvcs"):
    registry.register(_name, __name__, NetsvcDialect.__name__)
