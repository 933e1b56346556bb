"""Sends values as arguments, fetches them, and compares them with what was sent. Python writes and reads the XML.

usage: round_trip.py URL

Reads a JSON list of [type, text] pairs on each line, and prints a JSON list of those that differ.
"""

import json
import struct
import sys
from xmlrpc.client import MAXINT, MININT, Binary, DateTime, Marshaller, ServerProxy, escape

# Values that Python's marshaller rejects or changes, although XML-RPC can represent them: integers beyond 32 bits, and
# characters that XML accepts only as references.


def dump_int(self, value, write):
    kind = "int" if MININT <= value <= MAXINT else "i8"
    write("<value><%s>%d</%s></value>\n" % (kind, value, kind))


def dump_string(self, value, write):
    def spell(character):
        code = ord(character)
        return "&#%d;" % code if code < 32 or code in (0xFFFE, 0xFFFF) else escape(character)

    write("<value><string>%s</string></value>\n" % "".join(map(spell, value)))


Marshaller.dispatch[int] = dump_int
Marshaller.dispatch[str] = dump_string

PARSE = {
    "nil": lambda text: None,
    "boolean": lambda text: text == "true",
    "int": int,
    "double": float,
    "string": str,
    "base64": lambda text: Binary(bytes.fromhex(text)),
    "dateTime": DateTime,
}


def is_equal(sent, back):
    if isinstance(sent, bool):
        return type(back) is int and back == sent
    if isinstance(sent, float):
        # MariaDB prints minus zero as 0.
        return type(back) is float and (struct.pack("d", back) == struct.pack("d", sent) or sent == back == 0)
    if isinstance(sent, str) and isinstance(back, Binary):
        # Text that XML cannot represent is returned as bytes.
        illegal = any(ord(c) < 32 and c not in "\t\n\r" or c in "\ufffe\uffff" for c in sent)
        return back.data == sent.encode() and illegal
    if isinstance(sent, DateTime):
        text = sent.value
        return back == "%s-%s-%s %s" % (text[:4], text[4:6], text[6:8], text[9:])
    return type(back) is type(sent) and back == sent


database = ServerProxy(sys.argv[1], allow_none=True)
cursor = ServerProxy(sys.argv[1] + "/" + database.cursor(60), allow_none=True)

for line in sys.stdin:
    pairs = json.loads(line)
    sent = [PARSE[kind](text) for kind, text in pairs]
    cursor.execute("select " + ", ".join(["%s"] * len(sent)), sent)
    back = cursor.fetchone()
    differ = [[pair, repr(b)] for pair, s, b in zip(pairs, sent, back) if not is_equal(s, b)]
    print(json.dumps(differ), flush=True)
