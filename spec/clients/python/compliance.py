# coding: utf-8
"""Checks every clause of PEP 249 against a module: netsvc_dbapi or MySQLdb.

    python compliance.py MODULE '{"argument of connect": ...}' PREFIX

PREFIX is that of the tables that the tests create. Where PEP 249 leaves a choice, or MySQLdb departs from it, the tests
expect what MySQLdb does, so that they pass with both modules.
"""

import datetime
import importlib
import json
import sys
import time
import unittest
from decimal import Decimal

from expected_errors import ExpectedErrors

NAME, ARGUMENTS, PREFIX = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
if sys.version_info[0] == 2:
    ARGUMENTS = dict((str(key), str(value) if value == str(value) else value) for key, value in ARGUMENTS.items())
    Base = StandardError  # noqa: F821
    long_type = long  # noqa: F821
else:
    Base = Exception
    long_type = int

db = importlib.import_module(NAME)
IS_MYSQLDB = NAME == "MySQLdb"
LEDGER = PREFIX + "_ledger"
PROCEDURE = PREFIX + "_procedure"


def connect(**arguments):
    return db.connect(**dict(ARGUMENTS, **arguments))


class Case(ExpectedErrors, unittest.TestCase):
    def setUp(self):
        self.connection = connect(charset="utf8mb4")
        self.cursor = self.connection.cursor()

    def tearDown(self):
        if self.connection.open:
            self.connection.close()

    def execute(self, query, *args):
        return self.cursor.execute(query, *args)

    def rows(self, query, *args):
        self.execute(query, *args)
        return self.cursor.fetchall()

    def value(self, query, *args):
        return self.rows(query, *args)[0][0]

    def create(self, columns):
        self.execute("create temporary table t (%s)" % columns)

    def count(self):
        """The rows of the table that others see."""
        other = connect()
        try:
            cursor = other.cursor()
            cursor.execute("select count(*) from " + LEDGER)
            return cursor.fetchone()[0]
        finally:
            other.close()


class ModuleInterface(Case):
    def test_globals(self):
        self.assertEqual((db.apilevel, db.threadsafety, db.paramstyle), ("2.0", 1, "format"))

    def test_exceptions(self):
        for name, base in (
            ("MySQLError", Base), ("Warning", Base), ("Error", Base), ("Error", db.MySQLError),
            ("InterfaceError", db.Error), ("DatabaseError", db.Error), ("DataError", db.DatabaseError),
            ("OperationalError", db.DatabaseError), ("IntegrityError", db.DatabaseError),
            ("InternalError", db.DatabaseError), ("ProgrammingError", db.DatabaseError),
            ("NotSupportedError", db.DatabaseError),
        ):
            self.assertTrue(issubclass(getattr(db, name), base), name)
        self.assertFalse(issubclass(db.Warning, db.Error))
        self.assertFalse(issubclass(db.InterfaceError, db.DatabaseError))

    def test_exceptions_are_attributes_of_connections_and_cursors(self):
        for name in ("Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError",
                     "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError"):
            self.assertIs(getattr(self.connection, name), getattr(db, name))
            self.assertIs(getattr(self.cursor, name), getattr(db, name))

    def test_names_of_MySQLdb(self):
        self.assertIs(db.Connect, db.connect)
        for owner, name in ((db, "FIELD_TYPE"), (db, "DBAPISet")):
            self.assertTrue(hasattr(owner, name), name)
        import_of_a_part = importlib.import_module(NAME + ".cursors") if IS_MYSQLDB else db.cursors
        for name in ("Cursor", "DictCursor", "SSCursor", "SSDictCursor"):
            self.assertTrue(hasattr(import_of_a_part, name), name)

    def test_connect_fails_with_OperationalError(self):
        arguments = {"host": "127.0.0.1", "port": 1, "unix_socket": ""} if IS_MYSQLDB else \
            {"url": "http://127.0.0.1:1/database"}
        error = self.error(db.OperationalError, lambda: db.connect(**arguments))
        self.assertIn(error.args[0], (2002, 2003))


