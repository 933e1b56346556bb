# coding: utf-8
"""What differs between Python 2 and 3."""

from __future__ import absolute_import

import array
import sys


PY2 = sys.version_info[0] == 2

if PY2:
    import httplib
    import xmlrpclib
    from urllib import unquote
    from urlparse import urlsplit

    BaseError = StandardError  # noqa: F821
    text_type, integer_types = unicode, (int, long)  # noqa: F821
    buffer_types = (bytearray, memoryview, buffer, array.array)  # noqa: F821
else:
    import http.client as httplib
    import xmlrpc.client as xmlrpclib
    from urllib.parse import unquote, urlsplit

    BaseError = Exception
    text_type, integer_types = str, (int,)
    buffer_types = (bytes, bytearray, memoryview, array.array)

__all__ = [
    "PY2", "BaseError", "buffer_types", "httplib", "integer_types", "native", "reason_of", "text_type", "unquote",
    "urlsplit", "xmlrpclib",
]


def native(text):
    """Python 2 prints exceptions whose text is a str."""
    return text.encode("utf-8") if PY2 and isinstance(text, text_type) else text


def reason_of(error):
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__
