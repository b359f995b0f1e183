"""What was delivered, what was not, and why: for whoever runs the service."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

from sqlalchemy import or_, select
from sqlmodel import col

from bot import tables
from bot.store.engine import Database

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


def _as_delivery(row: tables.Delivery, slot: str, channel: str) -> Delivery:
    return Delivery(
        channel, row.platform, slot, row.part, cast(State, row.state), row.attempts, row.changed_at, row.due_at,
        row.url, row.error,
    )  # fmt: skip