class Connections(Case):
    def setUp(self):
        Case.setUp(self)
        self.execute("delete from " + LEDGER)
        self.connection.commit()

    def insert(self, cursor=None):
        (cursor or self.cursor).execute("insert into %s (entry) values (1)" % LEDGER)

    def test_autocommit_is_initially_off(self):
        self.assertEqual(self.value("select @@autocommit"), 0)
        self.insert()
        self.assertEqual(self.count(), 0)

    def test_commit(self):
        self.assertIsNone(self.connection.commit())
        self.insert()
        self.connection.commit()
        self.assertEqual(self.count(), 1)

    def test_rollback(self):
        self.insert()
        self.assertIsNone(self.connection.rollback())
        self.assertEqual(self.value("select count(*) from " + LEDGER), 0)
        self.insert()
        self.connection.commit()
        self.connection.rollback()
        self.assertEqual(self.count(), 1)

    def test_a_transaction_follows_DDL(self):
        self.execute("create table if not exists %s_ddl (id int)" % PREFIX)
        self.insert()
        self.assertEqual(self.count(), 0)
        self.connection.rollback()
        self.execute("drop table %s_ddl" % PREFIX)
        self.assertEqual(self.count(), 0)

    def test_close_rolls_back(self):
        self.insert()
        self.connection.close()
        self.assertEqual(self.count(), 0)

    def test_a_connection_that_was_forgotten_rolls_back(self):
        self.insert()
        self.connection = self.cursor = None
        self.assertEqual(self.count(), 0)
        other = connect()
        # It would wait for the locks.
        cursor = other.cursor()
        cursor.execute("set innodb_lock_wait_timeout = 5")
        self.assertEqual(cursor.execute("delete from " + LEDGER), 0)
        other.close()
        self.connection = connect()

    def test_a_closed_connection_cannot_be_used(self):
        self.connection.close()
        for call in (self.connection.commit, self.connection.rollback, self.connection.close, self.connection.ping):
            self.assertEqual(self.error(db.OperationalError, call).args[0], 2006)
        if not IS_MYSQLDB:  # Its cursors fail only when they are used.
            self.error(db.OperationalError, self.connection.cursor)
        self.error(db.Error, self.execute, "select 1")
        self.assertEqual(self.connection.open, 0)

    def test_autocommit_on(self):
        self.connection.autocommit(True)
        self.assertTrue(self.connection.get_autocommit())
        self.insert()
        self.assertEqual(self.count(), 1)
        self.connection.begin()
        self.insert()
        self.connection.rollback()
        self.assertEqual(self.count(), 1)
        self.connection.autocommit(False)
        self.insert()
        self.connection.rollback()
        self.assertEqual(self.count(), 1)

    def test_autocommit_of_connect(self):
        other = connect(autocommit=True)
        self.insert(other.cursor())
        self.assertEqual(self.count(), 1)
        other.close()

    def test_a_switch_to_autocommit_commits(self):
        self.insert()
        self.connection.autocommit(True)
        self.assertEqual(self.count(), 1)

    def test_cursors_of_a_connection_share_its_transaction(self):
        other = self.connection.cursor()
        self.insert(other)
        self.assertEqual(self.value("select count(*) from " + LEDGER), 1)
        self.execute("set @v = 7")
        other.execute("select @v")
        self.assertEqual(other.fetchone()[0], 7)

    def test_results_of_several_cursors_do_not_disturb_each_other(self):
        cursors = [self.connection.cursor() for _ in range(3)]
        for i, cursor in enumerate(cursors):
            cursor.execute("select seq from numbers where seq between %s and %s order by seq", (i * 10, i * 10 + 5))
        first = [cursor.fetchone() for cursor in cursors]
        self.insert()
        self.connection.commit()
        self.assertEqual(first, [(1,), (10,), (20,)])
        self.assertEqual([cursor.fetchone() for cursor in cursors], [(2,), (11,), (21,)])
        self.assertEqual([cursor.rowcount for cursor in cursors], [5, 6, 6])

    def test_ping(self):
        self.connection.ping()

    def test_select_db(self):
        self.connection.select_db("information_schema")
        self.assertEqual(self.value("select database()"), "information_schema")

    def test_warnings(self):
        self.execute("drop table if exists %s_none" % PREFIX)
        if not IS_MYSQLDB:  # MySQLdb 1.4 reads info(), which is empty here.
            self.assertEqual(self.connection.warning_count(), 1)
        ((level, number, text),) = self.connection.show_warnings()
        self.assertEqual((level, number), ("Note", 1051))
        self.assertIn(PREFIX + "_none", text)

    def test_attributes_of_a_cursor(self):
        self.assertIs(self.cursor.connection, self.connection)


