# coding: utf-8
"""
A program with SQLAlchemy's ORM and core, and pandas. It prints what it finds, which is the same with each driver.

    sqlalchemy_program.py URL...

With several URLs, it runs in a process for each, one after the other, whose outputs a line "next" separates: it imports
its libraries once.
"""

import datetime
import decimal
import enum
import sys

from forked import forked
from sqlalchemy import (
    JSON, BigInteger, Column, Date, DateTime, Enum, Float, ForeignKey, Integer, LargeBinary, MetaData, Numeric, String,
    Table, Text, UniqueConstraint, create_engine, exc, func, inspect, select, text, tuple_,
)
from sqlalchemy.dialects.mysql import DATETIME, TIME, insert
from sqlalchemy.orm import Session, declarative_base, relationship


Base = declarative_base()


class Color(enum.Enum):
    red = 1
    green = 2


class Shop(Base):
    __tablename__ = "lib_shops"
    id = Column(Integer, primary_key=True)
    name = Column(String(40), unique=True)
    parts = relationship("Part", back_populates="shop", cascade="all, delete-orphan")


class Part(Base):
    __tablename__ = "lib_parts"
    __table_args__ = (UniqueConstraint("shop_id", "name", name="part_of_shop"), {"mysql_engine": "InnoDB"})
    id = Column(Integer, primary_key=True)
    shop_id = Column(ForeignKey("lib_shops.id"))
    name = Column(String(40), nullable=False)
    price = Column(Numeric(8, 2))
    weight = Column(Float)
    number = Column(BigInteger)
    image = Column(LargeBinary)
    details = Column(JSON)
    color = Column(Enum(Color))
    made = Column(DATETIME(fsp=6))
    day = Column(Date)
    opens = Column(TIME(fsp=6))
    note = Column(Text)
    version = Column(Integer, nullable=False)
    shop = relationship(Shop, back_populates="parts")
    __mapper_args__ = {"version_id_col": version}


def reported(name, run):
    """Prints the error of a function."""
    try:
        print(name, "no error", run())
    except exc.DBAPIError as error:
        # mysqlclient 2 and the module have another class for 1048 than mysqlclient 1.
        classes = (type(error).__name__, type(error.orig).__name__) if error.orig.args[0] != 1048 else ()
        print(name, classes, error.orig.args[0], error.connection_invalidated)
    except exc.SQLAlchemyError as error:
        print(name, type(error).__name__)


def use_objects(engine):
    with Session(engine) as session:
        shop = Shop(name=u"M\u00fcller & \"S\u00f6hne\" 100%")
        shop.parts = [
            Part(name="nut", price=decimal.Decimal("0.05"), weight=0.1, number=2 ** 63 - 1, image=bytes(range(256)),
                 details={"a": [1, None, u"\u00e9\\"]}, color=Color.green, note=u"\u4e2d\r\n\t'\\",
                 made=datetime.datetime(2020, 2, 29, 23, 59, 59, 999999), day=datetime.date(2020, 2, 29),
                 opens=datetime.time(8, 30, 0, 5)),
            Part(name="bolt", price=decimal.Decimal("19.99")),
        ]
        session.add(shop)
        session.commit()
        part = session.execute(select(Part).filter_by(name="nut")).scalar_one()
        print([(column.key, getattr(part, column.key)) for column in Part.__table__.columns])
        # Another program gives the row the same value meanwhile: its row counts nevertheless.
        part.price
        with engine.begin() as other:
            other.execute(text("update lib_parts set price = 0.06 where name = 'nut'"))
        part.price = decimal.Decimal("0.06")
        session.commit()
        print("unchanged", part.price, part.version)
        part.details = {"b": decimal.Decimal("1.5").__str__()}
        session.delete(session.query(Part).filter_by(name="bolt").one())
        session.commit()
        print("left", session.query(Part).count(), session.query(Shop).join(Part).filter(Part.price < 1).count())
        session.add(Part(shop=shop, name="nut"))
        reported("duplicate", session.commit)
        session.rollback()
        session.add(Part(shop=shop, name=None))
        reported("not null", session.commit)
        session.rollback()
        with session.begin_nested():
            session.add(Part(shop=shop, name="kept"))
        nested = session.begin_nested()
        session.add(Part(shop=shop, name="undone"))
        session.flush()
        nested.rollback()
        session.commit()
        print("savepoints", sorted(session.execute(select(Part.name)).scalars()))


def use_core(engine):
    parts = Part.__table__
    with engine.begin() as connection:
        rows = [{"name": "p%d" % i, "price": decimal.Decimal(i) / 8, "number": i, "version": 1} for i in range(300)]
        result = connection.execute(parts.insert(), rows)
        print("executemany", result.rowcount)
        result = connection.execute(parts.update().where(parts.c.number < 100).values(price=parts.c.price * 3 / 2))
        print("update", result.rowcount)
        result = connection.execute(parts.update().where(parts.c.number < 10).values(version=1))
        print("matched", result.rowcount)
        result = connection.execute(insert(parts).values(name="x", version=1, number=1))
        print("key", result.inserted_primary_key[0] > 0, result.lastrowid > 0)
        statement = insert(Shop.__table__).values(id=1, name="again")
        result = connection.execute(statement.on_duplicate_key_update(name=statement.inserted.name))
        print("on duplicate key", result.rowcount)
        print("sum", connection.execute(select(func.sum(parts.c.price), func.avg(parts.c.number), func.max(parts.c.made))
                                        ).one())
        print("in", connection.execute(select(parts.c.name).where(parts.c.number.in_([1, 2, 2 ** 62])).order_by(
            parts.c.id)).scalars().all())
        print("tuples", connection.execute(select(func.count()).select_from(parts).where(
            tuple_(parts.c.name, parts.c.number).in_([("p1", 1), ("p2", 3)]))).scalar())
        print("limit", connection.execute(select(parts.c.name).where(parts.c.number > 5).order_by(parts.c.number)
                                          .limit(2).offset(3)).all())
        print("bound", connection.execute(text("select :a, :b, '100%', hex(:c)"), {
            "a": u"\u00e9:'\0", "b": None, "c": b"\0'\\"}).one())
        print("decimal", connection.execute(text("select :p * 3, :p / 7, round(:p, 1), :big + 1"), {
            "p": decimal.Decimal("1.15"), "big": 2 ** 63}).one())
        print("percent", connection.exec_driver_sql("select %s, '100%%'", ("x",)).one())


