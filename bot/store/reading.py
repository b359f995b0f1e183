"""Reading lists: what each person saved, with their notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Paper
from bot.store.engine import Database
from bot.store.rows import as_paper


@dataclass(frozen=True, slots=True)
class Saved:
    """A paper on somebody's list."""

    paper: Paper
    note: str
    at: datetime


class Reading:
    """The papers that people keep to read. user: a key that is one person's alone."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def save(self, user: str, paper: Paper, note: str, now: datetime) -> bool:
        """Put a paper on the list, or a read one back on it; a note given replaces the old one. Whether it was new."""
        async with self._db.writing(f"reading of {user}") as session:
            row = await _find(session, user, paper)
            if row is None:
                text = await session.scalar(
                    select(col(tables.Paper.fingerprint)).where(col(tables.Paper.pk) == paper.pk)
                )
                session.add(
                    tables.Saved(
                        user=user, paper_pk=paper.pk, note=note, version=paper.version, fingerprint=text or 0, at=now
                    )
                )
                return True
            was_read = row.state == "read"
            row.state = "to read"
            row.note = note or row.note
            return was_read

    async def done(self, user: str, paper: Paper, now: datetime) -> bool:
        """Mark as read; whether it was on the list to read."""
        async with self._db.writing(f"reading of {user}") as session:
            row = await _find(session, user, paper)
            if row is None or row.state == "read":
                return False
            row.state, row.at = "read", now
            return True

    async def list(self, user: str, *, state: str = "to read") -> Sequence[Saved]:
        """The list of one person, oldest first, so that its numbers stay as it grows."""
        query = (
            select(tables.Saved, tables.Paper)
            .join(tables.Paper)
            .where(col(tables.Saved.user) == user, col(tables.Saved.state) == state)
            .order_by(col(tables.Saved.pk))
        )
        async with self._db.reading() as session:
            return [Saved(as_paper(paper), saved.note, saved.at) for saved, paper in await session.execute(query)]


async def _find(session: AsyncSession, user: str, paper: Paper) -> tables.Saved | None:
    query = select(tables.Saved).where(col(tables.Saved.user) == user, col(tables.Saved.paper_pk) == paper.pk)
    found: tables.Saved | None = await session.scalar(query)
    return found
