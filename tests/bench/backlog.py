"""Many messages that are due, put into a store at once: for the benches."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import ColumnElement, func, insert, select, true
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.model import Channel
from bot.store import Store
from bot.store.keys import delivery_key

CHANNELS = 100


class Backlog:
    """Notes of one sentence for a hundred channels of the fake platform."""

    def __init__(self, store: Store) -> None:
        self.keys: list[str] = []
        self._store = store
        self._channels: Sequence[Channel] = ()
        self._numbers = count(1)

    async def put(self, messages: int, now: datetime) -> None:
        """So many more, due now, in one transaction."""
        if not self._channels:
            refs = [ChannelRef("fake", "team", f"c{n}", f"c{n}") for n in range(CHANNELS)]
            self._channels = [await self._store.channels.of(ref) for ref in refs]
        keys = []
        async with self._store.database.writing() as session:
            for n in (next(self._numbers) for _ in range(messages)):
                channel = self._channels[n % CHANNELS]
                slot = f"{now.date()} note {n}"
                digest = tables.Digest(
                    channel_pk=channel.pk, slot=slot, kind="note", day=now.date(), note=f"Note {n}.", composed_at=now
                )
                session.add(digest)
                await session.flush()
                key = delivery_key(channel, slot, now, 0)
                keys.append(key)
                row = {"digest_pk": digest.pk, "channel_pk": channel.pk, "platform": "fake", "key": key}
                await session.execute(
                    insert(tables.Delivery).values(
                        **row, part=0, state="waiting", due_at=now, changed_at=now, worker="", attempts=0,
                        is_plain=False, message="", url="", error="",
                    )
                )  # fmt: skip

        self.keys += keys

    async def left(self, of: Collection[str] | None = None) -> int:
        """How many are not over yet, of these keys or of all."""
        return await self._count(true() if of is None else col(tables.Delivery.key).in_(of))

    async def _count(self, which: ColumnElement[bool]) -> int:
        query = select(func.count(col(tables.Delivery.pk))).where(col(tables.Delivery.due_at).is_not(None), which)
        async with self._store.database.reading() as session:
            return await session.scalar(query) or 0

    async def held(self, worker: str) -> list[str]:
        """What a worker has a lease on."""
        query = select(col(tables.Delivery.key)).where(
            col(tables.Delivery.worker) == worker, col(tables.Delivery.due_at).is_not(None)
        )
        async with self._store.database.reading() as session:
            return list(await session.scalars(query))