class Statements(Case):
    def test_a_new_cursor(self):
        self.assertEqual((self.cursor.description, self.cursor.rowcount, self.cursor.arraysize), (None, -1, 1))
        self.assertIsNone(self.cursor.lastrowid)
        self.assertIsNone(self.cursor.rownumber)

    def test_description(self):
        self.create("id int not null, name varchar(20), price decimal(10,2), d double, day date, at datetime, t time, "
                    "b blob, c char(3), e enum('x', 'y'), y year, i8 bigint, i2 smallint, ts timestamp null")
        self.execute("select * from t")
        columns = self.cursor.description
        self.assertEqual([len(column) for column in columns], [7] * 14)
        self.assertEqual([column[0] for column in columns],
                         ["id", "name", "price", "d", "day", "at", "t", "b", "c", "e", "y", "i8", "i2", "ts"])
        types = [db.NUMBER, db.STRING, db.NUMBER, db.NUMBER, db.DATE, db.DATETIME, db.TIME, db.BINARY, db.STRING,
                 db.STRING, db.NUMBER, db.NUMBER, None, db.TIMESTAMP]
        for column, kind in zip(columns, types):
            if kind is not None:  # NUMBER of MySQLdb 1.4 does not have SMALLINT.
                self.assertTrue(column[1] == kind, column)
                self.assertEqual([column[1] == other for other in (db.STRING, db.NUMBER, db.DATE, db.TIME)],
                                 [kind is other for other in (db.STRING, db.NUMBER, db.DATE, db.TIME)], column)
        self.assertEqual([bool(column[6]) for column in columns[:3]], [False, True, True])
        self.assertEqual(columns[2][3:6], (12, 12, 2))

    def test_description_of_a_statement_without_rows(self):
        self.create("id int")
        self.assertIsNone(self.cursor.description)
        self.execute("select * from t")
        self.assertIsNotNone(self.cursor.description)
        self.execute("insert into t values (1)")
        self.assertIsNone(self.cursor.description)

    def test_rowcount(self):
        self.create("id int")
        self.assertEqual(self.execute("insert into t values (1), (2), (3)"), 3)
        self.assertEqual(self.cursor.rowcount, 3)
        self.assertEqual(self.execute("update t set id = 5 where id > 1"), 2)
        self.assertEqual(self.execute("update t set id = 5 where id = 5"), 0)
        self.assertEqual(self.execute("select * from t"), 3)
        self.assertEqual(self.cursor.rowcount, 3)
        self.assertEqual(self.execute("delete from t where id = 9"), 0)

    def test_lastrowid(self):
        self.create("id int auto_increment primary key, name text")
        self.execute("insert into t (name) values ('a')")
        self.assertEqual(self.cursor.lastrowid, 1)
        self.execute("insert into t (name) values ('b'), ('c')")
        self.assertEqual(self.cursor.lastrowid, 2)
        self.execute("delete from t")
        self.assertEqual(self.cursor.lastrowid, 0)

    def test_parameters(self):
        self.assertEqual(self.rows("select %s, %s", (1, "a")), ((1, "a"),))
        self.assertEqual(self.rows("select %s, %s", [1, "a"]), ((1, "a"),))
        self.assertEqual(self.rows("select %(b)s, %(a)s, %(b)s", {"a": 1, "b": "x"}), (("x", 1, "x"),))
        self.assertEqual(self.rows("select '100%', 7 % 4"), (("100%", 3),))
        self.assertEqual(self.rows("select '100%%', %s", (1,)), (("100%", 1),))
        self.assertEqual(self.rows("select '100%%'", ()), (("100%",),))
        self.assertEqual(self.rows("select 2 in %s, 5 in %s", ((1, 2), [1, 2])), ((1, 0),))
        self.assertEqual(self.value("select %s", ("' or ''='",)), "' or ''='")

    def test_wrong_parameters(self):
        self.error(db.ProgrammingError, self.execute, "select %s, %s", (1,))
        self.error(db.ProgrammingError, self.execute, "select %s", (1, 2))
        self.error(db.ProgrammingError, self.execute, "select %s", (float("nan"),))
        self.assertEqual(self.value("select 1"), 1)

    def test_executemany(self):
        self.create("id int auto_increment primary key, name varchar(10), n int")
        names = [("a", 1), ("b", 2), ("c", None)]
        self.assertEqual(self.cursor.executemany("insert into t (name, n) values (%s, %s)", names), 3)
        self.assertEqual((self.cursor.rowcount, self.cursor.description), (3, None))
        self.assertEqual(self.cursor.lastrowid, 1)
        self.assertEqual(self.cursor.executemany("update t set n = %s where name = %s", [(7, "a"), (8, "c")]), 2)
        named = [{"name": "d"}, {"name": "e"}]
        self.assertEqual(self.cursor.executemany("insert into t (name) values (%(name)s)", named), 2)
        self.assertEqual(self.rows("select name, n from t order by id"),
                         (("a", 7), ("b", 2), ("c", 8), ("d", None), ("e", None)))
        self.assertIsNone(self.cursor.executemany("insert into t (name) values (%s)", []))
        generated = ((str(n),) for n in range(3))
        self.assertEqual(self.cursor.executemany("insert into t (name) values (%s)", generated), 3)

    def test_a_new_statement_replaces_the_result(self):
        self.execute("select 1 union select 2")
        self.assertEqual(self.rows("select 3"), ((3,),))

    def test_close(self):
        self.execute("select 1")
        self.assertIsNone(self.cursor.close())
        self.assertIsNone(self.cursor.close())
        self.error(db.ProgrammingError, self.execute, "select 1")
        self.error(db.ProgrammingError, self.cursor.executemany, "do %s", [(1,)])
        self.error(db.ProgrammingError, self.cursor.callproc, PROCEDURE, (1,))
        self.assertEqual(self.connection.cursor().execute("select 1"), 1)

    def test_a_context_manager_closes_the_cursor(self):
        with self.connection.cursor() as cursor:
            cursor.execute("select 1")
        self.error(db.ProgrammingError, cursor.execute, "select 1")

    def test_sizes_have_no_effect(self):
        self.cursor.setinputsizes(25)
        # The name in MySQLdb 1.4 has an s too many.
        getattr(self.cursor, "setoutputsize", self.cursor.setoutputsizes)(1000)
        self.assertEqual(self.value("select 1"), 1)

    def test_messages(self):
        self.assertEqual(self.cursor.messages, [])
        self.assertEqual(self.connection.messages, [])


