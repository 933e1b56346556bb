"""Decodes documents as Python's XML-RPC servers do: reads a length in four bytes and the document, and writes a length and
what xmlrpc.client.loads makes of it, in JSON. Runs in Python 2.7 and 3."""

import binascii
import datetime
import json
import re
import struct
import sys
from decimal import Decimal

try:
    import xmlrpc.client as xmlrpclib
except ImportError:
    import xmlrpclib

stdin = getattr(sys.stdin, "buffer", sys.stdin)
stdout = getattr(sys.stdout, "buffer", sys.stdout)
TEXT = (str, type(u""))


def plain(value):
    """A value with its type."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, TEXT):
        return ["string", value]
    if isinstance(value, float):
        return ["double", "nan" if value != value else repr(value)]
    if isinstance(value, Decimal):
        return ["decimal", format(value, "f") if abs(value.adjusted()) < 5000 else str(value)]
    if isinstance(value, xmlrpclib.DateTime):
        return ["date", value.value, moment(value.value.strip())]
    if isinstance(value, xmlrpclib.Binary):
        return ["base64", binascii.hexlify(value.data).decode("ascii")]
    if isinstance(value, (list, tuple)):
        return ["array", [plain(item) for item in value]]
    if isinstance(value, dict):
        return ["struct", sorted([[plain(name), plain(item)] for name, item in value.items()], key=json.dumps)]
    return ["integer", str(value)]


def moment(text):
    """What ISO 8601 makes of a date, in the standard's form; None if Python 3.11 does not know it, or is not here."""
    try:
        whole, fraction, zone = re.match(r"^(.*?)(?:[.,](\d+))?( ?(?:[Zz]|[+-][\d:]+))?$", text[8:]).groups()
        time = datetime.datetime.fromisoformat(text[:8] + whole + (zone or "").strip().upper())
        if time.tzinfo is not None:
            time = time.astimezone(datetime.timezone.utc)
        return time.strftime("%Y%m%dT%H:%M:%S").zfill(17) + ("." + fraction if fraction else "")
    except (AttributeError, ValueError, OverflowError):
        return None


def decode(document):
    try:
        params, name = xmlrpclib.loads(document)
        if name is None:
            return {"error": "there is no name"}
        return {"methodName": name, "params": [plain(value) for value in params]}
    except RuntimeError:  # RecursionError
        return {"methodName": name, "params": None}
    except Exception as error:
        # In Python 2, it may contain bytes.
        text = str(error)
        text = text.decode("latin-1") if isinstance(text, bytes) else text
        return {"error": "%s: %s" % (type(error).__name__, text)}


while True:
    head = stdin.read(4)
    if len(head) < 4:
        break
    answer = json.dumps(decode(stdin.read(struct.unpack(">I", head)[0]))).encode("ascii")
    stdout.write(struct.pack(">I", len(answer)) + answer)
    stdout.flush()
