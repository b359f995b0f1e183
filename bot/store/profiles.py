"""What was fitted for follows: kept, so that a digest need not wait for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
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


_OF = col(tables.Profile.follow_pk) == bindparam("follow")
_KNOWN = (
    select(col(tables.Profile.version), col(tables.Profile.fitted_at))
    .select_from(tables.Follow)
    .outerjoin(tables.Profile)
    .where(col(tables.Follow.pk) == bindparam("follow"))
)


class Profiles:
    """One profile a topic followed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, follows: Sequence[int], version: str) -> Mapping[int, Kept]:
        """What is kept of these follows (pk), by follow."""
        query = select(tables.Profile).where(
            col(tables.Profile.follow_pk).in_(follows), col(tables.Profile.version) == version
        )
        async with self._db.glancing() as connection:
            return {
                row.follow_pk: Kept(row.version, row.weights.decode(), row.papers, row.fitted_at)
                for row in await connection.execute(query)
            }

    async def keep(self, follow: int, kept: Kept) -> None:
        """Keep a follow's profile, unless this very one is kept or the follow is gone."""

        async def put(session: AsyncSession) -> None:
            connection = await session.connection()
            known = (await connection.execute(_KNOWN, {"follow": follow})).first()
            if known is None or (known.version, known.fitted_at) == (kept.version, kept.fitted_at):
                return
            row = {"version": kept.version, "weights": kept.weights.encode(), "papers": kept.papers}
            row["fitted_at"] = kept.fitted_at
            if known.version is None:
                await connection.execute(insert(tables.Profile), {"follow_pk": follow, **row})
            else:
                await connection.execute(update(tables.Profile).where(_OF), {"follow": follow, **row})

        await self._db.write(put, f"profile {follow}")

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
