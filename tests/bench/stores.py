"""What the look-up and duplicates benches share: the rows of a data folder, and a store with nothing in it."""

import gzip
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from bot import tables
from bot.imports import Count, import_files
from bot.service import Service, utc_now
from tests.conftest import empty_postgres

Row = dict[str, Any]

SETTLING = 10.0  # seconds from the start of a service to the first command: it runs for months


def files(folder: Path, pattern: str) -> list[Path]:
    """The files of that name in the folder, in order. Ends the program where there is none."""
    if found := sorted(folder.glob(pattern)):
        return found
    raise SystemExit(f"{folder} has no file {pattern}.")


def rows(paths: Sequence[Path]) -> Iterator[Row]:
    """The objects of JSONL files, plain or gzipped."""
    for path in paths:
        with gzip.open(path, "rt", encoding="utf8") if path.suffix == ".gz" else path.open(encoding="utf8") as lines:
            yield from map(json.loads, lines)


@asynccontextmanager
async def fresh_service(server: str) -> AsyncIterator[Service]:
    """A service on an SQLite file, or on a database made on that PostgreSQL server; either is gone at the end."""
    with tempfile.TemporaryDirectory() as directory:
        if not server:
            async with opened(f"sqlite:///{directory}/papers.db") as service:
                yield service
        else:
            with empty_postgres(server) as url:
                async with opened(url) as service:
                    yield service


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Service]:
    """A service on a database that stays as it is."""
    service = await Service.open(url, clock=utc_now)
    try:
        yield service
    finally:
        await service.close()


async def spread(service: Service, a_day: int = 700) -> None:
    """Let the stored papers have come so many a day, the last of them today, as they do by themselves."""
    days = max(1, await service.store.papers.count() // a_day)
    paper, now = tables.Paper, utc_now()
    async with service.store.database.writing("papers") as session:
        for day in range(days):
            came = update(paper).where(col(paper.pk) % days == day).values(listed_at=now - timedelta(days=day, hours=1))
            await session.execute(came)


async def imported(service: Service, paths: Sequence[Path]) -> Count:
    """The files read into the store, the way `paper-round import` does it."""
    count = Count()
    await import_files(service.store.papers, [str(path) for path in paths], None, utc_now(), count, lambda _: None)
    return count
