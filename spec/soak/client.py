# -*- coding: utf-8 -*-
"""Writes to a ledger through netsvc and prints the outcome of each entry, in Python 2.7 or 3.

Arguments: URL of the database service, seconds to run, seed. Prints one JSON object.
"""
import json
import random
import socket
import sys
import time

try:
    import xmlrpclib
except ImportError:
    import xmlrpc.client as xmlrpclib



class Once(xmlrpclib.Transport):
    """Does not repeat a request whose connection was lost, which would run a statement twice."""

    def request(self, host, handler, request_body, verbose=False):
        return self.single_request(host, handler, request_body, verbose)


url, seconds, seed = sys.argv[1], float(sys.argv[2]), sys.argv[3]
chance = random.Random(seed)
socket.setdefaulttimeout(30)
acknowledged, refused, unknown = [], [], []
timed_out = [0]
# Faults after which it is not known whether the statement was executed.
LOST = (2013, 58, 1317, 1053, 1927)


def attempt(method, *args):
    """Returns 'done', 'refused' or 'lost'."""
    try:
        method(*args)
        return 'done'
    except xmlrpclib.Fault as fault:
        return 'lost' if fault.faultCode in LOST else 'refused'
    except socket.timeout:
        timed_out[0] += 1
        return 'lost'
    except Exception:
        return 'lost'


def note(outcome, entries):
    {'done': acknowledged, 'refused': refused, 'lost': unknown}[outcome].extend(entries)


def work(number):
    database = xmlrpclib.ServerProxy(url, transport=Once())
    try:
        cursor = xmlrpclib.ServerProxy(url + '/' + database.cursor(3), transport=Once())
    except Exception:
        time.sleep(0.1)
        return
    entries = ['%s-%d-%d' % (seed, number, i) for i in range(chance.randint(1, 3))]
    transaction = chance.random() < 0.6
    if transaction and attempt(cursor.begin) != 'done':
        return
    for entry in entries:
        outcome = attempt(cursor.execute, 'insert into ledger (entry) values (%s)', [entry])
        if not transaction:
            note(outcome, [entry])
        elif outcome != 'done':
            # The entries in it are rolled back with the session.
            note('refused', entries)
            attempt(cursor.close)
            return
    rows = chance.choice([1, 10, 5000])
    read = attempt(cursor.execute, 'select seq, repeat("x", 50) from numbers where seq <= %s', [rows])
    attempt(cursor.fetchmany, 10)
    if transaction and read != 'done':
        # If the connection to MySQL was lost, the transaction was rolled back.
        note('refused', entries)
        attempt(cursor.rollback)
    elif transaction:
        end = chance.random()
        if end < 0.7:
            note(attempt(cursor.commit), entries)
        else:
            # Rolled back by the client, by close, or by expiry.
            if end < 0.8:
                attempt(cursor.rollback)
            note('refused', entries)
    if chance.random() < 0.7:
        attempt(cursor.close)


deadline = time.time() + seconds
number = 0
while time.time() < deadline:
    number += 1
    work(number)
print(json.dumps({'acknowledged': acknowledged, 'refused': refused, 'unknown': unknown, 'rounds': number,
                  'unanswered': timed_out[0]}))