class Fetching(Case):
    def five(self, cursor=None):
        (cursor or self.cursor).execute("select seq from numbers where seq <= 5 order by seq")

    def test_fetching_before_execute(self):
        for call in (self.cursor.fetchone, self.cursor.fetchmany, self.cursor.fetchall):
            self.assertEqual(self.error(db.ProgrammingError, call).args, ("execute() first",))
        self.error(db.Error, iter, self.cursor)

    def test_fetching_after_a_statement_without_rows(self):
        # PEP 249 has an error here. MySQLdb has none, and programs rely on that.
        self.execute("do 1")
        self.assertEqual((self.cursor.fetchone(), self.cursor.fetchmany(2), self.cursor.fetchall()), (None, (), ()))

    def test_fetchone(self):
        self.five()
        self.assertEqual([self.cursor.fetchone() for _ in range(7)], [(1,), (2,), (3,), (4,), (5,), None, None])

    def test_fetchmany(self):
        self.five()
        self.assertEqual(self.cursor.fetchmany(), ((1,),))
        self.assertEqual(self.cursor.fetchmany(2), ((2,), (3,)))
        self.cursor.arraysize = 4
        self.assertEqual(self.cursor.fetchmany(), ((4,), (5,)))
        self.assertEqual(self.cursor.fetchmany(), ())

    def test_fetchall(self):
        self.five()
        self.cursor.fetchone()
        self.assertEqual(self.cursor.fetchall(), ((2,), (3,), (4,), (5,)))
        self.assertEqual(self.cursor.fetchall(), ())
        self.assertIsNone(self.cursor.fetchone())

    def test_an_empty_result(self):
        self.execute("select 1 from numbers where seq < 0")
        self.assertEqual((self.cursor.rowcount, self.cursor.fetchone(), self.cursor.fetchall()), (0, None, ()))

    def test_iteration(self):
        self.five()
        self.assertEqual([row[0] for row in self.cursor], [1, 2, 3, 4, 5])

    def test_rownumber(self):
        self.five()
        numbers = [self.cursor.rownumber]
        for fetch in (self.cursor.fetchone, lambda: self.cursor.fetchmany(2), self.cursor.fetchall):
            fetch()
            numbers.append(self.cursor.rownumber)
        self.assertEqual(numbers, [0, 1, 3, 5])

    def test_scroll(self):
        self.five()
        self.cursor.scroll(2)
        self.assertEqual(self.cursor.fetchone(), (3,))
        self.cursor.scroll(-2)
        self.assertEqual(self.cursor.fetchone(), (2,))
        self.cursor.scroll(4, "absolute")
        self.assertEqual(self.cursor.fetchone(), (5,))
        self.cursor.scroll(0, mode="absolute")
        for value, mode in ((5, "relative"), (-1, "relative"), (5, "absolute")):
            self.error(IndexError, self.cursor.scroll, value, mode)
        self.error(db.ProgrammingError, self.cursor.scroll, 1, "sideways")
        self.assertEqual(self.cursor.fetchone(), (1,))

    def test_DictCursor(self):
        cursor = self.connection.cursor(db.cursors.DictCursor)
        cursor.execute("select 1 as one, 'b' as two union select 2, 'c'")
        self.assertEqual(cursor.fetchone(), {"one": 1, "two": "b"})
        self.assertEqual(list(cursor.fetchall()), [{"one": 2, "two": "c"}])

    def test_many_rows(self):
        self.assertEqual(self.execute("select seq, concat('row ', seq) from numbers where seq <= 3000 order by seq"),
                         3000)
        self.assertEqual(self.cursor.fetchall(), tuple((n, "row %d" % n) for n in range(1, 3001)))


