"""The backend. Django requires the name of this module."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from .mysql import base


class DatabaseClient(base.DatabaseClient):
    executable_name = "rpc-call"

    def runshell(self, *args):
        raise CommandError("dbshell needs MySQL itself: use rpc-call of netsvc.")


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self):
        parameters = super().get_connection_params()
        url = parameters.pop("host", "")
        if "://" not in url or parameters.pop("port", None) is not None:
            raise ImproperlyConfigured(
                "HOST must be the URL of a database service, such as http://127.0.0.1:8000/database, and PORT empty."
            )
        # Django turns it on otherwise, with another call.
        parameters.setdefault("autocommit", self.settings_dict["AUTOCOMMIT"])
        parameters["url"] = url
        return parameters

    def get_new_connection(self, conn_params):
        parameters = dict(conn_params)
        # The database is that of the service. A name is that of another, such as Django's for tests.
        # Django 3.2 calls it db.
        name = parameters.pop("database", parameters.pop("db", None))
        connection = super().get_new_connection(parameters)
        if name:
            connection.select_db(name)
        return connection

    def init_connection_state(self):
        features = self.features
        enabled = features.is_sql_auto_is_null_enabled
        if enabled:
            # Django would send this together with another statement, in one text.
            with self.cursor() as cursor:
                cursor.execute("SET SQL_AUTO_IS_NULL = 0")
        features.is_sql_auto_is_null_enabled = False
        try:
            super().init_connection_state()
        finally:
            features.is_sql_auto_is_null_enabled = enabled
