# coding: utf-8
"""Checks that no error claims more than is known about a call: python outcomes.py CERTIFICATE KEY CA"""

import ssl
import sys
import time
import unittest

import netsvc_dbapi as db
from expected_errors import ExpectedErrors
from netsvc_dbapi import connections
from raw_server import INSERTED, RawServer, close, drip, fault, half, hang, http, reset, result

CERTIFICATE, KEY, CA = sys.argv[1:]

NOT_FOUND = http(b"The endpoint does not exist.\n", "404 Not Found")
BUSY = http(b"Too many logins from this host have failed.\n", "429 Too Many Requests", "Retry-After: 1")
PAGE = b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"
NO_SERVER = http(PAGE, "503 Service Unavailable")
TOO_LARGE = http(b"The request body is larger than 10 bytes.\n", "413 Payload Too Large")
UNKNOWN_503 = http(b"upstream connect error or disconnect/reset before headers\n", "503 Service Unavailable")

# After these, nobody knows whether the call was made.
LOST = [reset, close, half(INSERTED), http(b"<methodResponse>"), http(b"", "502 Bad Gateway"), UNKNOWN_503,
        http(b"", "504 Gateway Time-out"), http(b"Internal server error.\n", "500 Internal Server Error")]
# These say that it was not made, or that there is nothing to make it.
REFUSED = [NOT_FOUND, NO_SERVER, TOO_LARGE, http(b"Malformed request.\n", "400 Bad Request"),
           http(b"", "401 Unauthorized"), http(b"", "403 Forbidden"), fault(51, "netsvc -- Resource Unavailable"),
           fault(54, "netsvc.xmlrpc -- Request Decoding Error")]