class Procedures(Case):
    def test_callproc_and_nextset(self):
        arguments = (3, "x")
        self.assertEqual(self.cursor.callproc(PROCEDURE, arguments), arguments)
        self.assertEqual((self.cursor.fetchall(), self.cursor.description[0][0]), (((3, "x"),), "first"))
        self.assertEqual(self.cursor.nextset(), 1)
        self.assertEqual(self.cursor.fetchone(), (1,))
        self.assertEqual(self.cursor.nextset(), 1)
        self.assertEqual(self.cursor.fetchall(), ((1,), (2,), (3,), (4,)))
        # The result of the CALL itself.
        self.assertEqual(self.cursor.nextset(), 1)
        self.assertIsNone(self.cursor.description)
        self.assertIsNone(self.cursor.nextset())
        self.assertEqual(self.rows("select @_%s_0" % PROCEDURE), ((6,),))

    def test_nextset_without_another_result(self):
        self.execute("select 1")
        self.assertIsNone(self.cursor.nextset())

    def test_CALL_with_many_result_sets(self):
        self.execute("call %s_many()" % PROCEDURE)
        found = [self.cursor.fetchall()]
        while self.cursor.nextset():
            found.append(self.cursor.fetchall())
        self.assertEqual(found, [((n,),) for n in range(1, 10)] + [()])

    def test_an_error_behind_a_result_set(self):
        self.execute("call %s_fails()" % PROCEDURE)
        self.assertEqual(self.cursor.fetchall(), ((1,),))
        self.assertEqual(self.error(db.ProgrammingError, self.cursor.nextset).args[0], 1146)
        self.assertEqual(self.value("select 2"), 2)

    def test_results_that_were_not_read(self):
        self.cursor.callproc(PROCEDURE, (3, "x"))
        self.assertEqual(self.value("select 2"), 2)
        with self.connection.cursor() as cursor:
            cursor.callproc(PROCEDURE, (3, "x"))
        self.assertEqual(self.value("select 2"), 2)


