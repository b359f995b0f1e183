"""All rows of one database in another, SQLite or PostgreSQL: whole or not at all."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from sqlalchemy import RowMapping, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from bot import tables
from bot.errors import Fault, Refused
from bot.store import indexing
from bot.store.engine import NOT_OURS, Database
from bot.store.migrations import HEAD
from bot.store.versions import bring_up_to_date, current_version
from bot.text import plural

_BATCH = 500  # rows read, written and held at once: papers with abstracts are about 1 MB

Tell = Callable[[int], None]  # hears how many rows are done
Counts = Mapping[str, int]  # rows by table


async def copy_database(source_url: str, target_url: str, tell: Tell) -> Counts:
    """Copy everything into an empty database, made where there is none; says how many rows each table has.

    One transaction there and one state of the database here: stopped anywhere, the target is as empty as before.
    Raises Refused where the one is missing or the other is not empty.
    """
    source, target = Database(source_url), Database(target_url)
    try:
        if source.name == target.name:
            raise Refused("A database can't be copied onto itself.", "Name another one to copy to.")
        await require(source)
        await bring_up_to_date(source)
        await make_empty(target, "Name an empty one.")
        return await copy(source, target, tell)
    finally:
        await source.close()
        await target.close()


async def copy(source: Database, target: Database, tell: Tell, *, replacing: bool = False) -> Counts:
    """Copy every row between two databases of this version.

    replacing: what the target, a PostgreSQL one, held goes in the same moment.

    Raises Refused where the target holds something, and Fault where the counts differ at the end; nothing is kept then.
    """
    counts: dict[str, int] = {}
    done = 0
    async with target.writing() as session:
        await _take(session, replacing=replacing)
        if held := await _rows(session):
            raise Refused(f"The database {target.name} is not empty: it holds {told(held)}.", "Name an empty one.")
        async with aclosing(_batches(source)) as batches:
            async for table, total, rows in batches:
                if rows:
                    await session.execute(insert(table), _storable(rows, target))
                counts[table.name] = total
                done += len(rows)
                tell(done)
        await _make_findable(session)
        await _go_on_counting(session, target)
        written = await _rows(session)
        if written != {name: count for name, count in counts.items() if count}:
            raise Fault("What arrived is not what was sent.", "Nothing was kept; try again.")
    return written


async def require(database: Database) -> None:
    """Raises Refused where there is no database of ours."""
    if database.path is None or database.path.exists():
        async with database.reading() as session:
            if await (await session.connection()).run_sync(current_version):
                return
    raise Refused(f"There is no Paper Round database at {database.name}.", "Check the address.")


async def make_empty(database: Database, instead: str) -> None:
    """Make the tables of a database that has none. Raises Refused, offering `instead`, where it holds something."""
    version = None
    if database.path is None or database.path.exists():
        async with database.reading() as session:
            version = await (await session.connection()).run_sync(current_version)
            held = await _rows(session) if version == HEAD else {}
        if held or version not in (None, HEAD):
            what = f"it holds {told(held)}" if held else "it is of another version"
            raise Refused(f"The database {database.name} is not empty: {what}.", instead)
    await bring_up_to_date(database)


async def counts_of(database: Database) -> Counts:
    """How many rows each table has, the empty ones left out."""
    async with database.reading() as session:
        return await _rows(session)


def told(counts: Counts) -> str:
    """`1,301 rows in 14 tables (3 channels, 1,234 papers)`, for people."""
    first = [plural(counts[name], name) for name in ("channel", "paper", "digest") if counts.get(name)]
    rows = plural(sum(counts.values()), "row")
    return f"{rows} in {plural(len(counts), 'table')}" + (f" ({', '.join(first)})" if first else "")


async def _rows(session: AsyncSession) -> Counts:
    counts = {table.name: await session.scalar(_counted(table)) or 0 for table in SQLModel.metadata.sorted_tables}
    return {name: count for name, count in counts.items() if count}


def _counted(table: Table) -> Any:
    return select(func.count()).select_from(table)


async def _take(session: AsyncSession, *, replacing: bool) -> None:
    """Keep every other writer out until the end, and empty the tables if asked to."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        names = ", ".join(f'"{name}"' for name in [*SQLModel.metadata.tables, *NOT_OURS])
        await session.execute(text(f"{'TRUNCATE' if replacing else 'LOCK TABLE'} {names}"))


async def _batches(source: Database) -> AsyncGenerator[tuple[Table, int, Sequence[RowMapping]]]:
    """Each table in turn, what others refer to first: how many rows it has in all, and some of them."""
    async with source.reading() as session:
        if not source.is_sqlite:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        for table in SQLModel.metadata.sorted_tables:
            total = await session.scalar(_counted(table)) or 0
            yield table, total, ()
            rows = await session.stream(
                select(table).order_by(*table.primary_key), execution_options={"yield_per": _BATCH}
            )
            async for part in rows.mappings().partitions():
                yield table, total, part


def _storable(rows: Sequence[RowMapping], target: Database) -> list[dict[str, Any]]:
    """The rows as the target takes them: PostgreSQL has no text with a zero in it."""
    if target.is_sqlite:
        return [dict(row) for row in rows]
    return [
        {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}
        for row in rows
    ]


async def _make_findable(session: AsyncSession) -> None:
    """Fill the look-up's tables, which are of another kind on each database, from the papers."""
    last = 0
    while True:
        next_ones = select(tables.Paper).where(col(tables.Paper.pk) > last).order_by(col(tables.Paper.pk)).limit(_BATCH)
        papers = (await session.scalars(next_ones)).all()
        if not papers:
            return
        await indexing.add(session, papers)
        last = papers[-1].pk or 0
        session.expunge_all()


async def _go_on_counting(session: AsyncSession, target: Database) -> None:
    """On PostgreSQL a copied number does not move the counter that gives the next one."""
    for table in SQLModel.metadata.sorted_tables:
        if not target.is_sqlite and "pk" in table.c:
            sequence = func.pg_get_serial_sequence(table.name, "pk")
            await session.execute(select(func.setval(sequence, func.max(table.c.pk))))
