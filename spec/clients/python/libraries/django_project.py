"""
A Django project: migrations, the ORM, transactions, aggregation and inspectdb. It prints what it finds, which is the same
with each backend.

    django_project.py DATABASES-AS-JSON
"""

import datetime
import decimal
import io
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import uuid
from contextlib import contextmanager

import django
# These take longer to import than a migration takes: once, before the processes of `migrate`.
import django.core.management.commands.makemigrations
import django.core.management.commands.migrate  # noqa: F401
from django.conf import settings
from django.core.management import call_command
from forked import forked


MODELS = '''
import uuid
from django.db import models

class Author(models.Model):
    name = models.CharField(max_length=40, unique=True)
    born = models.DateField(null=True)
    key = models.UUIDField(default=uuid.uuid4)
    details = models.JSONField(default=dict)

class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    title = models.CharField(max_length=80)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    cover = models.BinaryField(null=True)
    opens = models.TimeField(null=True)
    published = models.DateTimeField(null=True)
    lent = models.DurationField(null=True)
    pages = models.PositiveIntegerField(default=0)
    weight = models.FloatField(default=0)
    number = models.BigIntegerField(default=0)
    sold = models.BooleanField(default=False)
    text = models.TextField(default="")
    address = models.GenericIPAddressField(null=True)
    %s

    class Meta:
        unique_together = [("author", "title")]
        constraints = [models.CheckConstraint(%s=models.Q(pages__lt=100000), name="short")]

class Tag(models.Model):
    label = models.SlugField(primary_key=True)
    books = models.ManyToManyField(Book, related_name="tags")
'''
SECOND = '''isbn = models.CharField(max_length=13, null=True, db_index=True)
    rank = models.SmallIntegerField(default=5)'''


def write_models(fields):
    condition = "condition" if django.VERSION >= (5, 1) else "check"
    with open(os.path.join("shop", "models.py"), "w") as file:
        file.write(MODELS % (fields, condition))


def migrate(name):
    setup()
    output = io.StringIO()
    call_command("makemigrations", "shop", name=name, verbosity=0)
    call_command("migrate", stdout=output, no_color=True)
    print([line.strip() for line in output.getvalue().splitlines() if "shop" in line])


def setup():
    settings.configure(
        DATABASES=json.loads(sys.argv[1]),
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "shop"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=False,
        SECRET_KEY="-",
    )
    django.setup()


@contextmanager
def reported(name):
    """Prints the error of a block."""
    from django.db import Error

    try:
        yield
    except Error as error:
        # The names of constraints of MariaDB contain the schema.
        print(name, type(error).__name__, error.args[0], re.sub(r"`\w+`\.", "", str(error.args[1:])))
    else:
        print(name, "no error")


def use_models():
    from shop.models import Author, Book

    ada = Author.objects.create(name="Ada", born=datetime.date(1815, 12, 10), key=uuid.UUID(int=5),
                                details={"likes": ["numbers", u"ma\u00f1ana"], "age": 36, "a\\b": "it's 5%"})
    ada.save()
    ada.save(force_update=True)
    print("unchanged", Author.objects.filter(pk=ada.pk).update(name="Ada"), Author.objects.count())
    book = Book.objects.create(
        author=ada, title="Notes \\ 100% of it's", price=decimal.Decimal("19.95"), cover=bytes(range(256)),
        opens=datetime.time(9, 30, 0, 5), published=datetime.datetime(1843, 9, 1, 12, 0, 0, 123456),
        lent=datetime.timedelta(days=-3, microseconds=7), pages=66, weight=0.1, number=-2 ** 63, sold=True,
        text=u"caf\u00e9 \u4e2d\u6587\r\n\x01\x0b\t\\n", address="2001:db8::1")
    book.refresh_from_db()
    print({field.name: getattr(book, field.attname) for field in Book._meta.fields})
    ada.refresh_from_db()
    print(ada.key, ada.details, ada.born)
    return ada, book


