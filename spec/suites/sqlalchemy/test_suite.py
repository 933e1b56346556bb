"""The suite for dialects that are not a part of SQLAlchemy."""

from sqlalchemy.testing.suite import *  # noqa: F401, F403
from sqlalchemy.testing.suite import ServerSideCursorsTest as _ServerSideCursorsTest


class ServerSideCursorsTest(_ServerSideCursorsTest):
    def _is_server_side(self, cursor):
        """That of the suite knows only the drivers of SQLAlchemy's own dialects."""
        return isinstance(cursor, self.engine.dialect._sscursor)


del _ServerSideCursorsTest
