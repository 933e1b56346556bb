"""The suite for dialects that are not a part of SQLAlchemy."""

from sqlalchemy.testing.suite import *  # noqa: F401, F403