def query(ada, book):
    from django.db.models import Avg, Case, Count, F, Max, Q, StdDev, Sum, Value, When
    from django.db.models.functions import Coalesce, Concat, ExtractYear, Lower, TruncMonth
    from shop.models import Author, Book, Tag

    bob = Author.objects.create(name="Bob")
    made = Book.objects.bulk_create([
        Book(author=bob, title="No. %d" % i, price=decimal.Decimal(i) / 4, pages=i,
             published=datetime.datetime(2020, 1 + i % 12, 1)) for i in range(25)
    ], batch_size=10)
    print("bulk_create", len(made), Book.objects.count())
    Book.objects.bulk_create([Book(author=bob, title="No. 1", price=1)], ignore_conflicts=True)
    print("update", Book.objects.filter(author=bob).update(price=F("price") * decimal.Decimal("1.5")))
    some = list(Book.objects.filter(pages__in=[3, 4, 5]).order_by("pages"))
    for each in some:
        each.weight = each.pages / 3
    print("bulk_update", Book.objects.bulk_update(some, ["weight"]))
    print("aggregate", sorted(Book.objects.aggregate(
        Avg("price"), Sum("price"), Max("published"), Count("cover"), StdDev("pages"), Avg("pages")).items()))
    print("annotate", list(Author.objects.annotate(n=Count("books"), total=Sum("books__price")).order_by("name")
                           .values_list("name", "n", "total")))
    print("group", list(Book.objects.annotate(month=TruncMonth("published")).values("month").annotate(
        n=Count("id"), s=Sum("price")).order_by("month").values_list("month", "n", "s")[:4]))
    print("year", list(Book.objects.annotate(y=ExtractYear("published")).values_list("y", flat=True).distinct()
                       .order_by("y")))
    print("case", Book.objects.aggregate(n=Sum(Case(When(pages__gt=10, then=1), default=0))))
    print("text", list(Book.objects.annotate(full=Concat(Lower("author__name"), Value(": "), "title"))
                       .filter(Q(title__contains="\\") | Q(title__endswith="%")).values_list("full", flat=True)))
    print("like", [Book.objects.filter(**{"title__" + lookup: value}).count() for lookup, value in (
        ("contains", "100%"), ("icontains", "IT'S"), ("startswith", "No. 1"), ("regex", "^No[.] [0-9]$"),
        ("iexact", "no. 7"), ("istartswith", "NO"))])
    print("decimal", list(Book.objects.filter(price=decimal.Decimal("1.13")).values_list("pages", "price")),
          Book.objects.filter(price__gte=decimal.Decimal("8.63"), price__lt=decimal.Decimal("9.01")).count())
    print("json", Author.objects.filter(details__age=36).count(), Author.objects.filter(details__likes__0="numbers")
          .count(), Author.objects.filter(details__has_key="age").count(),
          list(Author.objects.order_by("name").values_list("details__likes", flat=True)))
    print("uuid", Author.objects.get(key=uuid.UUID(int=5)).name)
    print("binary", Book.objects.filter(cover=bytes(range(256))).count())
    print("time", Book.objects.filter(opens=datetime.time(9, 30, 0, 5)).count(),
          list(Book.objects.filter(opens__isnull=False).values_list("opens", "lent")))
    print("subquery", list(Author.objects.filter(books__in=Book.objects.filter(pages=66)).values_list("name")))
    print("union", sorted(Author.objects.values_list("name").union(Tag.objects.values_list("label"))))
    print("exists", Book.objects.filter(pages=3).exists(), Book.objects.order_by("-pages").first().pages,
          Book.objects.aggregate(p=Coalesce(Sum("pages", filter=Q(pages__gt=999)), 0)))
    tag = Tag.objects.create(label="maths")
    tag.books.set(Book.objects.filter(pages__lte=2))
    print("many", sorted(book.title for book in Tag.objects.prefetch_related("books").get().books.all()))
    print("select_related", Book.objects.select_related("author").get(pages=66).author.name)
    print("iterator", sum(book.pages for book in Book.objects.order_by("pk").iterator(chunk_size=7)))
    print("in_bulk", sorted(Author.objects.in_bulk(["Ada", "Bob"], field_name="name")))
    print("dates", list(Book.objects.dates("published", "month"))[:2], Book.objects.datetimes("published", "day")[0])


def create_or_update():
    from shop.models import Author

    for born in (1900, 1900, 1901):
        author, created = Author.objects.update_or_create(
            name="Cy", defaults={"born": datetime.date(born, 1, 1)})
        print("update_or_create", author.born, created)
    author, created = Author.objects.get_or_create(name="Cy")
    print("get_or_create", created)
    print("delete", Author.objects.filter(name="Cy").delete())


def transact(ada, book):
    from django.db import connection, transaction
    from shop.models import Author, Book

    with reported("duplicate"), transaction.atomic():
        Author.objects.create(name="Ada")
    with reported("not null"), transaction.atomic():
        Author.objects.create(name=None)
    with reported("foreign key"), transaction.atomic():
        Book.objects.create(author_id=10 ** 6, title="-", price=1)
    with reported("check"), transaction.atomic():
        Book.objects.create(author=ada, title="-", price=1, pages=100000)
    with reported("too long"), transaction.atomic():
        Author.objects.create(name="x" * 41)
    with reported("out of range"), transaction.atomic():
        Book.objects.create(author=ada, title="-", price=decimal.Decimal("9999999.00"))
    with reported("syntax"), connection.cursor() as cursor:
        cursor.execute("selec 1")
    try:
        with transaction.atomic():
            Author.objects.create(name="Outer")
            with reported("inner"), transaction.atomic():
                Author.objects.create(name="Inner")
                Author.objects.create(name="Ada")
            print("savepoint", sorted(Author.objects.values_list("name", flat=True)))
            done = []
            transaction.on_commit(lambda: done.append("committed"))
            raise KeyError
    except KeyError:
        print("rolled back", sorted(Author.objects.values_list("name", flat=True)), done)
    with transaction.atomic():
        savepoint = transaction.savepoint()
        Author.objects.create(name="Undone")
        transaction.savepoint_rollback(savepoint)
        transaction.on_commit(lambda: done.append("committed"))
        locked = Author.objects.select_for_update().get(name="Ada")
        print("locked", locked.name, connection.in_atomic_block)
    print("committed", Author.objects.count(), done)
    transaction.set_autocommit(False)
    Author.objects.create(name="Manual")
    transaction.rollback()
    transaction.set_autocommit(True)
    print("manual", Author.objects.filter(name="Manual").count(), connection.get_autocommit())
    print("isolation", isolation(connection))
    wait_for_lock(ada)


