"""Whether everything that Paper Round stands on is well, and what to do where it is not."""

import importlib.metadata
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

import bot
from bot.errors import Refused
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.migrations import HEAD
from bot.store.papers import Papers
from bot.store.versions import current_version
from bot.text import day, plural

_ROOM_MB = 200  # below this much free space, growth is a question of days
_BUILT = datetime.fromisoformat("2026-11-01T00:00:00+00:00")  # a clock before this is wrong
_CONFIGURED = {
    "slack": ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID"),
    "discord": ("DISCORD_TOKEN",),
    "email": ("SMTP_URL",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. advice: what to do, where it is not well."""

    what: str
    is_well: bool
    said: str
    advice: str = ""


async def examine(known: Settings, now: datetime) -> tuple[Finding, ...]:
    """Look at everything, changing nothing; a broken part doesn't keep the others from being looked at."""
    found = [finding async for finding in _database(known, now)]
    return (*found, _disk(known), _clock(now), _install(), *_adapters(known))


async def _database(known: Settings, now: datetime) -> AsyncIterator[Finding]:
    try:
        database = Database(known.database)
    except Refused as err:
        yield Finding("database", False, err.wrong, err.instead)
        return
    try:
        if database.path is not None and not database.path.exists():
            yield Finding("database", True, f"{database.name} is not there yet; the first command makes it")
            return
        async for finding in _opened(database, now):
            yield finding
    except Refused as err:
        yield Finding("database", False, err.wrong, err.instead)
    finally:
        await database.close()


async def _opened(database: Database, now: datetime) -> AsyncIterator[Finding]:
    async with database.reading() as session:
        connection = await session.connection()
        version = await connection.run_sync(current_version)
        if database.is_sqlite:
            check = str((await connection.execute(text("PRAGMA integrity_check(1)"))).scalar())
            orphans = len((await connection.execute(text("PRAGMA foreign_key_check"))).all())
            is_well = check == "ok" and not orphans
            said = (
                "whole"
                if is_well
                else f"damaged: {check[:80]}"
                if check != "ok"
                else f"{orphans} rows belong to nothing"
            )
            yield Finding("database", is_well, f"{database.name}: {said}", "Restore a copy: see the README.")
        else:
            yield Finding("database", True, f"{database.name} answers")
        advice = "Any command brings an older one up to date; for a newer one, update Paper Round."
        yield Finding("migrations", version == HEAD, f"version {version or 'none'}, this program reads {HEAD}", advice)
        if database.is_sqlite:
            yield await _full_text(version == HEAD, database)
    if version == HEAD:
        papers = Papers(database)
        newest = await papers.newest_listing()
        when = f", newest listed {day(newest.date())}" if newest else ""
        yield Finding("papers", True, f"{plural(await papers.count(), 'paper')}{when}")


async def _full_text(has_tables: bool, database: Database) -> Finding:
    with sqlite3.connect(":memory:") as memory:
        try:
            memory.execute("CREATE VIRTUAL TABLE probe USING fts5(words, tokenize='porter unicode61')")
        except sqlite3.OperationalError:
            return Finding("full text", False, "this Python's SQLite lacks FTS5", "Use a Python whose SQLite has it.")
        finally:
            memory.rollback()
    memory.close()
    said = f"FTS5 of SQLite {sqlite3.sqlite_version}"
    return Finding("full text", True, said if has_tables else f"{said}; its tables come with the next command")


def _disk(known: Settings) -> Finding:
    path = (
        Path(known.database.partition(":///")[2] or ".")
        if known.database.startswith("sqlite")
        else known.data_directory
    )
    there = next((parent for parent in (path, *path.parents) if parent.is_dir()), Path("/"))
    free = shutil.disk_usage(there).free // 1_000_000
    is_writable = os.access(there, os.W_OK)
    said = f"{free:,} MB free at {there}" + ("" if is_writable else ", which can't be written to")
    advice = "Free some space, or move the database." if is_writable else "Check who owns that directory."
    return Finding("disk", free >= _ROOM_MB and is_writable, said, advice)


def _clock(now: datetime) -> Finding:
    said = f"{now:%Y-%m-%d %H:%M} UTC"
    return Finding("clock", now > _BUILT, said, "Set the clock: digests and dates follow it.")


def _install() -> Finding:
    try:
        version = importlib.metadata.version("paper-round")
    except importlib.metadata.PackageNotFoundError:
        return Finding("install", False, "not installed as a package", "pip install .")
    import adapters

    homes = {Path(str(module.__file__)).parents[1] for module in (bot, adapters)}
    advice = "Another package brings a module of that name: install Paper Round in an environment of its own."
    return Finding("install", len(homes) == 1, f"paper-round {version} at {', '.join(map(str, homes))}", advice)


def _adapters(known: Settings) -> tuple[Finding, ...]:
    there = {point.name for point in importlib.metadata.entry_points(group="paper_round.adapters")}
    findings = []
    for name in sorted(there | {name for name, keys in _CONFIGURED.items() if known.has_any(keys)}):
        keys = _CONFIGURED.get(name, ())
        is_configured = not keys or known.has_any(keys)
        said = "ready" if is_configured else f"not configured ({' or '.join(keys)} is not set)"
        if name not in there:
            said = "configured, but this version has no such adapter"
        findings.append(Finding(f"adapter {name}", name in there or not is_configured, said, "Update Paper Round."))
    return tuple(findings)
