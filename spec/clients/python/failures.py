# coding: utf-8
"""Checks what netsvc_dbapi does beyond PEP 249: python failures.py URL"""

import sys
import unittest
from decimal import Decimal

import netsvc_dbapi as db
from expected_errors import ExpectedErrors
from netsvc_dbapi._exceptions import LOST

PY2 = sys.version_info[0] == 2

try:
    from xmlrpc.client import ServerProxy
except ImportError:
    from xmlrpclib import ServerProxy

URL = sys.argv[1]


class Unprintable(object):
    def __str__(self):
        raise LookupError("it has no text")

    __unicode__ = __str__


class Failures(ExpectedErrors, unittest.TestCase):
    def setUp(self):
        self.connection = db.connect(URL, charset="utf8mb4")
        self.cursor = self.connection.cursor()

    def tearDown(self):
        if self.connection.open:
            self.connection.close()

    def test_a_session_that_has_ended(self):
        self.cursor.execute("select 1")
        session = ServerProxy(URL + self.connection._path[len("/database"):])
        session.close()
        session("close")()
        error = self.error(db.OperationalError, self.cursor.execute, "select 1")
        self.assertEqual(error.args, (2006, "Session closed."))
        for call in (self.connection.commit, self.connection.ping, self.connection.cursor):
            self.assertEqual(self.error(db.OperationalError, call).args[0], 2006)
        self.connection.close()

    def test_a_lost_connection_to_MySQL(self):
        admin = db.connect(URL, autocommit=True)
        killer = admin.cursor()
        killer.execute("create table if not exists lost (id int) engine=InnoDB")
        killer.execute("truncate table lost")
        # The gateway would run the next statement on another connection, where autocommit is on.
        for call in (lambda: self.cursor.execute("insert into lost values (2)"), lambda: self.connection.commit()):
            self.cursor.execute("insert into lost values (1)")
            self.cursor.execute("select connection_id()")
            killer.execute("kill %s", self.cursor.fetchone()[0])
            # The gateway may notice the loss before the call, or by it.
            self.assertIn(self.error(db.OperationalError, call).args[0], LOST)
            for later in (lambda: self.cursor.execute("insert into lost values (3)"), self.connection.rollback):
                self.assertEqual(self.error(db.OperationalError, later).args[0], 2006)
            self.connection.close()
            self.setUp()
        killer.execute("select * from lost")
        self.assertEqual(killer.fetchall(), ())
        admin.close()

    def test_a_database_that_the_gateway_does_not_have(self):
        error = self.error(db.OperationalError, db.connect, URL + "-none")
        self.assertEqual(error.args[0], 1049)
        self.assertNotIn("password", str(self.error(
            db.OperationalError, db.connect, "http://me:password@127.0.0.1:1/database")))

    def test_a_URL_of_another_kind(self):
        for url in ("mysql://root@localhost/test", "127.0.0.1:8000/database", "http:///database"):
            self.error(db.InterfaceError, db.connect, url)

    def test_a_statement_that_takes_longer_than_the_timeout(self):
        connection = db.connect(URL, timeout=0.2)
        error = self.error(db.OperationalError, connection.cursor().execute, "select sleep(0.5)")
        self.assertEqual(error.args[0], 2013)
        # Nobody knows whether it has run.
        self.assertEqual(self.error(db.OperationalError, connection.commit).args[0], 2006)
        connection.close()

    def test_ping_asks_MySQL_and_connects_again(self):
        self.connection.ping()
        self.connection.autocommit(True)
        self.cursor.execute("create temporary table pinged (n int)")
        other = db.connect(URL, autocommit=True)
        other.cursor().execute("kill %s", (self.connection.thread_id(),))
        other.close()
        self.assertIn(self.error(db.OperationalError, self.connection.ping).args[0], (2006, 2013))
        self.error(db.OperationalError, self.cursor.execute, "select 1")
        self.connection.ping(True)
        self.cursor.execute("select @@autocommit")
        self.assertEqual((self.cursor.fetchall(), self.connection.get_autocommit()), (((1,),), True))
        self.connection.close()
        self.assertEqual(self.error(db.OperationalError, self.connection.ping, True).args[0], 2006)

    def test_connect_says_that_it_needs_a_URL(self):
        for arguments in ({}, {"host": "db", "user": "x", "passwd": "y", "db": "shop"}, {"url": URL, "db": "shop"},
                          {"read_default_file": "my.cnf"}, {"url": "db"}, {"url": URL, "ssl": {"ca": "ca.pem"}}):
            self.assertIn("http", str(self.error(db.InterfaceError, lambda: db.connect(**arguments))))
        self.error(TypeError, lambda: db.connect(URL, nonsense=1))
        db.connect(host=URL, connect_timeout=10, charset="utf8", collation="utf8mb4_bin", compress=True).close()

    def test_the_package_takes_the_place_of_drivers(self):
        before = dict(sys.modules)
        try:
            db.install_as_MySQLdb()
            db.install_as_pymysql()
            for name in ("MySQLdb.constants.ER", "MySQLdb.converters", "MySQLdb._exceptions", "pymysql.err"):
                __import__(name)
            import _mysql
            import _mysql_exceptions
            from MySQLdb.constants import CR, ER
            from MySQLdb.converters import conversions
            from pymysql.cursors import DictCursor
            self.assertEqual((ER.DUP_ENTRY, CR.SERVER_LOST, DictCursor), (1062, 2013, db.DictCursor))
            self.assertEqual((_mysql_exceptions.Error, _mysql.escape_string("'")), (db.Error, b"\\'"))
            self.assertTrue(conversions)
        finally:
            for name in set(sys.modules) - set(before):
                del sys.modules[name]

    def test_what_cannot_be_sent_uses_no_number_and_leaves_the_transaction(self):
        recursive = []
        recursive.append(recursive)
        values = [float("inf"), Decimal("NaN"), u"caf\udce9", u"\ud83d", [u"\udce9"], recursive, Unprintable(),
                  set([Unprintable()])]
        self.cursor.execute("create temporary table unsent (n int)")
        self.cursor.execute("insert into unsent values (1)")
        self.cursor.execute("savepoint unsent")
        for value in values:
            for call in (lambda: self.cursor.execute("select %s", (value,)),
                         lambda: self.cursor.execute("select %(name)s", {u"name": value}),
                         lambda: self.cursor.execute("select 1", {u"\udce9": value}),
                         lambda: self.cursor.executemany("insert into unsent values (%s)", [(1,), (value,)]),
                         lambda: self.cursor.callproc("p", [value])):
                error = self.error(db.Error, call)
                self.assertIsInstance(error, (db.DataError, db.ProgrammingError), error)
        for query in (u"select '\udce9'", b"select '\xff'", b"select '\xed\xb3\xa9'", 5, None):
            for call in (self.cursor.execute, self.connection.select_db, self.cursor.callproc):
                self.error((db.DataError, db.ProgrammingError), call, query)
        self.assertEqual(self.cursor.execute("select n from unsent"), 1)
        self.cursor.execute("rollback to unsent")
        self.connection.commit()
        self.assertEqual(self.cursor.execute("select n from unsent"), 1)

    def test_what_the_gateway_cannot_decode_leaves_the_transaction(self):
        self.cursor.execute("create temporary table undecoded (n int)")
        nested = []
        for _ in range(200):
            nested = [nested]
        self.assertEqual(self.error(db.InterfaceError, self.cursor.execute, "select %s", nested).args[0], 54)
        self.assertEqual(self.cursor.execute("insert into undecoded values (1)"), 1)

    def test_bytes_of_Python_2_that_are_not_UTF_8_are_binary(self):
        if PY2:
            for value in (b"caf\xe9", b"\xed\xb3\xa9", b"\xed\xa0\xbd\xed\xb8\x80"):
                self.cursor.execute("select hex(%s)", (value,))
                self.assertEqual(self.cursor.fetchone()[0], value.encode("hex").upper())

    def test_an_init_command_that_fails(self):
        self.assertEqual(self.error(db.ProgrammingError, db.connect, URL, False, None, 600, 5, None, None, None, None,
                                    "selec").args[0], 1064)
        connection = db.connect(URL, init_command="set @v = 5")
        cursor = connection.cursor()
        cursor.execute("select @v, @@autocommit")
        self.assertEqual(cursor.fetchall(), ((5, 0),))
        connection.close()

    def test_faults_of_the_gateway(self):
        error = self.error(db.ProgrammingError, db.connect, URL, False, None, -1)
        self.assertEqual(error.args[0], 56)

    def test_every_character(self):
        text = u"".join([u"\x00\x01\x08\x0b\x0c\x1f\x7f\x85\u2028\ufffe\uffff"])
        self.cursor.execute("select hex(%s), hex(%s)", (text, u"\r\n"))
        expected = "".join(["%02X" % byte for byte in bytearray(text.encode("utf-8"))])
        self.assertEqual(self.cursor.fetchall(), ((expected, "0D0A"),))

    def test_rows_of_executemany_in_several_calls(self):
        self.cursor.execute("create temporary table t (n int)")
        self.assertEqual(self.cursor.executemany("insert into t values (%s)", ((n,) for n in range(10500))), 10500)
        self.cursor.execute("select count(distinct n) from t")
        self.assertEqual(self.cursor.fetchone(), (10500,))

    def test_messages_are_the_errors_of_the_cursor(self):
        error = self.error(db.ProgrammingError, self.cursor.execute, "selec")
        self.assertEqual(self.cursor.messages, [(db.ProgrammingError, error)])
        self.cursor.execute("select 1")
        self.assertEqual(self.cursor.messages, [])

    def test_text_is_a_str_by_default(self):
        connection = db.connect(URL)
        cursor = connection.cursor()
        cursor.execute("select '\xc3\xa9'" if PY2 else u"select '\u00e9'")
        self.assertEqual(cursor.fetchone()[0], "\xc3\xa9" if PY2 else u"\u00e9")
        self.assertIs(type(cursor.description[0][0]), str)
        connection.close()

    def test_autocommit_does_not_depend_on_the_default_of_the_gateway(self):
        for url, default in ((URL, True), (URL + "-off", False)):
            for autocommit in (True, False, None):
                connection = db.connect(url, autocommit=autocommit)
                cursor = connection.cursor()
                cursor.execute("select @@autocommit")
                expected = default if autocommit is None else autocommit
                self.assertEqual(cursor.fetchone(), (int(expected),))
                self.assertIs(connection.get_autocommit(), expected)
                connection.autocommit(not expected)
                cursor.execute("select @@autocommit")
                self.assertEqual(cursor.fetchone(), (int(not expected),))
                self.assertIs(connection.get_autocommit(), not expected)
                connection.close()

    def test_a_connection_is_a_context_manager_that_closes_it(self):
        with db.connect(URL) as connection:
            connection.cursor().execute("select 1")
        self.assertEqual(connection.open, 0)

    def test_commit_without_a_statement_makes_no_call(self):
        calls = []
        call = self.connection._transport.call
        self.connection._transport.call = lambda *args, **options: calls.append(args) or call(*args, **options)
        self.connection.commit()
        self.cursor.execute("select 1")
        self.connection.commit()
        self.connection.rollback()
        self.assertEqual(len(calls), 2)

    def test_a_lazy_connection_is_opened_by_the_first_statement(self):
        self.cursor.execute("drop function if exists lazy_function")
        self.cursor.execute("create function lazy_function (n int) returns int deterministic return n")
        self.error(db.OperationalError, db.connect("http://127.0.0.1:1/database", lazy=True).ping)
        for query, count in (("select @@autocommit, max(%s)", 1), ("select @@autocommit, %s for update", 2),
                             ("select @@autocommit, lazy_function(%s)", 2)):
            connection = db.connect(URL, lazy=True, init_command="set @v = 5")
            calls = []
            call = connection._transport.call
            connection._transport.call = lambda *args, **options: calls.append(args) or call(*args, **options)
            connection.commit()
            cursor = connection.cursor()
            self.error(db.ProgrammingError, cursor.execute, query, (float("nan"),))
            del calls[:]
            cursor.execute(query, (7,))
            self.assertEqual((cursor.fetchone(), len(calls)), ((0, 7), count))
            cursor.execute("select @v")
            self.assertEqual((cursor.fetchone(), len(calls)), ((5,), count + 1))
            connection.close()
        connection = db.connect(URL, lazy=True)
        self.assertEqual(self.error(db.ProgrammingError, connection.cursor().execute, "select nope(").args[0], 1064)
        self.assertEqual(connection.cursor().execute("select 1"), 1)
        connection.close()
        db.connect(URL, lazy=True).close()

    def test_a_procedure_takes_one_call(self):
        self.cursor.execute("drop procedure if exists dbapi_one")
        self.cursor.execute("create procedure dbapi_one (n int) begin select n; select n + 1; end")
        last = self.connection._last
        self.cursor.callproc("dbapi_one", (5,))
        found = [self.cursor.fetchall()]
        while self.cursor.nextset():
            found.append(self.cursor.fetchall())
        self.assertEqual(found, [((5,),), ((6,),), ()])
        self.assertEqual(self.connection._last, last + 1)


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.stderr.flush()
    print("%d tests" % result.testsRun)
    sys.exit(0 if result.wasSuccessful() else 1)
