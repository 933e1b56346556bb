"""Loses the gateway after it has connected, when a line arrives: python lost_gateway.py URL"""

import sys

import netsvc_dbapi as db

connection = db.connect(sys.argv[1], retries=2)
cursor = connection.cursor()
cursor.execute("select 1")
print("connected")
sys.stdout.flush()
sys.stdin.readline()
for call in (connection.commit, connection.rollback):
    try:
        call()
    except db.OperationalError as error:
        print(error.args[0])
connection.close()
