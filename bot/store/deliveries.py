"""What was delivered, what was not, and why: for whoever runs the service."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, cast

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Channel, Pick, papers_of_part
from bot.store.digests import as_digest
from bot.store.engine import Database

MOST_DOUBTFUL = 10  # papers of earlier messages that one message repeats
State = Literal["waiting", "sending", "sent", "doubtful", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of a digest. part: from 0. due_at: when it is tried next, none once it is over."""

    channel: str
    platform: str
    slot: str
    part: int
    state: State
    attempts: int
    changed_at: datetime
    due_at: datetime | None
    url: str
    error: str


class Deliveries:
    """The log of deliveries."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def listing(
        self, *, channel: str = "", since: date | None = None, state: str = "", most: int = 200
    ) -> tuple[Delivery, ...]:
        """The last deliveries, the latest change first: to that channel, of digests since that day, in that state."""
        query = (
            select(tables.Delivery, col(tables.Digest.slot), col(tables.Channel.name))
            .join(tables.Digest, col(tables.Digest.pk) == col(tables.Delivery.digest_pk))
            .join(tables.Channel, col(tables.Channel.pk) == col(tables.Delivery.channel_pk))
            .order_by(col(tables.Delivery.changed_at).desc(), col(tables.Delivery.pk).desc())
            .limit(most)
        )
        if channel:
            query = query.where(or_(col(tables.Channel.name) == channel, col(tables.Channel.platform_id) == channel))
        if since:
            query = query.where(col(tables.Digest.day) >= since)
        if state:
            query = query.where(col(tables.Delivery.state) == state)
        async with self._db.reading() as session:
            return tuple(_as_delivery(row, slot, name) for row, slot, name in await session.execute(query))

    async def doubtful(self, channel: Channel, most: int = MOST_DOUBTFUL) -> tuple[Pick, ...]:
        """The latest picks that were posted there for all we know, but may not have arrived; each with its day.

        What a later message brought again is in doubt no more.
        """
        query = (
            select(tables.Digest, tables.Delivery)
            .join(tables.Delivery, col(tables.Delivery.digest_pk) == col(tables.Digest.pk))
            .where(col(tables.Digest.channel_pk) == channel.pk)
            .order_by(col(tables.Digest.composed_at), col(tables.Digest.pk), col(tables.Delivery.part))
        )
        open_: dict[int, Pick] = {}
        async with self._db.reading() as session:
            if not await _has_doubt(session, channel):
                return ()
            parts: dict[int, list[tuple[tables.Digest, tables.Delivery]]] = {}
            for digest, delivery in await session.execute(query):
                parts.setdefault(digest.pk or 0, []).append((digest, delivery))
            for rows in parts.values():
                whole = await as_digest(session, rows[0][0])
                for _, delivery in rows:
                    for pick in papers_of_part(whole.picks, len(rows), delivery.part):
                        if delivery.state == "doubtful":
                            open_[pick.paper.pk] = replace(pick, in_case_of=whole.day, pings=())
                        elif delivery.state not in ("failed", "skipped"):
                            open_.pop(pick.paper.pk, None)
        return tuple(open_.values())[-most:]


async def _has_doubt(session: AsyncSession, channel: Channel) -> bool:
    """Whether any message there is in doubt for good: most channels never have one."""
    for_good = (col(tables.Delivery.state) == "doubtful", col(tables.Delivery.due_at).is_(None))
    query = select(col(tables.Delivery.pk)).where(col(tables.Delivery.channel_pk) == channel.pk, *for_good)
    return await session.scalar(query.limit(1)) is not None


def _as_delivery(row: tables.Delivery, slot: str, channel: str) -> Delivery:
    return Delivery(
        channel, row.platform, slot, row.part, cast(State, row.state), row.attempts, row.changed_at, row.due_at,
        row.url, row.error,
    )  # fmt: skip
