"""Runs the validator1 suite on a server, in Python 2.7 or 3: python.py URL. Fails at the first wrong result."""

from __future__ import unicode_literals

import random
import sys

try:
    from xmlrpclib import Binary, DateTime, ServerProxy
except ImportError:
    from xmlrpc.client import Binary, DateTime, ServerProxy

validator1 = ServerProxy(sys.argv[1]).validator1


def stooges():
    return {name: random.randint(-1000, 1000) for name in ("moe", "larry", "curly")}


structs = [stooges() for _ in range(20)]
assert validator1.arrayOfStructsTest(structs) == sum(struct["curly"] for struct in structs)

text = "".join(random.choice("<>&'\" \u00fcx") for _ in range(200))
assert validator1.countTheEntities(text) == {
    "ctLeftAngleBrackets": text.count("<"),
    "ctRightAngleBrackets": text.count(">"),
    "ctAmpersands": text.count("&"),
    "ctApostrophes": text.count("'"),
    "ctQuotes": text.count('"'),
}

struct = stooges()
assert validator1.easyStructTest(struct) == sum(struct.values())
assert validator1.echoStructTest({"outer": struct, "empty": {}}) == {"outer": struct, "empty": {}}

many = [7, True, "Caf\u00e9 & <co>", -1.25, DateTime(str("19980717T14:08:55")), Binary(b"\x00\xff]]>")]
assert validator1.manyTypesTest(*many) == many

items = ["item %d" % number for number in range(random.randint(100, 200))]
assert validator1.moderateSizeArrayCheck(items) == items[0] + items[-1]

calendar = {
    "%04d" % year: {"%02d" % month: {"%02d" % day: stooges() for day in range(1, 29)} for month in range(1, 13)}
    for year in (1999, 2000)
}
assert validator1.nestedStructTest(calendar) == sum(calendar["2000"]["04"]["01"].values())

assert validator1.simpleStructReturnTest(-17) == {"times10": -170, "times100": -1700, "times1000": -17000}

print("validated")
