# coding: utf-8
"""
A shop: orders, money, exports, procedures, deadlocks and threads. Its output is the same with each module and in each
version of Python:

    python shop.py MODULE '{"argument of connect": ...}' PRICES

PRICES is the number of prices that are computed with.
"""

from __future__ import print_function, unicode_literals

import csv
import datetime
import hashlib
import importlib
import io
import json
import sys
import threading
from decimal import ROUND_HALF_UP, Decimal

NAME, ARGUMENTS, PRICES = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
PY2 = sys.version_info[0] == 2
if PY2:
    ARGUMENTS = dict((str(key), str(value) if value == "%s" % value else value) for key, value in ARGUMENTS.items())
    text_type = unicode  # noqa: F821
else:
    text_type = str

db = importlib.import_module(NAME)
cursors = importlib.import_module(NAME + ".cursors")
TABLES = ("payments", "order_lines", "orders", "customers", "products", "prices", "accounts", "documents")


def connect(**arguments):
    return db.connect(**dict(ARGUMENTS, charset="utf8mb4", **arguments))


def plain(value):
    """A value in the same form in each version of Python, with its type, as far as the versions agree on it."""
    if isinstance(value, (tuple, list)):
        return "(%s)" % ", ".join(plain(item) for item in value)
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%s: %s" % (key, plain(value[key])) for key in sorted(value))
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return repr(value)
    if isinstance(value, text_type):
        return '"%s"' % value
    if isinstance(value, (bytes, bytearray)):
        return "0x" + "".join("%02x" % byte for byte in bytearray(value))
    if isinstance(value, Decimal):
        return "Decimal %s" % value
    if isinstance(value, (datetime.date, datetime.timedelta)):
        return "%s %s" % (type(value).__name__, value)
    return "%d" % value


def show(label, value):
    line = "%s: %s" % (label, plain(value))
    print(line.encode("utf-8") if PY2 else line)


def error(label, call, *args):
    """Shows the error that a call raises: its class and its number."""
    try:
        call(*args)
    except db.Error as failure:
        show(label, "%s %d" % (type(failure).__name__, failure.args[0]))
    else:
        show(label, "no error")


def rows(cursor, query, args=None):
    cursor.execute(query, args)
    return cursor.fetchall()


