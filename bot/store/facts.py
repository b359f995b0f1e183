"""Small things to remember: events already handled, and what adapters put down for their next start."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from bot import tables
from bot.store.engine import Database

_SERVICE = "service"  # what we put down ourselves, under a name that no adapter has
_REMEMBERED = timedelta(hours=1)
_FORGOTTEN = timedelta(minutes=1)  # every while so long: to look for what is old costs as much as to remember
_AT_ONCE = 500  # events in a transaction

_REMEMBER = {  # by whether it is SQLite
    is_sqlite: dialect.insert(tables.Handled).on_conflict_do_nothing().returning(col(tables.Handled.event_key))
    for is_sqlite, dialect in ((True, sqlite), (False, postgresql))
}
_FACT = select(col(tables.AdapterFact.value)).where(
    col(tables.AdapterFact.adapter) == bindparam("adapter"), col(tables.AdapterFact.key) == bindparam("name")
)

_Asked = tuple[str, "asyncio.Future[bool]"]


class Facts:
    """Handled events and adapter facts."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._asked: list[_Asked] = []
        self._answering: asyncio.Task[None] | None = None
        self._forgot = datetime.min.replace(tzinfo=UTC)  # when events were forgotten last

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
        rows = [{"event_key": key, "at": now} for key in keys]
        is_time = abs(now - self._forgot) >= _FORGOTTEN

        async def remembered(session: AsyncSession) -> set[str]:
            connection = await session.connection()
            if is_time:
                await connection.execute(delete(tables.Handled).where(col(tables.Handled.at) < now - _REMEMBERED))
            return set(await connection.scalars(_REMEMBER[self._db.is_sqlite], rows))

        fresh = await self._db.write(remembered)
        self._forgot = now if is_time else self._forgot
        return fresh

    async def claim(self, name: str, now: datetime, every: timedelta) -> bool:
        """Whether something that is done once in a while, whoever does it, is up: yes to one asker a while."""
        async with self._db.writing(f"claim {name}") as session:
            row = await session.get(tables.AdapterFact, (_SERVICE, name))
            if row and timedelta(0) <= now - datetime.fromisoformat(row.value) < every:
                return False
            await note(session, name, now.isoformat())
            return True

    async def get(self, adapter: str, key: str) -> str | None:
        async with self._db.glancing() as connection:
            return await connection.scalar(_FACT, {"adapter": adapter, "name": key})

    async def put(self, adapter: str, key: str, value: str) -> None:
        async with self._db.writing(f"fact {adapter} {key}") as session:
            await session.merge(tables.AdapterFact(adapter=adapter, key=key, value=value))


async def noted(session: AsyncSession | AsyncConnection, name: str) -> str:
    """What we noted down ourselves under that name; nothing where there is nothing."""
    return await session.scalar(_FACT, {"adapter": _SERVICE, "name": name}) or ""


async def note(session: AsyncSession, name: str, value: str) -> None:
    """Note it down, in place of what was noted before."""
    await session.merge(tables.AdapterFact(adapter=_SERVICE, key=name, value=value))
