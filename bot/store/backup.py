"""The whole state in one file, and back from it: while the service runs, and whole or not at all."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.errors import Fault, Refused
from bot.store import health
from bot.store.copying import Counts, Tell, copy, counts_of, make_empty, require
from bot.store.engine import BUSY_SECONDS, Database, faults
from bot.store.facts import Facts
from bot.store.migrations import VERSIONS
from bot.store.versions import bring_up_to_date, current_version, vacuum_into, write_ahead
from bot.waiting import in_thread

BACKED_UP = ("service", "backed up")  # the fact that says when
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


async def back_up(url: str, file: Path, now: datetime, tell: Tell, *, force: bool = False) -> Counts:
    """Write the whole state, of either database, into an SQLite file that only its owner can read.

    The file appears at once, whole and checked, or not at all. Raises Refused where it is there already, without force.
    """
    directory = await asyncio.to_thread(_directory, file, force=force)
    database = Database(url)
    try:
        await require(database)
        await bring_up_to_date(database)
        with tempfile.TemporaryDirectory(dir=directory, prefix=".backup-") as place:
            made = Path(place) / "made.db"
            await _copy_to(made, database, tell)
            counts = await _counts_of_whole(made, file)
            await asyncio.to_thread(_put, made, file)
        await Facts(database).put(*BACKED_UP, now.isoformat())
        return counts
    finally:
        await database.close()


async def restore(url: str, file: Path, tell: Tell, *, force: bool = False) -> Counts:
    """Make the database what the backup holds. A running service sees the one state, then the other.

    Raises Refused where the database holds something, without force, and Fault where the backup is not whole.
    """
    database = Database(url)
    try:
        with tempfile.TemporaryDirectory() as place:
            kept = Path(place) / "kept.db"
            await asyncio.to_thread(_take, file, kept)
            counts = await _counts_of_whole(kept, file)
            await _prepare(database, force=force)
            await _put_back(kept, database, tell)
        if await counts_of(database) != counts:
            raise Fault("What arrived is not what was kept.", "Restore once more, with --force.")
        return counts
    finally:
        await database.close()


def _directory(file: Path, *, force: bool) -> Path:
    if file.exists() and not force:
        raise Refused(f"{file} is there already.", "Name another file, or add --force to replace it.")
    if not file.parent.is_dir():
        raise Refused(f"There is no directory {file.parent}.", "Name a file in one that is there.")
    if not os.access(file.parent, os.W_OK):
        raise Fault(f"The directory {file.parent} can't be written to.", "Check who owns it, or name another.")
    return file.parent


async def _copy_to(made: Path, database: Database, tell: Tell) -> None:
    if database.is_sqlite:
        try:
            return await vacuum_into(database, made)
        except sqlite3.Error as err:
            wrong = f"The backup can't be made: {err}."
            raise Fault(wrong, "Check the room on its disk; paper-round doctor checks the database.") from err
    new = Database(f"sqlite:///{made}")
    try:
        await bring_up_to_date(new)
        await copy(database, new, tell)
    finally:
        await new.close()


async def _counts_of_whole(kept: Path, named: Path) -> Counts:
    """The rows of a backup, brought to this version. Raises Refused or Fault, naming the file that people know."""
    backup = Database(f"sqlite:///{kept}")
    try:
        try:
            found = await health.examine(backup)
        except Fault as err:
            raise Fault(f"{named} is no backup of Paper Round, or it is damaged.", "Use another one.") from err
        if found.version is None:
            raise Refused(f"{named} is no backup of Paper Round.", "Name a file that paper-round backup has made.")
        if found.damage:
            raise Fault(f"{named} is damaged: {found.damage}.", "Use another one.")
        if found.version not in VERSIONS:
            raise Fault(f"{named} was made by a newer version of Paper Round.", "Update Paper Round.")
        await bring_up_to_date(backup)
        return await counts_of(backup)
    finally:
        await backup.close()


def _put(made: Path, file: Path) -> None:
    """Move the finished file to its place, on the disk for good."""
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # one file that can be read anywhere
    made.chmod(0o600)
    _sync(made)
    made.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take(file: Path, kept: Path) -> None:
    if not file.is_file():
        raise Refused(f"There is no file {file}.", "Name a file that paper-round backup has made.")
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise Refused(f"{file} is a database in use, or was copied from one.", "Make a backup with paper-round backup.")
    try:
        shutil.copyfile(file, kept)
    except OSError as err:
        raise Fault(f"{file} can't be read: {err.strerror}.", "Check who owns it, and the room on the disk.") from err


async def _prepare(database: Database, *, force: bool) -> None:
    if not force:
        await make_empty(database, "Add --force to replace all of it.")
    elif database.path is None or not database.path.exists():
        await bring_up_to_date(database)
    else:
        async with database.reading() as session:
            await (await session.connection()).run_sync(current_version)  # refuses somebody else's


async def _put_back(kept: Path, database: Database, tell: Tell) -> None:
    if database.path is not None:
        with faults(database):
            await in_thread(partial(_overwrite, kept, database.path))
            return await write_ahead(database)
    backup = Database(f"sqlite:///{kept}")
    try:
        await copy(backup, database, tell, replacing=True)
    finally:
        await backup.close()


def _overwrite(kept: Path, path: Path) -> None:
    """Every page in one transaction, so that other processes go on reading what was there until it ends."""
    patience = time.monotonic() + BUSY_SECONDS

    def at(status: int, _left: int, _all: int) -> None:
        if status in _BUSY and time.monotonic() > patience:
            raise sqlite3.OperationalError("database is locked")

    with closing(sqlite3.connect(kept)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target, progress=at)
