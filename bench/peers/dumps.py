"""Encodes rows with xmlrpc.client.dumps: reads them as JSON, and for each line after that prints rows per second."""

import json
import sys
import time
from xmlrpc.client import dumps

rows = json.loads(sys.stdin.readline())
for line in sys.stdin:
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < float(line):
        dumps((rows,), methodresponse=True, allow_none=True).encode()
        count += len(rows)
    print(count / (time.perf_counter() - started), flush=True)
