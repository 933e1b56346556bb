# coding: utf-8
"""What connections of MySQLdb and PyMySQL have besides the methods of PEP 249."""

from __future__ import absolute_import

from ._mysql import get_client_info
from ._sent import query_text


class DriverMethods(object):
    # The codec of text that is sent.
    encoding = "utf8"

    @property
    def closed(self):
        return 0 if self.open else 1

    def insert_id(self):
        """The first id that the last statement generated."""
        return self._insert_id

    def affected_rows(self):
        """The number of rows that the last statement selected or affected."""
        return self._affected

    def info(self):
        """MySQL's text behind the last statement, such as `Rows matched: 1  Changed: 1  Warnings: 0`, or None."""
        return self._info

    def errno(self):
        """The number of the error of the last statement; 0 if there was none."""
        number = self._error.args[0] if self._error is not None and len(self._error.args) > 1 else 0
        return number

    def error(self):
        """The text of the error of the last statement; empty if there was none."""
        return self._error.args[-1] if self._error is not None else ""

    def get_client_info(self):
        return get_client_info()

    def get_host_info(self):
        return self._transport.name

    def get_proto_info(self):
        """The version of MySQL's protocol."""
        return 10

    def get_server_info(self):
        """The version of MySQL."""
        return self._ask("SELECT VERSION()")

    def thread_id(self):
        """The number of the MySQL connection, which may change unless the session is in a transaction."""
        return self._ask("SELECT CONNECTION_ID()")

    def kill(self, thread_id):
        """Ends another connection of MySQL."""
        self._query("KILL %d" % thread_id)

    def character_set_name(self):
        return "utf8mb4"

    def set_character_set(self, charset, collation=None):
        """Has no effect: text is UTF-8."""

    set_charset = set_character_set

    def set_sql_mode(self, sql_mode):
        self._query("SET SESSION sql_mode = %s", [query_text(sql_mode)])
