# coding: utf-8
"""Tests SSCursor and SSDictCursor of a module, netsvc_dbapi or MySQLdb, which both have to pass:

    python streamed.py MODULE '{"argument of connect": ...}' PREFIX
"""

import gc
import importlib
import json
import sys
import unittest

from expected_errors import ExpectedErrors

NAME, ARGUMENTS, PREFIX = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
if sys.version_info[0] == 2:
    ARGUMENTS = dict((str(key), str(value) if value == str(value) else value) for key, value in ARGUMENTS.items())

db = importlib.import_module(NAME)
cursors = importlib.import_module(NAME + ".cursors")
ENTRIES, PROCEDURE = PREFIX + "_entries", PREFIX + "_procedure"
# More than can be buffered on the way, so that MySQL has not sent all of them.
MANY = "select a.i, repeat('x', 100) from %s a, %s b, %s c, %s d" % ((ENTRIES,) * 4)
FAILS = "select i, if(i = 5, (select 1 union select 2), i) from %s order by i" % ENTRIES
OUT_OF_SYNC = (2014, "Commands out of sync; you can't run this command now")


def connect(**arguments):
    return db.connect(**dict(ARGUMENTS, **arguments))


class Case(ExpectedErrors, unittest.TestCase):
    def setUp(self):
        self.connection = connect()
        self.cursor = self.connection.cursor(cursors.SSCursor)
        self.other = self.connection.cursor(cursors.Cursor)

    def tearDown(self):
        if self.connection.open:
            self.connection.close()

    def execute(self, condition="1"):
        return self.cursor.execute("select i from %s where %s order by i" % (ENTRIES, condition))

    def assertUnread(self, *calls):
        for call in calls + (self.connection.commit, self.connection.rollback, self.connection.ping):
            self.assertEqual(self.error(db.ProgrammingError, call).args, OUT_OF_SYNC)
        # In MySQLdb, the error stays: the cursor itself gets it, too, and loses its rows.
        self.tearDown()
        self.setUp()

    def assertRead(self):
        self.assertEqual(self.other.execute("select 1"), 1)
        self.connection.commit()


class Rows(Case):
    def test_are_fetched_in_every_way(self):
        self.assertEqual(self.execute(), -1)
        self.assertEqual([column[0] for column in self.cursor.description], ["i"])
        self.assertEqual(self.cursor.fetchone(), (0,))
        self.assertEqual(self.cursor.fetchmany(), ((1,),))
        self.assertEqual(self.cursor.fetchmany(3), ((2,), (3,), (4,)))
        self.assertEqual(next(self.cursor), (5,))
        self.assertEqual([row for row in self.cursor][:1], [(6,)])
        self.assertEqual(self.cursor.rownumber, 10)
        self.assertEqual((self.cursor.fetchone(), self.cursor.fetchmany(2), self.cursor.fetchall()), (None, (), ()))
        self.assertEqual(self.cursor.rowcount, -1)
        self.execute("i < 3")
        self.assertEqual(self.cursor.fetchall(), ((0,), (1,), (2,)))
        self.cursor.arraysize = 2
        self.execute()
        self.assertEqual(len(self.cursor.fetchmany()), 2)
        self.assertEqual(len(self.cursor.fetchmany(0)), 2)

    def test_are_dictionaries(self):
        cursor = self.connection.cursor(cursors.SSDictCursor)
        cursor.execute("select i, i + 1 as j from %s where i < %%s order by i" % ENTRIES, (3,))
        self.assertEqual(cursor.fetchone(), {"i": 0, "j": 1})
        self.assertEqual(cursor.fetchmany(1), ({"i": 1, "j": 2},))
        self.assertEqual(list(cursor), [{"i": 2, "j": 3}])

    def test_are_those_of_the_class_of_the_connection(self):
        connection = connect(cursorclass=cursors.SSCursor)
        with connection.cursor() as cursor:
            self.assertEqual(cursor.execute("select 1"), -1)
        connection.close()

    def test_can_be_many(self):
        self.cursor.execute(MANY)
        count = len(self.cursor.fetchmany(10))
        for row in self.cursor:
            count += 1
            self.assertEqual(len(row[1]), 100)
            if count == 5000:
                break
        rows = self.cursor.fetchmany(3000)
        self.assertEqual(len(rows), 3000)
        self.assertEqual(len(self.cursor.fetchall()), 2000)
        self.assertRead()

    def test_are_those_of_the_transaction(self):
        self.other.execute("insert into %s values (100)" % ENTRIES)
        self.execute("i >= 100")
        self.assertEqual(self.cursor.fetchall(), ((100,),))
        self.connection.rollback()
        self.execute("i >= 100")
        self.assertEqual(self.cursor.fetchall(), ())

    def test_do_not_exist_before_a_statement(self):
        self.error(db.ProgrammingError, self.cursor.fetchone)
        self.error(db.ProgrammingError, self.cursor.fetchall)
        self.assertEqual(self.cursor.nextset(), None)
        self.assertFalse(hasattr(self.cursor, "scroll"))

    def test_do_not_exist_behind_a_statement_without_rows(self):
        self.assertEqual(self.cursor.execute("insert into %s values (200), (201)" % ENTRIES), 2)
        self.assertEqual((self.cursor.description, self.cursor.rowcount), (None, 2))
        self.assertEqual((self.cursor.fetchone(), self.cursor.fetchmany(), self.cursor.fetchall()), (None, (), ()))
        self.assertEqual(self.cursor.executemany("insert into %s values (%%s)" % ENTRIES, [(202,), (203,)]), 2)
        self.connection.rollback()


