"""
Measures one workload of a PEP 249 module, and prints seconds, seconds of processor time, seconds to the first row, and
the most megabytes of memory: python module_costs.py MODULE '{"argument of connect": ...}' WORKLOAD COUNT
"""

import importlib
import json
import resource
import sys
import time

name, arguments, workload, count = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])
db = importlib.import_module(name)
cursors = importlib.import_module(name + ".cursors")
connection = db.connect(**arguments)
first = None


def session():
    for i in range(count):
        own = db.connect(**arguments)
        cursor = own.cursor()
        cursor.execute("select name from big where id = %s", (i + 1,))
        assert cursor.fetchone() == ("name %d" % (i + 1),)
        own.close()


def statement():
    cursor = connection.cursor()
    for i in range(count):
        cursor.execute("select name from big where id = %s", (i + 1,))
        assert cursor.fetchone() == ("name %d" % (i + 1),)


def transaction():
    cursor = connection.cursor()
    for i in range(count):
        for key in range(10):
            cursor.execute("update small set v = v + 1 where id = %s", (key,))
        connection.commit()


def fetch(cursorclass):
    global first
    began = time.perf_counter()
    cursor = connection.cursor(cursorclass)
    cursor.execute("select * from big where id <= %s", (count,))
    fetched = 1 if cursor.fetchone() else 0
    first = time.perf_counter() - began
    while True:
        rows = cursor.fetchmany(1000)
        fetched += len(rows)
        if not rows:
            break
    assert fetched == count, fetched


def rows():
    fetch(cursors.Cursor)


def stream():
    fetch(cursors.SSCursor)


works = {"session": session, "statement": statement, "transaction": transaction, "rows": rows, "stream": stream}
seconds, processor = time.perf_counter(), time.process_time()
works[workload]()
seconds, processor = time.perf_counter() - seconds, time.process_time() - processor
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
print(json.dumps({"seconds": seconds, "processor": processor, "first": first, "memory": memory}))