def isolation(connection):
    with connection.cursor() as cursor:
        name = "tx_isolation" if connection.mysql_is_mariadb else "transaction_isolation"
        cursor.execute("select @@" + name)
        return cursor.fetchone()[0]


def wait_for_lock(ada):
    """Another connection does not get a locked row."""
    from django.db import connection, transaction
    from shop.models import Author

    def other():
        with reported("nowait"), transaction.atomic():
            print(Author.objects.select_for_update(nowait=True).get(pk=ada.pk).name)
        connection.close()

    with transaction.atomic():
        Author.objects.select_for_update().get(pk=ada.pk)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()


def use_cursors():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select title, price, cover, opens, published from shop_book where pages = %s", [66])
        print("raw", cursor.rowcount, [column[0] for column in cursor.description], cursor.fetchone())
        cursor.execute("select %s, %s, %s", [None, True, "100%"])
        print("values", cursor.fetchall())
        cursor.execute("select count(*) from shop_book where title like 'No. 1%'")
        print("no arguments", cursor.fetchone())
        cursor.executemany("update shop_book set number = %s where pages = %s", [(1, 1), (2, 2), (0, 3)])
        print("executemany", cursor.rowcount)
        cursor.execute("insert into shop_author (name, `key`, details) values (%s, %s, '{}')", ["Raw", "0" * 32])
        print("lastrowid", cursor.lastrowid > 0)
        cursor.execute("drop procedure if exists shop_titles")
        cursor.execute("create procedure shop_titles(n int) begin select title from shop_book order by id limit n; end")
        cursor.callproc("shop_titles", [2])
        print("callproc", cursor.fetchall())
        cursor.execute("drop procedure shop_titles")
    print("explain", type(__import__("shop.models").models.Book.objects.filter(pages=3).explain()).__name__)
    connection.force_debug_cursor = True
    __import__("shop.models").models.Book.objects.filter(pages=66, title__contains="it's").count()
    print("logged", connection.queries[-1]["sql"])
    connection.force_debug_cursor = False
    print("usable", connection.is_usable())


def use_sessions():
    from django.contrib.auth.models import Permission, User
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store["cart"] = [1, 2]
    store.save()
    store.save()
    print("session", SessionStore(store.session_key)["cart"])
    user = User.objects.create_user("grace", password="secret")
    user.user_permissions.add(Permission.objects.get(codename="add_book"))
    print("user", user.check_password("secret"), User.objects.get(pk=user.pk).has_perm("shop.add_book"))


def inspect():
    output = io.StringIO()
    call_command("inspectdb", "shop_author", "shop_book", "shop_tag", "shop_tag_books", stdout=output)
    print(output.getvalue())


def load_again():
    """Dumps all rows, flushes the tables, and loads the rows."""
    dumped = io.StringIO()
    call_command("dumpdata", "shop", stdout=dumped, format="json")
    with open("rows.json", "w") as file:
        file.write(dumped.getvalue())
    call_command("flush", interactive=False, verbosity=0)
    call_command("loaddata", "rows.json", verbosity=0)
    again = io.StringIO()
    call_command("dumpdata", "shop", stdout=again, format="json")
    pairs = list(zip(json.loads(dumped.getvalue()), json.loads(again.getvalue())))
    # Dumps have milliseconds.
    print("loaded", sum(one == other for one, other in pairs), len(pairs))


def main():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    sys.path.insert(0, folder)
    try:
        os.mkdir("shop")
        open(os.path.join("shop", "__init__.py"), "w").close()
        write_models("")
        # In processes of their own, because the models of one do not change.
        forked(migrate, "first")
        write_models(SECOND)
        forked(migrate, "second")
        setup()
        ada, book = use_models()
        query(ada, book)
        create_or_update()
        transact(ada, book)
        use_cursors()
        use_sessions()
        inspect()
        load_again()
        output = io.StringIO()
        call_command("migrate", "shop", "zero", stdout=output, no_color=True)
        print([line.strip() for line in output.getvalue().splitlines() if "shop" in line])
    finally:
        shutil.rmtree(folder)


main()