class Values(Case):
    def same(self, column, values):
        """Values of a column come back equal, and with the same type."""
        self.create("id int auto_increment primary key, v %s" % column)
        self.cursor.executemany("insert into t (v) values (%s)", [(value,) for value in values])
        read = [row[0] for row in self.rows("select v from t order by id")]
        self.assertEqual(read, list(values))
        return read

    def test_null(self):
        self.same("int", [None, 1, None])
        self.assertIsNone(self.value("select %s", (None,)))

    def test_integers(self):
        for value in self.same("bigint", [0, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1, -(2**63)]):
            self.assertIsInstance(value, (int, long_type))

    def test_unsigned_integers(self):
        self.same("bigint unsigned", [2**63, 2**64 - 1, 5])

    def test_booleans(self):
        self.assertEqual(self.rows("select %s, %s", (True, False)), ((1, 0),))

    def test_floats(self):
        self.same("double", [0.1, 1.0, -2.5e300, 5e-324, 1.0 / 3])

    def test_decimals(self):
        long_one = Decimal("-12345678901234567890.1234567891")
        for value in self.same("decimal(30,10)", [Decimal("1.0500000000"), long_one]):
            self.assertIsInstance(value, Decimal)
        self.assertEqual(str(self.value("select 1.50")), "1.50")
        self.assertEqual(self.value("select %s * 1.15", (Decimal("1.5"),)), Decimal("1.725"))
        self.assertEqual(self.rows("select 1 limit %s, %s", (Decimal(0), 2**64 - 1)), ((1,),))

    def test_text(self):
        self.same("varchar(100) character set utf8mb4",
                  [u"", u" a ", u"a'b\"c\\d%s", u"<&>]]>", u"\u00e9\u043b", u"\U0001f600", u"a\r\nb\rc\nd\te",
                   u"\u00e9\x00\x0b\x1f", u"\ufffe"])

    def test_control_characters(self):
        texts = [u"\x01\u00e9" * 200000, u"\x00", u"a\x0bb"]
        for value in self.same("longtext character set utf8mb4", texts):
            self.assertIsInstance(value, type(u""))
        self.assertIsInstance(self.value("select json_unquote('\"\\\\u0001\"')"), type(u""))

    def test_bytes(self):
        data = bytearray(range(256))
        self.create("v varbinary(300), w blob")
        self.execute("insert into t values (%s, %s)", (db.Binary(bytes(data)), db.Binary(b"")))
        ((v, w),) = self.rows("select * from t")
        self.assertEqual((v, w), (bytes(data), b""))
        self.assertIsInstance(v, bytes)
        self.assertEqual(self.value("select hex(%s)", (db.Binary(b"\x00\xff"),)), "00FF")

    def test_dates(self):
        for value in self.same("date", [db.Date(2020, 2, 29), datetime.date(1000, 1, 1), datetime.date(9999, 12, 31)]):
            self.assertIs(type(value), datetime.date)

    def test_datetimes(self):
        self.same("datetime(6)", [db.Timestamp(2020, 2, 29, 1, 2, 3), datetime.datetime(1970, 1, 1),
                                  datetime.datetime(2020, 12, 31, 23, 59, 59, 123456)])

    def test_times(self):
        self.create("v time(6)")
        self.execute("insert into t values (%s)", (db.Time(1, 2, 3),))
        self.assertEqual(self.value("select v from t"), datetime.timedelta(hours=1, minutes=2, seconds=3))

    def test_intervals(self):
        self.same("time", [datetime.timedelta(hours=100, seconds=1), datetime.timedelta(0)])
        self.assertEqual(self.rows("select cast('-10:11:12' as time), cast('00:00:00.25' as time(2))"),
                         ((-datetime.timedelta(hours=10, minutes=11, seconds=12),
                           datetime.timedelta(microseconds=250000)),))

    def test_zero_dates(self):
        self.execute("set sql_mode = ''")
        self.create("d date, t datetime")
        self.execute("insert into t values ('0000-00-00', '2020-00-00')")
        self.assertEqual(self.rows("select * from t"), ((None, None),))

    def test_sets(self):
        self.create("v set('a', 'b')")
        self.execute("insert into t values (%s)", (set(["a", "b"]),))
        self.assertEqual(self.value("select v from t"), "a,b")

    def test_json_and_bits(self):
        self.create("j json, b bit(10), y year")
        self.execute("insert into t values (%s, b'1000000001', 2020)", ('{"a": 1}',))
        ((j, b, y),) = self.rows("select * from t")
        self.assertEqual((json.loads(j), b, y), ({"a": 1}, b"\x02\x01", 2020))

    def test_ticks(self):
        now = 1600000000
        local = datetime.datetime.fromtimestamp(now)
        self.assertEqual(db.DateFromTicks(now), local.date())
        self.assertEqual(db.TimeFromTicks(now), local.time())
        self.assertEqual(db.TimestampFromTicks(now), local)
        self.assertEqual(time.mktime(db.TimestampFromTicks(now).timetuple()), now)

    def test_type_objects(self):
        self.assertTrue(db.FIELD_TYPE.VAR_STRING == db.STRING)
        self.assertTrue(db.FIELD_TYPE.DATE != db.STRING)
        self.assertTrue(db.NUMBER != db.STRING)
        self.assertTrue(db.STRING == db.STRING)
        self.assertFalse(db.FIELD_TYPE.LONG == db.ROWID)


