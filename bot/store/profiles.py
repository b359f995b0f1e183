"""What was fitted for follows: kept, so that a digest need not wait for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import col

from bot import tables
from bot.model import Follow
from bot.store.engine import Database
from bot.store.follows import as_follow


@dataclass(frozen=True, slots=True)
class Kept:
    """What was fitted, as text. version: of the index's making. papers: how many it was fitted to.

    mark: of what else it was learned from, where that may change.
    """

    version: str
    weights: str
    papers: int
    fitted_at: datetime
    mark: str = ""


class Profiles:
    """One profile a topic followed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, follows: Sequence[int], version: str) -> Mapping[int, Kept]:
        """What is kept of these follows (pk), by follow."""
        query = select(tables.Profile).where(
            col(tables.Profile.follow_pk).in_(follows), col(tables.Profile.version) == version
        )
        async with self._db.reading() as session:
            return {
                row.follow_pk: Kept(row.version, row.weights.decode(), row.papers, row.fitted_at)
                for row in await session.scalars(query)
            }

    async def keep(self, follow: int, kept: Kept) -> None:
        """Keep a follow's profile, unless this very one is kept or the follow is gone."""
        async with self._db.writing(f"profile {follow}") as session:
            row = await session.get(tables.Profile, follow)
            is_kept = row is not None and (row.version, row.fitted_at) == (kept.version, kept.fitted_at)
            if is_kept or await session.get(tables.Follow, follow) is None:
                return
            weights = kept.weights.encode()
            await session.merge(
                tables.Profile(
                    follow_pk=follow,
                    version=kept.version,
                    weights=weights,
                    papers=kept.papers,
                    fitted_at=kept.fitted_at,
                )
            )

    async def missing(self, version: str, since: datetime, papers: int, most: int) -> tuple[Follow, ...]:
        """Topics followed that nothing is kept of, or only what is older, or was fitted to fewer papers."""
        kept = tables.Profile
        query = (
            select(tables.Follow)
            .outerjoin(kept, col(kept.follow_pk) == col(tables.Follow.pk))
            .where(col(tables.Follow.kind) == "topic", is_out_of_date(kept, version, since, papers))
            .order_by(col(tables.Follow.pk))
            .limit(most)
        )
        async with self._db.reading() as session:
            return tuple(as_follow(row) for row in await session.scalars(query))


def is_out_of_date(
    kept: type[tables.Profile] | type[tables.Taste], version: str, since: datetime, papers: int
) -> ColumnElement[bool]:
    """Of an outer join: that nothing is kept, or what is older, of another index, or fitted to fewer papers."""
    return or_(
        col(kept.version).is_(None),
        col(kept.version) != version,
        col(kept.fitted_at) < since,
        col(kept.papers) < papers,
    )
