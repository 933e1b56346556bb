"""Logs in over https: python login.py URL CA_FILE, where the URL has a login"""

import ssl
import sys

import netsvc_dbapi as db

url, ca = sys.argv[1:]
trusting = ssl.create_default_context(cafile=ca)
with db.connect(url, ssl_context=trusting) as connection:
    cursor = connection.cursor()
    cursor.execute("select 'in'")
    print(cursor.fetchone()[0])
with db.connect(url, user="grace", passwd="top:secret@", ssl_context=trusting) as connection:
    cursor = connection.cursor()
    print(cursor.execute("select 1"))
    # The gateway of the spec accepts little.
    try:
        cursor.execute("select %s", ("x" * 20000,))
    except db.OperationalError as error:
        print(error.args[0])
    print(cursor.execute("select 2"))
for arguments in ({"password": "wrong", "ssl_context": trusting}, {}):
    try:
        db.connect(url, **arguments)
    except db.OperationalError as error:
        print(error.args[0])