class UnreadRows(Case):
    def test_exclude_other_statements(self):
        self.execute()
        self.cursor.fetchone()
        self.assertUnread(
            lambda: self.other.execute("do 0"), lambda: self.other.callproc(PROCEDURE, (1,)),
            lambda: self.other.executemany("insert into %s values (%%s)" % ENTRIES, [(300,)]),
            lambda: self.connection.cursor(cursors.SSCursor).execute("select 1"), self.connection.show_warnings)

    def test_include_the_end(self):
        self.execute("i < 2")
        self.assertEqual(self.cursor.fetchmany(2), ((0,), (1,)))
        self.assertUnread()
        self.execute("i < 2")
        self.assertEqual(self.cursor.fetchmany(3), ((0,), (1,)))
        self.assertRead()
        self.execute("i < 0")
        self.assertUnread()
        self.execute("i < 0")
        self.assertEqual(self.cursor.fetchone(), None)
        self.assertRead()

    def test_are_dropped_by_the_next_statement_of_the_cursor(self):
        for query in (MANY, "call %s(1)" % PROCEDURE):
            self.cursor.execute(query)
            self.cursor.fetchone()
            self.assertEqual(self.cursor.execute("select 7"), -1)
            self.assertEqual(self.cursor.fetchall(), ((7,),))
            self.cursor.execute(query)
            self.assertEqual(self.cursor.executemany("update %s set i = %%s where i = %%s" % ENTRIES, [(9, 9)]), 0)

    def test_are_dropped_by_close(self):
        for query in (MANY, "call %s(1)" % PROCEDURE):
            cursor = self.connection.cursor(cursors.SSCursor)
            cursor.execute(query)
            cursor.fetchone()
            cursor.close()
            cursor.close()
            self.assertRead()
            self.error(db.ProgrammingError, cursor.execute, "select 1")
            with self.connection.cursor(cursors.SSCursor) as cursor:
                cursor.execute(query)
            self.assertRead()

    def test_are_dropped_with_the_cursor(self):
        cursor = self.connection.cursor(cursors.SSCursor)
        cursor.execute(MANY)
        del cursor
        gc.collect()
        self.assertRead()

    def test_do_not_outlast_the_connection(self):
        self.cursor.execute(MANY)
        self.connection.close()
        self.assertEqual(self.error(db.OperationalError, self.cursor.fetchone).args[0], 2006)
        self.assertEqual(self.error(db.OperationalError, self.cursor.fetchall).args[0], 2006)


