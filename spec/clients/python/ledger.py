"""Makes entries, each once, through a proxy that loses responses: python ledger.py URL COUNT"""

import sys

import netsvc_dbapi as db

url, count = sys.argv[1], int(sys.argv[2])
connection = db.connect(url, autocommit=True, retries=30)
cursor = connection.cursor()
for entry in range(count):
    cursor.execute("insert into ledger (entry) values (%s)", (entry,))
    assert cursor.rowcount == 1, cursor.rowcount
connection.autocommit(False)
for start in range(count, 2 * count, 10):
    cursor.executemany("insert into ledger (entry) values (%s)", [(entry,) for entry in range(start, start + 10)])
    connection.commit()
    cursor.execute("insert into ledger (entry) values (-1)")
    connection.rollback()
cursor.execute("select count(*), count(distinct entry), min(entry) from ledger")
print(cursor.fetchone())
connection.close()
