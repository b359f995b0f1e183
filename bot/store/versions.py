"""Bringing a database to the version that this program reads: made, migrated after a copy, or refused."""

import asyncio
import logging
import tempfile
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

import bot.tables  # noqa: F401 (fills the metadata)
from bot.errors import Fault
from bot.store.engine import Database, faults
from bot.store.migrations import HEAD, VERSIONS

log = logging.getLogger(__name__)

_LOCK = 7_253_001  # any number: the advisory lock under which one worker of several migrates


async def bring_up_to_date(database: Database) -> None:
    """Make the tables, or migrate older ones after keeping a copy beside the file.

    Raises Fault for a database of a newer version, or one that can't be opened.
    """
    if database.path is not None:
        await asyncio.to_thread(_make_room, database.path)
    with faults(database):
        async with database.engine.connect() as connection:
            version = await connection.run_sync(current_version)
        if version == HEAD:
            return
        if version is not None and version not in VERSIONS:
            raise Fault(
                f"The database {database.name} was made by a newer version of Paper Round.",
                "Update Paper Round, or choose another database with --database.",
            )
        if version is not None and database.path is not None:
            await _keep_copy(database, database.path.with_name(f"{database.path.name}.before-{HEAD}"))
        async with database.engine.execution_options(writes=True).connect() as connection:
            await _migrate(connection)
        if database.is_sqlite:
            await write_ahead(database)
        log.info("database migrated", extra={"before": version or "none", "version": HEAD})


def current_version(connection: Connection) -> str | None:
    """The version that the database is of, or none where it has no tables yet.

    Raises Fault where the file holds somebody else's tables.
    """
    there = set(inspect(connection).get_table_names())
    ours = {"alembic_version", *SQLModel.metadata.tables}
    if {"alembic_version", "paper"} <= there:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found:
            return str(found)
    if there & ours or (there and connection.dialect.name == "sqlite"):
        raise Fault("This database belongs to another program.", "Choose another database with --database.")
    return None


def _make_room(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise Fault(f"The directory {path.parent} can't be made.", "Choose another place with --database.") from err


async def write_ahead(database: Database) -> None:
    """Readers and a writer at once from now on: the file remembers it."""
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]


async def _keep_copy(database: Database, copy: Path) -> None:
    """A whole copy of the file as it is now, unless an earlier try has kept one."""
    with tempfile.TemporaryDirectory(dir=copy.parent) as place:
        await vacuum_into(database, Path(place) / "copy")
        if not await asyncio.to_thread(copy.exists):
            await asyncio.to_thread((Path(place) / "copy").rename, copy)


async def vacuum_into(database: Database, copy: Path) -> None:
    """Write an SQLite file as it is now into a new one, while others read and write it."""
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute("VACUUM INTO ?", (str(copy),))  # type: ignore[union-attr]


async def _migrate(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        # Batch changes drop and make tables again: with foreign keys on, a drop would empty their children.
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    try:
        async with connection.begin():
            await connection.run_sync(_upgrade)
    finally:
        await connection.invalidate()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite" and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
        raise Fault(
            f"The migration would leave {len(broken)} rows without what they belong to.", "Nothing was changed."
        )
