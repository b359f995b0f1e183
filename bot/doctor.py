"""Whether everything that Paper Round stands on is well, and what to do where it is not."""

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import bot
from bot.errors import Refused
from bot.gather.health import lines
from bot.listening import host_and_port, listener
from bot.settings import NEEDED, Settings
from bot.store import health
from bot.store.backup import BACKED_UP
from bot.store.engine import Database
from bot.store.facts import Facts
from bot.store.migrations import HEAD
from bot.store.sources import Sources
from bot.text import day, plural

_OLD = timedelta(days=8)  # of the last backup, where there was one: weekly ones are fine
_ROOM_MB = 200  # below this much free space, growth is a question of days
_BUILT = datetime.fromisoformat("2026-11-01T00:00:00+00:00")  # a clock before this is wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. advice: what to do, where it is not well."""

    what: str
    is_well: bool
    said: str
    advice: str = ""


async def examine(known: Settings, now: datetime) -> tuple[Finding, ...]:
    """Look at everything, changing nothing; a broken part doesn't keep the others from being looked at."""
    web = await _web(known)
    return (
        *await _database(known, now),
        _disk(known),
        _clock(now),
        _contact(known),
        web,
        _install(),
        *_adapters(known),
    )


async def _database(known: Settings, now: datetime) -> tuple[Finding, ...]:
    try:
        database = Database(known.database)
    except Refused as err:
        return (Finding("database", False, err.wrong, err.instead),)
    try:
        if database.path is not None and not database.path.exists():
            return (Finding("database", True, f"{database.name} is not there yet; the first command makes it"),)
        how = await health.examine(database)
        kept = (await _backup(database, now), await _sources(database, now)) if how.is_current else ()
        return (*_found(database, how), *kept)
    except Refused as err:
        return (Finding("database", False, err.wrong, err.instead),)
    finally:
        await database.close()


def _found(database: Database, how: health.Health) -> tuple[Finding, ...]:
    damage = f"damaged: {how.damage}" if how.damage else "whole"
    version = f"version {how.version or 'none'}, this program reads {HEAD}"
    newest = f", newest listed {day(how.newest.date())}" if how.newest else ""
    lost = f"{how.unfindable:,} of them can't be looked up"
    searched = "SQLite's FTS5" if database.is_sqlite else "PostgreSQL's own"
    findings = [
        Finding("database", not how.damage, f"{database.name}: {damage}", "Restore a copy, or import your files anew."),
        Finding("migrations", how.is_current, version, "Any command brings an older one up to date."),
        Finding("full text", how.has_full_text, searched if how.has_full_text else "this SQLite lacks FTS5",
                "Use a Python whose SQLite has it."),
    ]  # fmt: skip
    if how.is_current:
        said = f"{plural(how.papers, 'paper')}{newest}" + (f", {lost}" if how.unfindable else "")
        findings.append(Finding("papers", not how.unfindable, said, "Import your files into a new database."))
    return tuple(findings)


async def _backup(database: Database, now: datetime) -> Finding:
    kept = await Facts(database).get(*BACKED_UP)
    if kept is None:
        return Finding("backup", True, "none was made yet; paper-round backup FILE makes one")
    age = now - datetime.fromisoformat(kept)
    said = "within a day" if age < timedelta(days=1) else f"{plural(age.days, 'day')} ago"
    return Finding("backup", age < _OLD, f"the last was made {said}", "Make one: paper-round backup FILE")


async def _sources(database: Database, now: datetime) -> Finding:
    states = await Sources(database).all()
    bad = [line for line in lines(states, (), now, "UTC") if not line.is_well]
    if not states:
        return Finding("sources", True, "none was read yet; paper-round serve reads them, paper-round gather at once")
    said = f"{plural(len(states), 'source')} read, {len(bad):,} in trouble"
    first = f": {bad[0].title} {bad[0].said}" if bad else ""
    return Finding("sources", not bad, f"{said}{first}", "See paper-round sources.")


def _contact(known: Settings) -> Finding:
    if known.contact:
        return Finding("contact", True, "set: public sources are asked in its name")
    return Finding("contact", True, "PAPER_ROUND_CONTACT is not set, so no public source is asked")


async def _web(known: Settings) -> Finding:
    if known.http == "off":
        return Finding("web server", True, "switched off")
    try:
        host, port = host_and_port(known.http)
    except Refused as err:
        return Finding("web server", False, err.wrong, err.instead)
    who = await listener(host, port)
    said = {"nobody": "free", "paper-round": "in use by a running Paper Round"}.get(who, "in use by another program")
    is_well = who != "another"
    return Finding(
        "web server", is_well, f"{known.http} is {said}", "Set PAPER_ROUND_HTTP to another HOST:PORT, or to off."
    )


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
    found = importlib.util.find_spec("adapters")
    homes = {Path(str(origin)).parents[1] for origin in (bot.__file__, found.origin if found else None) if origin}
    advice = "Another package brings a module of that name: install Paper Round in an environment of its own."
    return Finding("install", len(homes) == 1, f"paper-round {version} at {', '.join(map(str, homes))}", advice)


def _adapters(known: Settings) -> tuple[Finding, ...]:
    there = {point.name for point in importlib.metadata.entry_points(group="paper_round.adapters")}
    findings = []
    for name in sorted(there | {name for name, keys in NEEDED.items() if known.has_any(keys)}):
        keys = NEEDED.get(name, ())
        is_configured = known.is_configured(name)
        said = "ready" if is_configured else f"not configured ({' or '.join(keys)} is not set)"
        if name not in there:
            said = "configured, but this version has no such adapter"
        findings.append(Finding(f"adapter {name}", name in there or not is_configured, said, "Update Paper Round."))
    return tuple(findings)
