"""Small things to remember: events already handled, and what adapters put down for their next start."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from bot import tables
from bot.store.engine import Database

_SERVICE = "service"  # what we put down ourselves, under a name that no adapter has
_REMEMBERED = timedelta(hours=1)
_AT_ONCE = 500  # events in a transaction

_Asked = tuple[str, "asyncio.Future[bool]"]


class Facts:
    """Handled events and adapter facts."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._asked: list[_Asked] = []
        self._answering: asyncio.Task[None] | None = None

    async def seen_before(self, event_key: str, now: datetime) -> bool:
        """Whether this event was handled within the hour; remembers it if not.

        Everything that is said is asked about first. So whoever asks while others are being answered shares the next
        transaction with all who ask then: one each would take turns, and a busy minute would be a long queue.
        """
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append((event_key, answer))
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer_all(now), name="events")
        return await answer

    async def _answer_all(self, now: datetime) -> None:
        try:
            while asked := self._asked[:_AT_ONCE]:
                del self._asked[: len(asked)]
                await self._answer(asked, now)
        finally:
            self._answering = None

    async def _answer(self, asked: Sequence[_Asked], now: datetime) -> None:
        waiting = [one for one in asked if not one[1].done()]
        try:
            fresh = await self._remembered(sorted({key for key, _ in waiting}), now)
        except Exception as err:
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(err)
            return
        for key, answer in waiting:
            if not answer.done():
                answer.set_result(key not in fresh)
                fresh.discard(key)

    async def _remembered(self, keys: Sequence[str], now: datetime) -> set[str]:
        """Those of the keys that are new, and remembered from now on; of several writers one has each."""
        if not keys:
            return set()
        dialect = sqlite if self._db.is_sqlite else postgresql
        rows = [{"event_key": key, "at": now} for key in keys]
        new = dialect.insert(tables.Handled).values(rows).on_conflict_do_nothing()
        async with self._db.writing() as session:
            await session.execute(delete(tables.Handled).where(col(tables.Handled.at) < now - _REMEMBERED))
            return set(await session.scalars(new.returning(col(tables.Handled.event_key))))

    async def claim(self, name: str, now: datetime, every: timedelta) -> bool:
        """Whether something that is done once in a while, whoever does it, is up: yes to one asker a while."""
        async with self._db.writing(f"claim {name}") as session:
            row = await session.get(tables.AdapterFact, (_SERVICE, name))
            if row and timedelta(0) <= now - datetime.fromisoformat(row.value) < every:
                return False
            await session.merge(tables.AdapterFact(adapter=_SERVICE, key=name, value=now.isoformat()))
            return True

    async def get(self, adapter: str, key: str) -> str | None:
        async with self._db.reading() as session:
            row = await session.get(tables.AdapterFact, (adapter, key))
            return row.value if row else None

    async def put(self, adapter: str, key: str, value: str) -> None:
        async with self._db.writing(f"fact {adapter} {key}") as session:
            await session.merge(tables.AdapterFact(adapter=adapter, key=key, value=value))
