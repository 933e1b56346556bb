"""The modules of Django's backend with netsvc_dbapi in them. They are copies, so that a project can use both backends."""

import sys

import netsvc_dbapi
from django.db.backends import mysql
from netsvc_dbapi import constants, converters

__path__ = mysql.__path__

_MODULES = {"MySQLdb": netsvc_dbapi, "MySQLdb.constants": constants, "MySQLdb.converters": converters}
_before = {name: sys.modules[name] for name in _MODULES if name in sys.modules}
sys.modules.update(_MODULES)
try:
    from . import base
finally:
    for _name in _MODULES:
        del sys.modules[_name]
    sys.modules.update(_before)

__all__ = ["base"]
