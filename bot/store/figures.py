"""What the metrics tell of the store: counts and queues, each by one cheap query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.store.engine import Database

_LATELY = timedelta(hours=1)  # what was sent within it tells how late digests are now
_SIGHTED_DAYS = 7


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """How a source does: failures in a row, when it last answered, and since when it tells nothing new."""

    source: str
    failures: int
    last_success_at: datetime | None
    stale_since: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The state in numbers. late_seconds: of the most overdue unfinished delivery, and of the latest one sent lately.

    sighted: papers that each source's list of the day held within 7 days. digests: kept ones by kind. deliveries: by
    platform and state. due: what a worker may take now, by platform. overdue: slots that came, not composed yet.
    """

    papers: int
    sighted: Mapping[str, int]
    digests: Mapping[str, int]
    deliveries: Mapping[tuple[str, ...], int]
    due: Mapping[str, int]
    overdue: int
    waiting_late_seconds: float
    sent_late_seconds: float
    sources: tuple[SourceFigures, ...]


async def figures(database: Database, now: datetime) -> Figures:
    """All figures, from one consistent state of the store."""
    async with database.reading() as session:
        pairs = await session.execute(_counted(tables.Delivery, "platform", "state"))
        return Figures(
            papers=await session.scalar(select(func.count()).select_from(tables.Paper)) or 0,
            sighted=await _by_name(session, _sighted(now)),
            digests=await _by_name(session, _counted(tables.Digest, "kind")),
            deliveries={(platform, state): count for platform, state, count in pairs},
            due=await _by_name(
                session, _counted(tables.Delivery, "platform").where(col(tables.Delivery.due_at) <= now)
            ),
            overdue=await session.scalar(_overdue(now)) or 0,
            waiting_late_seconds=await _waiting_late(session, now),
            sent_late_seconds=await _sent_late(session, now),
            sources=await _sources(session),
        )


def _counted(table: Any, *names: str) -> Any:
    by = [getattr(table, name) for name in names]
    return select(*by, func.count()).select_from(table).group_by(*by)


def _sighted(now: datetime) -> Any:
    seen = tables.Sighting
    papers = func.count(col(seen.paper_pk).distinct())
    days = col(seen.day) > now.date() - timedelta(days=_SIGHTED_DAYS)
    return select(col(seen.source), papers).where(days).group_by(col(seen.source))


def _overdue(now: datetime) -> Any:
    channel, schedule = tables.Channel, tables.Schedule
    return (
        select(func.count())
        .select_from(schedule)
        .join(channel)
        .join(tables.Workspace)
        .where(
            col(schedule.next_due_at) <= now,
            or_(col(schedule.worker) != "", col(schedule.lease_until).is_(None), col(schedule.lease_until) <= now),
            or_(col(channel.paused_until).is_(None), col(channel.paused_until) <= now),
            col(tables.Workspace.removed_at).is_(None),
        )
    )


async def _by_name(session: AsyncSession, query: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in await session.execute(query)}


async def _waiting_late(session: AsyncSession, now: datetime) -> float:
    query = (
        select(func.min(col(tables.Digest.due_at)))
        .join(tables.Delivery, col(tables.Delivery.digest_pk) == col(tables.Digest.pk))
        .where(col(tables.Delivery.due_at).is_not(None))
    )
    promised = await session.scalar(query)
    return max(0.0, (now - promised).total_seconds()) if promised else 0.0


async def _sent_late(session: AsyncSession, now: datetime) -> float:
    query = (
        select(col(tables.Delivery.changed_at), col(tables.Digest.due_at))
        .join(tables.Digest, col(tables.Delivery.digest_pk) == col(tables.Digest.pk))
        .where(
            col(tables.Delivery.state) == "sent",
            col(tables.Delivery.changed_at) > now - _LATELY,
            col(tables.Digest.due_at).is_not(None),
        )
    )
    rows = await session.execute(query)
    return max(((sent - promised).total_seconds() for sent, promised in rows if promised), default=0.0)


async def _sources(session: AsyncSession) -> tuple[SourceFigures, ...]:
    state = tables.SourceState
    query = select(col(state.source), col(state.failures), col(state.last_success_at), col(state.stale_since))
    return tuple(SourceFigures(*row) for row in await session.execute(query.order_by(col(state.source))))
