# coding: utf-8
"""Compares netsvc_dbapi with MySQLdb, statement by statement, on the same server.

    python exact_values.py URL '{"argument of MySQLdb.connect": ...}'
"""

import json
import os
import sys
import unittest
from decimal import Decimal

import MySQLdb
import netsvc_dbapi

URL, ARGUMENTS = sys.argv[1], json.loads(sys.argv[2])

# More of them take longer.
PRICES = int(os.environ.get("NETSVC_PRICES", 400))

NUMBERS = [
    Decimal("1.5"), Decimal("0.1"), Decimal("-0.5"), Decimal("-0"), Decimal("1E+5"), Decimal("1E-7"), Decimal("1.10"),
    Decimal("12345678901234567890.1"), Decimal("9" * 65), Decimal("0." + "3" * 60), Decimal("9" * 90),
    5, -5, 2**31, 2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**30, 1.5, -2.25, 1e300, True,
]

# Those of a line are in one statement: it fails if one of them does.
EXPRESSIONS = """
%s, 1-%s, -%s, %s / 3, 7 / %s, %s %% 7, round(%s, 1), truncate(%s, 1), floor(%s), greatest(%s, 9), least(%s, 9, 0.5)
%s > 9, %s > %s, %s between 0 and 10, %s in (1.5, 18446744073709551615), %s = '1.5', coalesce(null, %s), %s & 255, ~%s
cast(%s as char), hex(%s), format(%s, 3), concat(%s, 'x'), if(%s > 1, %s, 0), json_array(%s), length(%s), bit_count(%s)
%s + 1, %s * 1.15
%s div 3, cast(%s as unsigned)
sum(%s) over ()
""".strip().split("\n")

LITERALS = [u"abc", u"a\\b", u"it's", u"\u00e9\\'", b"abc", b"\\'", b"2020-01-02", b'{"a": 1}']

# Where SQL requires a literal, or where its character set matters.
PLACES = """
select hex(_binary %s), hex(_binary  %s), hex(_latin1 %s), hex(_binary /* c */ %s)
select 'x' %s | select date %s | select 1 as %s | select group_concat('a' separator %s)
select 'a' like %s, 'a' like 'b' escape %s | select %s collate utf8mb4_bin | show tables like %s | show character set like %s
alter table l comment %s | alter table l modify a varchar(40) comment %s | alter table l add e enum(%s) | show create table l
alter table l drop e | insert into l (a) values (%s) | insert into l (b) values (_binary %s) | insert into l (j) values (%s)
insert into l (b, j) values (_binary %s, %s) | update l set b = %s, j = %s | select a, hex(b), j from l where a = %s or b = %s
delete from l where b = %s | select json_valid(%s) | select json_extract(%s, '$.a') is null | select json_set('{}', '$.a', %s)
do %s
""".replace("|", "\n").strip().split("\n")

# With NO_BACKSLASH_ESCAPES, a text that ends in a backslash is an expression, which these take for something else.
ESCAPING_PLACES = ["select hex(N%s)", "signal sqlstate '45000' set message_text = %s", "prepare s from %s"]

TYPES = ["bigint", "bigint unsigned", "decimal(10,2)", "decimal(30,10)", "double", "bit(64)", "varchar(200)", "json"]


def times(expression, number):
    return (number,) * expression.replace("%%", "").count("%s")


def outcome(cursor, query, args):
    """What a program sees of a statement."""
    many = isinstance(args, list)
    try:
        count = cursor.executemany(query, args) if many else cursor.execute(query, args)
        columns = cursor.description and [(column[1], column[5]) for column in cursor.description]
        return count, columns, cursor.fetchall() if columns else ()
    except (MySQLdb.Error, netsvc_dbapi.Error) as error:
        return error.args


class ExactValues(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.connections = [MySQLdb.connect(charset="utf8mb4", **ARGUMENTS), netsvc_dbapi.connect(URL)]
        self.cursors = [connection.cursor() for connection in self.connections]

    def tearDown(self):
        for connection in self.connections:
            connection.close()

    def same(self, query, args=None):
        expected, found = [outcome(cursor, query, args) for cursor in self.cursors]
        self.assertEqual(found, expected, (query, args))
        return found

    def test_numbers_in_expressions(self):
        for number in NUMBERS:
            for expressions in EXPRESSIONS:
                self.same("select " + expressions, times(expressions, number))
            self.same("select 1 limit 1, %s", (number,))
            self.same("select %s union all select 1e0", (number,))

    def test_numbers_in_columns(self):
        for column in TYPES:
            self.same("create temporary table n (id int auto_increment primary key, v %s)" % column)
            self.same("insert ignore into n (v) values (%s)", [(number,) for number in NUMBERS])
            self.same("insert into n values (1, 2) on duplicate key update v = v + %s", (Decimal("0.1"),))
            for number in NUMBERS[::2]:
                self.same("select id from n where v in %s or v between %s and 100.5 order by id", ([number, 9], number))
            self.same("select id, v from n order by id")
            self.same("drop temporary table n")

    def test_literals(self):
        # Both change the same names.
        for mode in ("", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES"):
            self.same("set sql_mode = %s", (mode,))
            self.same("create temporary table l (a varchar(40), b blob, j json)")
            for place in PLACES + ([] if mode else ESCAPING_PLACES):
                for literal in LITERALS:
                    self.same(place.strip(), times(place, literal))
            self.same("drop temporary table l")

    def test_prices(self):
        prices = [(Decimal(cents) / 100,) for cents in range(1, PRICES + 1)]
        self.same("create temporary table p (id int auto_increment primary key, price decimal(12, 2))")
        self.same("insert into p (price) values (%s)", prices)
        for rate in ("1.5", "1.19", "1.07", "1.005", "0.333", "1.0825", "0.9", "2.99", "0.05", "12.345"):
            self.same("select id, round(price * %s, 2) from p order by id", (Decimal(rate),))
            self.same("update p set price = (price + 0.01) * %s", (Decimal(rate),))
            self.same("select sum(price), sum(price * %s) from p", (Decimal(rate),))
        self.assertEqual(len(self.same("select id, price from p order by id")[2]), len(prices))

    def test_numbers_of_procedures(self):
        query = "create procedure exact_numbers(a decimal(40,10), b decimal(40,10)) select a * b, a > b"
        for statement in ("drop procedure if exists exact_numbers", query):
            self.cursors[0].execute(statement)
        for cursor in self.cursors:
            cursor.callproc("exact_numbers", (Decimal("12345678901234567890.1"), 2**64))
        expected, found = [cursor.fetchall() for cursor in self.cursors]
        self.assertEqual(found, expected)
        for cursor in self.cursors:
            cursor.close()


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.stderr.flush()
    print("%d tests" % result.testsRun)
    sys.exit(0 if result.wasSuccessful() else 1)
