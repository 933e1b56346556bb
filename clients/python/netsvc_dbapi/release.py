# coding: utf-8
"""The version of the module."""

__version__ = "0.1.0"
# The version of MySQLdb that the module takes the place of, for libraries that require one.
version_info = (1, 4, 6, "final", 0)
