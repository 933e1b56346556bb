"""Checks documents with Python's parser: reads a length in four bytes and the document, and writes a byte."""

import struct
import sys
from xml.parsers import expat

while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        break
    document = sys.stdin.buffer.read(struct.unpack(">I", head)[0])
    try:
        expat.ParserCreate().Parse(document, True)
        verdict = b"1"
    except (expat.ExpatError, ValueError, LookupError):
        verdict = b"0"
    sys.stdout.buffer.write(verdict)
    sys.stdout.buffer.flush()