class Outcomes(ExpectedErrors, unittest.TestCase):
    def setUp(self):
        self.server = RawServer()
        self.connection = self.connect()

    def tearDown(self):
        if self.connection.open:
            self.connection.close()
        self.server.stop()

    def connect(self, **options):
        return db.connect(self.server.url, **dict({"retries": 1}, **options))

    def insert(self):
        return self.connection.cursor().execute("insert into entries values (1)")

    def number(self, *answers):
        """The number of the error of a statement that is answered so."""
        self.server.answers = list(answers)
        number = self.error(db.OperationalError, self.insert).args[0]
        self.assertEqual(self.server.answers, [])
        return number

    def reconnect(self):
        self.connection.close()
        self.connection = self.connect()

    def test_a_lost_response_behind_which_the_call_is_refused(self):
        for lost in LOST:
            for refused in REFUSED:
                self.assertEqual(self.number(lost, refused), 2013)
                self.assertEqual(self.error(db.OperationalError, self.insert).args[0], 2006)
                self.reconnect()

    def test_a_lost_response_behind_which_nothing_listens(self):
        for call in (self.insert, lambda: self.connection.commit()):
            self.insert()
            self.server.answers = [lambda sock: (self.server.stop(), reset(sock))]
            self.assertEqual(self.error(db.OperationalError, call).args[0], 2013)
            self.server.restart()
            self.reconnect()

    def test_responses_that_are_lost_again_and_again(self):
        self.assertEqual(self.number(reset, half(INSERTED)), 2013)

    def test_a_lost_response_whose_repetition_is_answered(self):
        for lost in LOST:
            self.server.answers = [lost, INSERTED]
            del self.server.requests[:]
            self.assertEqual(self.insert(), 1)
            self.assertEqual(len(set(self.server.requests)), 1)

    def test_a_session_that_has_ended(self):
        self.assertEqual(self.number(NOT_FOUND), 2006)

    def test_a_gateway_that_was_restarted_while_the_connection_was_idle(self):
        self.insert()
        self.server.stop()
        time.sleep(0.1)
        self.server.restart()
        self.assertEqual(self.number(NOT_FOUND), 2006)

    def test_a_gateway_that_is_gone(self):
        self.insert()
        self.server.stop()
        time.sleep(0.1)
        self.assertEqual(self.error(db.OperationalError, self.insert).args[0], 2006)
        self.assertEqual(self.error(db.OperationalError, self.connect).args[0], 2003)
        self.server.restart()

    def test_a_call_that_was_refused_leaves_the_connection_and_uses_no_number(self):
        for number, refused in ((1153, [TOO_LARGE]), (51, [NO_SERVER] * 2), (1045, [http(b"", "401 Unauthorized")]),
                                (2000, [http(b"Malformed request.\n", "400 Bad Request")])):
            self.assertEqual(self.number(*refused), number)
            del self.server.requests[:]
            self.assertEqual(self.insert(), 1)
            self.assertIn(b"<int>1</int>", self.server.requests[0][:200])
            self.reconnect()

    def test_a_busy_gateway_is_waited_for(self):
        self.server.answers = [BUSY, BUSY.replace(b"429 Too Many Requests", b"503 Busy"), INSERTED]
        started = time.time()
        self.assertEqual(self.insert(), 1)
        self.assertTrue(1.9 < time.time() - started < 4, time.time() - started)

    def test_a_gateway_that_stays_busy(self):
        for retry_after in (b"Retry-After: 1", b"Retry-After: 3600"):
            self.connection.close()
            self.connection = self.connect(timeout=2.5)
            self.server.answers = [BUSY.replace(b"Retry-After: 1", retry_after)] * 5
            started = time.time()
            self.assertEqual(self.error(db.OperationalError, self.insert).args[0], 51)
            self.assertLess(time.time() - started, 3)
            self.server.answers = []
            del self.server.requests[:]
            self.assertEqual(self.insert(), 1)
            self.assertIn(b"<int>1</int>", self.server.requests[0][:200])

    def test_a_lost_response_and_then_a_busy_gateway(self):
        self.server.answers = [reset, BUSY, INSERTED]
        self.assertEqual(self.insert(), 1)
        self.assertEqual(self.number(reset, BUSY.replace(b": 1", b": 3600")), 2013)

    def test_a_call_that_was_refused_before_it_was_counted(self):
        self.insert()
        self.assertEqual(self.number(fault(51, "netsvc -- Resource Unavailable")), 51)
        self.server.answers = [fault(56, "netsvc -- Parameters Incorrect\n\nn: expected 1 or 2, received 3."), INSERTED]
        self.assertEqual(self.insert(), 1)
        self.assertIn(b"<int>2</int>", self.server.requests[-1][:200])

    def test_init_command_that_may_have_run(self):
        for options, number in (({}, 2003), ({"init_command": "insert into entries values (1)"}, 2013)):
            self.server.answers = [reset, reset]
            self.assertEqual(self.error(db.OperationalError, lambda: self.connect(**options)).args[0], number)

    def test_result_sets_that_are_lost_behind_a_statement_that_has_run(self):
        read = [{"columns": None, "rows": [], "rowcount": 1, "lastrowid": 0, "warnings": 0, "more": True}]
        self.server.answers = [result([[1], read] + [[1], read] * 4), NOT_FOUND]
        error = self.error(db.OperationalError, self.connection.cursor().execute, "call entries_of_today()")
        self.assertEqual(error.args[0], 2013)

    def test_rows_of_executemany_of_which_some_were_inserted(self):
        counts = {"columns": None, "rows": [], "rowcount": 10000, "lastrowid": 0, "warnings": 0}
        inserted = result([[10000], [counts]])
        rows = [(n,) for n in range(10001)]
        for refused in ([NOT_FOUND], [lambda sock: (self.server.stop(), reset(sock))]):
            self.server.answers = [inserted] + refused
            error = self.error(db.OperationalError, self.connection.cursor().executemany,
                               "insert into entries values (%s)", rows)
            self.assertEqual(error.args[0], 2013)
            self.reconnect() if refused == [NOT_FOUND] else self.server.restart()

    def test_a_time_out_is_one_time_out(self):
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(CERTIFICATE, KEY)
        trusting = ssl.create_default_context(cafile=CA)
        for server, options in ((self.server, {}), (RawServer(tls), {"ssl_context": trusting})):
            for answers in ([hang], [drip], [reset, hang], [half(INSERTED), close, drip]):
                connection = db.connect(server.url, timeout=0.5, retries=5, **options)
                server.answers = list(answers)
                started = time.time()
                error = self.error(db.OperationalError, connection.cursor().execute, "insert into entries values (1)")
                self.assertEqual(error.args[0], 2013)
                self.assertIn("within 0.5 seconds", error.args[1])
                self.assertTrue(0.45 < time.time() - started < 1, time.time() - started)
                self.assertEqual(server.answers, [])
                connection.close()
            del server.requests[:]
            server.answers = [hang, hang]
            connect = lambda url: db.connect(url, timeout=0.5, **options)  # noqa: E731
            self.assertEqual(self.error(db.OperationalError, connect, server.url).args[0], 2003)
            self.assertEqual(len(server.requests), 1)
            server.answers = []
        # It waits for the end of a request.
        error = self.error(db.OperationalError, connect, self.server.url.replace("http:", "https:"))
        self.assertEqual(error.args[0], 2003)
        self.assertIn("within 0.5 seconds", error.args[1])

    def test_a_session_whose_statement_was_given_up_is_closed_on_another_connection(self):
        self.connection.close()
        self.connection = self.connect(timeout=0.3)
        self.assertEqual(self.number(hang), 2013)
        started = time.time()
        self.connection.close()
        self.assertIn(b"<methodName>close</methodName>", self.server.requests[-1])
        self.assertLess(time.time() - started, 0.3)

    def test_close_does_not_wait_for_a_gateway_that_does_not_answer(self):
        self.server.answers = [hang]
        limit, connections.CLOSE_TIMEOUT = connections.CLOSE_TIMEOUT, 0.5
        started = time.time()
        self.connection.close()
        self.assertLess(time.time() - started, 1)
        connections.CLOSE_TIMEOUT = limit


if __name__ == "__main__":
    result_of_all = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.stderr.flush()
    print("%d tests" % result_of_all.testsRun)
    sys.exit(0 if result_of_all.wasSuccessful() else 1)
