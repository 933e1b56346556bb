"""Runs a statement that is stopped, as somebody closes the session, and another one: python closed_session.py URL"""

import sys

import netsvc_dbapi as db

connection = db.connect(sys.argv[1], autocommit=True)
cursor = connection.cursor()
print("connected")
sys.stdout.flush()
for statement in ("select sleep(20)", "select 1"):
    try:
        cursor.execute(statement)
    except db.OperationalError as error:
        print("%d %s" % (error.args[0], error.args[1].split("\n")[-1]))
connection.close()
