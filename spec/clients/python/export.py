"""Reads rows with SSCursor through a proxy that loses responses, each once and in order: python export.py URL COUNT"""

import sys

import netsvc_dbapi as db

url, count = sys.argv[1], int(sys.argv[2])
connection = db.connect(url, retries=30)
query = "select seq, repeat('x', 100) from numbers where seq <= %s order by seq"
cursor = connection.cursor(db.SSCursor)
for export in range(2):
    cursor.execute(query, (count,))
    for expected in range(1, count + 1):
        number, text = next(cursor)
        assert (number, len(text)) == (expected, 100), (number, expected)
    assert cursor.fetchone() is None
    # The rest is dropped.
    cursor.execute(query, (count,))
    assert cursor.fetchmany(10)[-1][0] == 10
cursor.close()
cursor = connection.cursor()
cursor.execute("select count(*) from numbers where seq <= %s", (count,))
print(cursor.fetchone()[0])
connection.close()
