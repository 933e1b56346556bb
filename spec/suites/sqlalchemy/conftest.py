"""Prepares pytest for the dialect suite that SQLAlchemy installs, with either driver."""

import pytest
import sqlalchemy.dialects.mysql.provision  # noqa: F401
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect

from netsvc_sqlalchemy import NetsvcDialect

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F401, F403


class MariaDBNetsvcDialect(MariaDBDialect, NetsvcDialect):
    """What mariadb+mysqldb is to mysql+mysqldb: the suite requires it of a MariaDB server."""

    supports_statement_cache = True


registry.register("mariadb.netsvc", __name__, MariaDBNetsvcDialect.__name__)