def random_numbers(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2 ** 31
        yield seed >> 8


def create(connection):
    cursor = connection.cursor()
    for table in TABLES:
        cursor.execute("drop table if exists shop_%s" % table)
    for procedure in ("place_order", "report", "fail_behind"):
        cursor.execute("drop procedure if exists shop_%s" % procedure)
    for statement in (
        "create table shop_customers (id int auto_increment primary key, name varchar(60) not null, born date, "
        "unique (name))",
        "create table shop_products (sku char(8) primary key, title varchar(80), price decimal(10,2) not null, "
        "weight double, stock int unsigned not null default 0, picture blob, tags set('new', 'sale', 'rare'))",
        "create table shop_orders (id int auto_increment primary key, customer int not null, placed datetime(3), "
        "state enum('open', 'paid', 'void') not null default 'open', note text, "
        "foreign key (customer) references shop_customers (id))",
        "create table shop_order_lines (id int not null, sku char(8) not null, quantity int, price decimal(10,2), "
        "primary key (id, sku), foreign key (id) references shop_orders (id), "
        "foreign key (sku) references shop_products (sku))",
        "create table shop_payments (id bigint unsigned primary key, amount decimal(20,4), fee float, took time(3))",
        "create table shop_prices (id int primary key, price decimal(14,4) not null, gross decimal(14,2), "
        "total decimal(30,10))",
        "create table shop_accounts (id int primary key, balance decimal(12,2) not null)",
        "create table shop_documents (id int primary key, body json, data varbinary(300))",
        "create procedure shop_place_order (in who int, in item char(8), in many int, out number int) begin "
        "insert into shop_orders (customer, placed) values (who, '2024-02-29 23:59:59.125'); "
        "set number = last_insert_id(); "
        "insert into shop_order_lines select number, sku, many, price from shop_products where sku = item; "
        "update shop_products set stock = stock - many where sku = item; end",
        "create procedure shop_report (in least decimal(10,2)) begin "
        "select sku, price from shop_products where price >= least order by sku; "
        "select count(*) as products, avg(price) as average from shop_products; end",
        "create procedure shop_fail_behind () begin insert into shop_accounts values (99, 1); select 1 as one; "
        "signal sqlstate '45000' set message_text = 'behind'; end",
    ):
        cursor.execute(statement)
    connection.commit()
    cursor.close()


def orders(connection):
    cursor = connection.cursor()
    names = ["Ada", "Grace", "Zoë", "O'Brien \\ \"Co\"", "名前 💶", "Line\r\nbreak\ttab"]
    show("customers", cursor.executemany("insert into shop_customers (name, born) values (%s, %s)",
                                         [(name, datetime.date(1970 + i, 1 + i, 28)) for i, name in enumerate(names)]))
    show("first id", cursor.lastrowid)
    products = [("SKU%05d" % i, "Part %d%%" % i, Decimal(i * 37 % 1000) / 100 + Decimal("0.05"), i / 7.0, 100 + i,
                 db.Binary(bytearray(range(i))), "new,sale" if i % 2 else None) for i in range(60)]
    show("products", cursor.executemany("insert into shop_products values (%s, %s, %s, %s, %s, %s, %s)", products))
    cursor.execute("update shop_products set picture = null where sku < %s", ("SKU00003",))
    show("update", cursor.rowcount)
    show("update again", cursor.execute("update shop_products set picture = null where sku < %s", ("SKU00003",)))
    show("stored", rows(cursor, "select * from shop_products where sku in %s order by sku",
                        (["SKU00002", "SKU00005", "SKU00013"],)))
    show("replace", cursor.execute("insert into shop_products (sku, price) values (%s, %s) on duplicate key update "
                                   "price = values(price)", ("SKU00007", Decimal("19.99"))))
    connection.commit()
    number_of = random_numbers(7)
    for i in range(40):
        cursor.execute("insert into shop_orders (customer, placed, note) values (%(who)s, %(at)s, %(note)s)", {
            "who": 1 + i % len(names), "at": datetime.datetime(2024, 1, 1, 12, 30, 15, 250000) +
            datetime.timedelta(hours=i * 7), "note": None if i % 3 else "note %d: 100%%, \u20ac" % i})
        number = cursor.lastrowid
        skus = sorted(set("SKU%05d" % (next(number_of) % 60) for _ in range(4)))
        cursor.executemany("insert into shop_order_lines select %s, sku, %s, price from shop_products where sku = %s",
                           [(number, 1 + next(number_of) % 9, sku) for sku in skus])
        if i % 10 == 9:
            connection.rollback()
        else:
            connection.commit()
    show("orders", rows(cursor, "select count(*), count(note), min(placed), max(placed) from shop_orders"))
    show("turnover", rows(cursor, "select c.name, sum(l.quantity * l.price), avg(l.price), count(distinct o.id) "
                          "from shop_customers c join shop_orders o on o.customer = c.id join shop_order_lines l "
                          "on l.id = o.id group by c.name order by c.id"))
    show("description", [(text_type(column[0]), column[1]) for column in cursor.description])
    show("ages", rows(cursor, "select name, born, timediff('12:00:00', '13:30:00.5'), year(born) from shop_customers "
                      "where name like %s and born > %s", ("%e%", datetime.date(1971, 1, 1))))
    show("none", rows(cursor, "select * from shop_orders where id < 0"))
    cursor.close()


def money(connection):
    """Computes with prices in MySQL and in Python. Every cent is to be the same."""
    cursor = connection.cursor()
    number_of = random_numbers(42)
    prices = [(i, Decimal(next(number_of) % 10000000) / 10000) for i in range(PRICES)]
    show("prices", cursor.executemany("insert into shop_prices (id, price, total) values (%s, %s, 0)", prices))
    rates = [Decimal(rate) for rate in ("1.19", "1.07", "1.5", "0.333333", "1.005", "2.675", "0.1", "1.0000001",
                                        "0.99", "123.456789")]
    cent = Decimal("0.01")
    for rate in rates:
        cursor.execute("update shop_prices set gross = price * %s, total = total + price / %s", (rate, rate))
        wrong = 0
        digest = hashlib.md5()
        reader = connection.cursor(cursors.SSCursor)
        reader.execute("select id, gross, total, price * %s, round(price * %s, 1) from shop_prices order by id",
                       (rate, -rate))
        for (number, gross, total, exact, rounded), (_, price) in zip(reader, prices):
            wrong += gross != (price * rate).quantize(cent, ROUND_HALF_UP) or exact != price * rate
            digest.update(("%d %s %s %s %s\n" % (number, gross, total, exact, rounded)).encode("ascii"))
        reader.close()
        show("rate %s" % rate, [wrong, text_type(digest.hexdigest())])
    show("sums", rows(cursor, "select sum(gross), sum(total), avg(price), sum(gross < %s), "
                      "sum(price between %s and %s), sum(price in %s) from shop_prices",
                      (prices[0][1] * rates[-1], Decimal("1.0001"), Decimal("500.0001"), [p for _, p in prices[:5]])))
    show("literals", rows(cursor, "select %s, %s + 1, %s / 3, %s = 0.1 + 0.2, %s, %s, -%s", (
        Decimal("0.10"), Decimal("1E+3"), Decimal("10"), Decimal("0.3"), 2 ** 64 - 1, -2 ** 63, Decimal("-1.5"))))
    payments = [(2 ** 64 - 1, Decimal("1234567890123456.7891"), 0.25, datetime.timedelta(hours=100, seconds=5)),
                (1, Decimal("-0.0001"), None, datetime.timedelta(0))]
    cursor.executemany("insert into shop_payments values (%s, %s, %s, %s)", payments)
    show("payments", rows(cursor, "select * from shop_payments order by id"))
    connection.commit()
    cursor.close()


def failures(connection):
    cursor = connection.cursor()
    for label, query, args in (
        ("duplicate", "insert into shop_customers (name) values (%s)", ("Ada",)),
        ("no customer", "insert into shop_orders (customer) values (%s)", (4711,)),
        ("used", "delete from shop_customers where id = %s", (1,)),
        ("syntax", "selec 1", None),
        ("table", "select * from shop_missing", None),
        ("column", "select missing from shop_orders", None),
        ("too long", "insert into shop_products (sku, price) values (%s, 1)", ("x" * 9,)),
        ("range", "insert into shop_products (sku, price) values ('range', %s)", (Decimal("1e9"),)),
        ("negative", "update shop_products set stock = stock - 1000 where sku = 'SKU00001'", None),
        ("date", "insert into shop_orders (customer, placed) values (1, %s)", ("2024-02-30",)),
        ("few arguments", "select %s, %s", (1,)),
        ("many arguments", "select %s", (1, 2)),
    ):
        if label.endswith("arguments"):
            try:
                cursor.execute(query, args)
            except db.ProgrammingError:
                show(label, "ProgrammingError")
        else:
            error(label, cursor.execute, query, args)
    show("goes on", rows(cursor, "select 1"))
    cursor.execute("select cast('12abc' as signed)")
    show("warnings", [(text_type(level), code) for level, code, _ in connection.show_warnings()])
    cursor.execute("savepoint here")
    cursor.execute("update shop_products set price = 0")
    cursor.execute("rollback to savepoint here")
    show("free", rows(cursor, "select count(*) from shop_products where price = 0"))
    connection.rollback()
    cursor.close()


def procedures(connection):
    cursor = connection.cursor()
    show("callproc", cursor.callproc("shop_place_order", (2, "SKU00009", 3, 0)))
    show("out", rows(cursor, "select @_shop_place_order_1, @_shop_place_order_3 > 0"))
    show("line", rows(cursor, "select l.sku, l.quantity, p.stock, o.placed, o.state from shop_order_lines l join "
                      "shop_products p on p.sku = l.sku join shop_orders o on o.id = l.id "
                      "where l.id = @_shop_place_order_3"))
    for cursorclass in (cursors.Cursor, cursors.SSCursor, cursors.DictCursor, cursors.SSDictCursor):
        reader = connection.cursor(cursorclass)
        reader.callproc("shop_report", (Decimal("9.95"),))
        show("report", reader.fetchall())
        show("next", reader.nextset())
        show("average", reader.fetchall())
        while reader.nextset():
            show("more", reader.fetchall())
        reader.close()
    connection.commit()
    error("signal", _call_failing, cursor)
    connection.rollback()
    show("undone", rows(cursor, "select count(*) from shop_accounts"))
    cursor.close()


def _call_failing(cursor):
    cursor.callproc("shop_fail_behind")
    show("before", cursor.fetchall())
    while cursor.nextset():
        show("behind", cursor.fetchall())


def documents(connection):
    cursor = connection.cursor()
    body = json.dumps({"name": "Zoë", "lines": [1, 2.5, None]}, sort_keys=True)
    cursor.executemany("insert into shop_documents values (%s, %s, %s)",
                       [(1, body, db.Binary(bytearray(range(256)))), (2, "[]", db.Binary(b""))])
    cursor.execute("select json_extract(body, '$.lines[1]'), data, length(data) from shop_documents order by id")
    show("documents", cursor.fetchall())
    show("scroll", [cursor.scroll(0, "absolute"), cursor.fetchone()[2], cursor.rownumber])
    connection.commit()


def export(connection):
    """Exports the lines of all orders as CSV, a few rows at a time."""
    file = io.BytesIO() if PY2 else io.StringIO()
    writer = csv.writer(file)
    cursor = connection.cursor(cursors.SSCursor)
    # The ids have gaps, which depend on the server.
    cursor.execute("select o.id < 100, c.name, o.placed, l.sku, l.quantity, l.price, l.quantity * l.price, o.note from "
                   "shop_orders o join shop_customers c on c.id = o.customer join shop_order_lines l on l.id = o.id "
                   "order by o.id, l.sku")
    writer.writerow([column[0] for column in cursor.description])
    count = 0
    while True:
        lines = cursor.fetchmany(25)
        if not lines:
            break
        count += len(lines)
        for line in lines:
            fields = ["" if field is None else "%s" % field for field in line]
            writer.writerow([field.encode("utf-8") for field in fields] if PY2 else fields)
    cursor.close()
    exported = file.getvalue() if PY2 else file.getvalue().encode("utf-8")
    show("export", [count, len(exported), text_type(hashlib.md5(exported).hexdigest())])


def isolation(connection):
    other = connect()
    reader, writer = other.cursor(), connection.cursor()
    before = rows(reader, "select sum(stock) from shop_products")
    writer.execute("update shop_products set stock = stock + 1")
    connection.commit()
    show("snapshot", rows(reader, "select sum(stock) from shop_products") == before)
    other.commit()
    show("after", rows(reader, "select sum(stock) from shop_products")[0][0] - before[0][0])
    other.close()


def deadlock(connection):
    """Two threads lock two rows in opposite order. One of them is the victim, and repeats its transaction."""
    cursor = connection.cursor()
    cursor.executemany("insert into shop_accounts values (%s, %s)", [(i, 1000) for i in range(1, 9)])
    connection.commit()
    locked = [threading.Event(), threading.Event()]
    deadlocks = []

    def transfer(me):
        mine = connect()
        own, theirs = me + 1, 2 - me
        change = "update shop_accounts set balance = balance + %s where id = %s"
        while True:
            try:
                steps = mine.cursor()
                steps.execute(change, (Decimal("-0.01"), own))
                locked[me].set()
                locked[1 - me].wait(30)
                steps.execute(change, (Decimal("0.03"), theirs))
                mine.commit()
                break
            except db.OperationalError as failure:
                deadlocks.append(failure.args[0])
                mine.rollback()
        mine.close()

    in_threads(transfer, 2)
    show("deadlocks", deadlocks)
    show("balances", rows(cursor, "select id, balance from shop_accounts where id < 3 order by id"))
    connection.commit()


def transfers(connection):
    """Four threads move money between accounts. None is lost or made."""
    def work(me):
        mine = connect()
        number_of = random_numbers(me)
        for _ in range(15):
            source, target = 3 + next(number_of) % 6, 3 + next(number_of) % 6
            amount = Decimal(next(number_of) % 1000) / 100
            while True:
                try:
                    steps = mine.cursor()
                    for account, change in ((source, -amount), (target, amount)):
                        steps.execute("update shop_accounts set balance = balance + %s where id = %s",
                                      (change, account))
                    mine.commit()
                    break
                except db.OperationalError as failure:
                    if failure.args[0] not in (1205, 1213):
                        raise
                    mine.rollback()
        mine.close()

    in_threads(work, 4)
    cursor = connection.cursor()
    show("accounts", rows(cursor, "select id, balance from shop_accounts order by id"))
    show("money", rows(cursor, "select sum(balance) from shop_accounts"))


def in_threads(work, count):
    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    connection = connect()
    create(connection)
    for part in (orders, money, failures, procedures, documents, export, isolation, deadlock, transfers):
        part(connection)
    cursor = connection.cursor()
    for table in TABLES:
        cursor.execute("drop table shop_%s" % table)
    connection.close()


if __name__ == "__main__":
    main()