def stream(engine):
    with engine.connect() as connection:
        result = connection.execution_options(stream_results=True).execute(
            select(Part.__table__.c.number).where(Part.__table__.c.number.isnot(None)).order_by("number"))
        print("stream", sum(row[0] for row in result if row[0] < 1000))
    with Session(engine) as session:
        print("yield_per", sum(1 for _ in session.execute(select(Part).execution_options(yield_per=50)).scalars()))


def transact(engine):
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(text("delete from lib_parts"))
        transaction.rollback()
        print("rolled back", connection.execute(text("select count(*) > 0 from lib_parts")).scalar())
    for level in ("READ COMMITTED", "SERIALIZABLE", "AUTOCOMMIT"):
        with engine.connect() as connection:
            connection = connection.execution_options(isolation_level=level)
            print(level, connection.get_isolation_level())
            connection.execute(text("update lib_shops set name = :name"), {"name": level})
    with engine.connect() as connection:
        print("autocommit", connection.execute(text("select name from lib_shops")).scalars().all(),
              connection.get_isolation_level())
    with engine.connect() as one, engine.connect() as two, one.begin(), two.begin():
        lock = select(Shop.__table__.c.id).with_for_update(nowait=True)
        print("locked", one.execute(lock).scalar())
        reported("nowait", lambda: two.execute(lock).scalar())


def lose_connections(engine):
    """Connections of the pool that MySQL has closed are replaced."""
    with engine.connect() as one, engine.connect() as two:
        one.execute(text("set @x = 1"))
        number = one.execute(text("select connection_id()")).scalar()
        two.execute(text("kill %d" % number))
        reported("killed", lambda: one.execute(text("select @x")).scalar())
    with engine.connect() as one, engine.connect() as two:
        one.execute(text("set @x = 1"))
        number = one.execute(text("select connection_id()")).scalar()
        one.rollback()
        two.execute(text("set @x = 2"))
        two.rollback()
    with engine.connect() as connection:
        # It may be this one, or another of the pool.
        reported("kill", lambda: connection.execute(text("kill %d" % number)).rowcount and None)
    for _ in range(2):
        with engine.connect() as one, engine.connect() as two:
            print("replaced", one.execute(text("select 1")).scalar(), two.execute(text("select 2")).scalar())


def reflect(engine):
    found = inspect(engine)
    print("tables", [name for name in found.get_table_names() if name.startswith("lib_")])
    for column in found.get_columns("lib_parts"):
        print("column", column["name"], repr(column["type"]), column["nullable"], column["default"])
    print("keys", found.get_pk_constraint("lib_parts")["constrained_columns"], [
        (key["constrained_columns"], key["referred_table"]) for key in found.get_foreign_keys("lib_parts")],
        found.get_unique_constraints("lib_parts")[0]["column_names"], found.has_table("lib_parts"))
    table = Table("lib_parts", MetaData(), autoload_with=engine)
    print("reflected", len(table.c), table.c.price.type)
    print("dialect", engine.dialect.name, engine.dialect.server_version_info > (5,), engine.dialect.paramstyle,
          engine.dialect.default_schema_name is not None)


def use_pandas(engine):
    import pandas

    frame = pandas.DataFrame({
        "name": ["nut", u"\u00e9", None], "price": [0.05, 1.5, None], "number": [1, 2 ** 40, 3],
        "day": pandas.to_datetime(["2020-01-01 00:00:00", None, "2021-06-30 12:00:00"]), "sold": [True, False, True],
    })
    frame.to_sql("lib_stock", engine, index=False, if_exists="replace")
    frame.to_sql("lib_stock", engine, index=False, if_exists="append", method="multi", chunksize=2)
    again = pandas.read_sql("select * from lib_stock", engine)
    print(again.to_csv(index=False), list(map(str, again.dtypes)))
    print(pandas.read_sql_table("lib_stock", engine).shape)
    print(pandas.read_sql(text("select name, price from lib_stock where number > :n"), engine, params={"n": 2}).values
          .tolist())
    with engine.connect() as connection:
        print([len(chunk) for chunk in pandas.read_sql("select * from lib_stock", connection, chunksize=4)])
        print(pandas.read_sql("select sum(price) as total, max(day) as day from lib_stock", connection.connection)
              .iloc[0].tolist())
    with engine.begin() as connection:
        connection.execute(text("drop table lib_stock"))


def main(url):
    if url.startswith("netsvc"):
        import netsvc_sqlalchemy  # noqa: F401
    engine = create_engine(url, pool_pre_ping=True, future=True)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for part in (use_objects, use_core, stream, transact, lose_connections, reflect):
        part(engine)
        sys.stdout.flush()
    # pandas 1 needs the old interface of SQLAlchemy 1.4.
    use_pandas(create_engine(url))
    Base.metadata.drop_all(engine)
    engine.dispose()


if __name__ == "__main__":
    import pandas  # noqa: F401

    for number, url in enumerate(sys.argv[1:]):
        if number:
            print("next", flush=True)
        forked(main, url)