class Errors(Case):
    NUMBERS = [1007, 1048, 1062, 1064, 1146, 1149, 1169, 1171, 1179, 1196, 1205, 1213, 1215, 1216, 1217, 1230, 1235,
               1264, 1265, 1286, 1289, 1317, 1364, 1406, 1441, 1451, 1452, 1644, 3819, 4025]
    CLASSES = {
        db.ProgrammingError: [1007, 1064, 1146, 1149, 1179],
        db.IntegrityError: [1062, 1169, 1215, 1216, 1217, 1364, 1451, 1452],
        db.DataError: [1171, 1230, 1264, 1265, 1406, 1441],
        db.NotSupportedError: [1196, 1235, 1286, 1289],
    }

    def test_classes(self):
        for number in self.NUMBERS:
            expected = [kind for kind, numbers in self.CLASSES.items() if number in numbers] or [db.OperationalError]
            if number == 1048 and not IS_MYSQLDB:
                # As in current drivers.
                expected = [db.IntegrityError]
            signal = "signal sqlstate '45000' set mysql_errno = %d, message_text = 'it''s -- \"x\"'" % number
            error = self.error(db.Error, self.execute, signal)
            self.assertIs(type(error), expected[0], number)
            self.assertEqual(error.args, (number, "it's -- \"x\""))

    def test_a_message_in_another_script(self):
        error = self.error(db.ProgrammingError, self.execute, u"select * from `\u00e9\u043b`")
        self.assertEqual(error.args[0], 1146)
        text = error.args[1] if sys.version_info[0] > 2 else error.args[1].decode("utf-8")
        self.assertIn(u"\u00e9\u043b", text)

    def test_duplicate_keys(self):
        self.create("id int primary key")
        self.execute("insert into t values (1)")
        error = self.error(db.IntegrityError, self.execute, "insert into t values (1)")
        self.assertEqual(error.args[0], 1062)
        self.assertEqual(self.execute("insert into t values (2)"), 1)
        self.assertEqual(self.error(db.IntegrityError, self.cursor.executemany, "insert into t values (%s)",
                                    [(3,), (1,)]).args[0], 1062)


