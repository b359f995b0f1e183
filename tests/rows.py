"""Some of everything: rows for each table there is, made from its columns, so that a new table has some too."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, insert, select
from sqlmodel import SQLModel

from bot import tables
from bot.store import Store, indexing
from bot.store.engine import Database

EACH = 3
_BEGIN = datetime(2026, 11, 24, 9, 30, 15, 123_456, tzinfo=UTC)
_LISTS = ("authors", "categories", "links", "notify", "picks")  # what the other JSON columns are not
_TEXTS = ("recsys", 'Ünï "quoted" 推荐系统 🎉', "line\none, it's 100 % <b>bold</b> \\ and %s")


async def fill(store: Store) -> None:
    """Put `EACH` rows into every table, and the papers into the look-up."""
    async with store.database.writing() as session:
        for table in SQLModel.metadata.sorted_tables:
            rows = [{column.name: _value(column, n) for column in table.columns} for n in range(EACH)]
            await session.execute(insert(table), rows)
        await indexing.add(session, (await session.scalars(select(tables.Paper))).all())


async def rows_of(database: Database) -> Mapping[str, Sequence[Sequence[Any]]]:
    """Every row of every table, in the order of its key."""
    async with database.reading() as session:
        return {
            table.name: [tuple(row) for row in await session.execute(select(table).order_by(*table.primary_key))]
            for table in SQLModel.metadata.sorted_tables
        }


def _value(column: "Column[Any]", n: int) -> object:
    kind = getattr(column.type, "impl_instance", column.type).python_type
    if column.foreign_keys or column.name == "pk":
        return n + 1
    if column.nullable and n == 1:
        return None
    several = ["Ada Lovelace", _TEXTS[n]]
    kinds: dict[type, object] = {
        int: (0, -7, 2**31 - 1)[n],
        bool: n == 0,
        bytes: bytes(range(n * 100)),
        str: f"{_TEXTS[n]} {n}",
        date: date(2026, 11, 24) + timedelta(days=n),
        datetime: _BEGIN + timedelta(days=n, microseconds=n),
        object: several if column.name in _LISTS else {"key": [*several, 1.5, None, {"deep": True}]},  # JSON
    }
    return kinds[kind]