class ResultSets(Case):
    def test_are_those_of_a_procedure(self):
        self.assertEqual(self.cursor.callproc(PROCEDURE, (5,)), (5,))
        self.assertEqual(self.cursor.fetchone(), (0,))
        self.assertEqual(self.cursor.nextset(), 1)
        self.assertEqual([column[0] for column in self.cursor.description], ["n", "j"])
        self.assertEqual(self.cursor.fetchall(), ((5, 1), (5, 2)))
        self.assertEqual(self.cursor.nextset(), 1)
        self.assertEqual((self.cursor.description, self.cursor.rowcount, self.cursor.fetchall()), (None, 0, ()))
        self.assertEqual(self.cursor.nextset(), None)
        self.assertRead()
        self.other.execute("select @_%s_0" % PROCEDURE)
        self.assertEqual(self.other.fetchall(), ((5,),))

    def test_are_unread_behind_the_rows_of_the_first(self):
        self.cursor.callproc(PROCEDURE, (5,))
        self.cursor.fetchall()
        self.assertUnread()
        self.cursor.callproc(PROCEDURE, (5,))
        self.cursor.fetchall()
        self.assertEqual(self.other.execute("select 1"), 1)
        self.assertEqual(self.cursor.nextset(), None)


class Errors(Case):
    def test_come_behind_the_rows_before_them(self):
        self.cursor.execute(FAILS)
        self.assertEqual([self.cursor.fetchone() for _ in range(5)], [(i, i) for i in range(5)])
        self.assertEqual(self.error(db.OperationalError, self.cursor.fetchone).args[0], 1242)
        self.assertEqual(self.error(db.OperationalError, self.cursor.fetchall).args[0], 1242)
        self.assertRead()
        self.assertEqual(self.cursor.execute("select 1"), -1)

    def test_are_those_of_each_way_to_fetch(self):
        for fetch in (self.cursor.fetchall, lambda: self.cursor.fetchmany(7), lambda: list(self.cursor),
                      lambda: self.cursor.execute("select 1"), self.cursor.nextset):
            self.cursor.execute(FAILS)
            self.assertEqual(self.error(db.OperationalError, fetch).args[0], 1242)
            self.assertEqual(self.error(db.OperationalError, self.cursor.fetchone).args[0], 1242)
            self.assertRead()

    def test_are_raised_by_close(self):
        self.cursor.execute(FAILS)
        self.assertEqual(self.error(db.OperationalError, self.cursor.close).args[0], 1242)
        self.assertRead()

    def test_are_raised_behind_a_result_set(self):
        for step in (self.cursor.nextset, lambda: self.cursor.execute("select 1"), self.cursor.close):
            self.cursor.execute("call %s_fails()" % PROCEDURE)
            self.assertEqual(self.cursor.fetchone(), (1,))
            self.assertEqual(self.error(db.OperationalError, step).args, (1644, "behind"))
            self.assertRead()

    def test_of_a_statement_that_does_not_run(self):
        self.execute()
        self.assertEqual(self.error(db.ProgrammingError, self.cursor.execute, "selec").args[0], 1064)
        self.assertRead()


def prepare():
    connection = connect()
    cursor = connection.cursor()
    for statement in (
        "drop table if exists " + ENTRIES,
        "create table %s (i int primary key) engine=InnoDB" % ENTRIES,
        "insert into %s values %s" % (ENTRIES, ", ".join("(%d)" % i for i in range(10))),
        "drop procedure if exists " + PROCEDURE,
        "create procedure %s (n int) begin select i from %s order by i limit 3; "
        "select n, 1 as j union select n, 2; end" % (PROCEDURE, ENTRIES),
        "drop procedure if exists %s_fails" % PROCEDURE,
        "create procedure %s_fails () begin select 1; signal sqlstate '45000' set message_text = 'behind'; end"
        % PROCEDURE,
    ):
        cursor.execute(statement)
    connection.commit()
    connection.close()


if __name__ == "__main__":
    prepare()
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.stderr.flush()
    print("%d tests" % result.testsRun)
    sys.exit(0 if result.wasSuccessful() else 1)