class Libraries(Case):
    """What libraries use of MySQLdb beyond PEP 249."""

    def test_literals(self):
        text = "it's \\ \n\r\t\0\x1a\""
        values = [text, u"\u00e9'", b"\x00'\xff", 5, 2 ** 64, True, None, 1.5, 1e100, Decimal("1.50"), [1, ("a", None)],
                  datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5),
                  datetime.datetime(2020, 1, 2, 3, 4, 5, 6), datetime.timedelta(1, 3723), set(["a"])]
        self.assertEqual(self.connection.literal(values), (
            b"('it\\'s \\\\ \\n\\r\t\\0\\Z\\\"','\xc3\xa9\\'','\\0\\'\xff',5,18446744073709551616,1,NULL,1.5e0,1e+100,"
            b"1.50,(1,('a',NULL)),'2020-01-02','2020-01-02 03:04:05','2020-01-02 03:04:05.000006','1 1:2:3','a')"))
        self.assertEqual(self.connection.escape(text, self.connection.encoders), self.connection.literal(text))
        self.assertEqual(self.connection.escape(5, self.connection.encoders), "5")
        self.assertEqual(db.string_literal("a'"), b"'a\\''")
        self.assertEqual(self.value(b"select %s = " + self.connection.literal(text), (text,)), 1)
        self.execute("set sql_mode = 'NO_BACKSLASH_ESCAPES'")
        self.assertEqual(self.value(b"select %s = " + self.connection.literal(text), (text,)), 1)
        self.assertEqual(self.connection.escape_string("\\'"), b"\\''")

    def test_conv(self):
        conv = dict(importlib.import_module(NAME + ".converters").conversions)
        conv.update({db.FIELD_TYPE.TIME: lambda text: "at " + text, db.FIELD_TYPE.YEAR: lambda text: "in " + text,
                     db.FIELD_TYPE.NEWDECIMAL: float})
        connection = connect(conv=conv)
        cursor = connection.cursor()
        cursor.execute("create temporary table t (a time, b year, c decimal(5,2), d time, e date)")
        cursor.execute("insert into t values ('10:00:00', 2020, 1.5, null, '2020-01-02')")
        cursor.execute("select * from t")
        self.assertEqual(cursor.fetchall(), (("at 10:00:00", "in 2020", 1.5, None, datetime.date(2020, 1, 2)),))
        connection.close()

    def test_client_flag(self):
        connection = connect(client_flag=importlib.import_module(NAME + ".constants.CLIENT").FOUND_ROWS)
        cursor = connection.cursor()
        cursor.execute("create temporary table t (a int)")
        cursor.execute("insert into t values (1)")
        self.assertEqual(cursor.execute("update t set a = 1"), 1)
        self.assertEqual(cursor.executemany("update t set a = %s where a = 1", [(1,), (2,), (3,)]), 2)
        connection.close()

    def test_information(self):
        self.assertEqual(self.connection.get_server_info(), self.value("select version()"))
        self.assertIsInstance(self.connection.thread_id(), (int, long_type))
        self.assertEqual(self.connection.character_set_name(), "utf8mb4")
        self.assertGreaterEqual(db.version_info, (1, 4, 6))


def prepare():
    connection = connect()
    cursor = connection.cursor()
    for statement in (
        "drop table if exists " + LEDGER,
        "create table %s (id int auto_increment primary key, entry int) engine=InnoDB" % LEDGER,
        "drop procedure if exists " + PROCEDURE,
        "create procedure %s (inout n int, name text) begin select n as first, name; select 1; "
        "select seq from numbers where seq <= n + 1 order by seq; set n = n * 2; end" % PROCEDURE,
        "drop procedure if exists %s_many" % PROCEDURE,
        "create procedure %s_many () begin %s end" % (
            PROCEDURE, " ".join("select %d;" % n for n in range(1, 10))),
        "drop procedure if exists %s_fails" % PROCEDURE,
        "create procedure %s_fails () begin select 1; select * from %s_missing; end" % (PROCEDURE, PREFIX),
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
