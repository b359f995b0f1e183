"""Whose turn it is at a host, among all workers of a database: one request at a time, and a gap between two."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from bot import tables
from bot.store.engine import Database
from bot.waiting import to_its_end

_HOLD = timedelta(seconds=90)  # longer than any request may take: a worker that died holds its host so long
_LOOK_SECONDS = 0.5  # how often to look whether another worker has ended its request

_Host = tables.HostGate


class SharedGate:
    """Paces what goes to a host, as the polite client asks for it. Within the process turns come in order."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._db = database
        self._clock = clock
        self._sleep = sleep
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def turn(self, host: str, gap_seconds: float) -> AsyncIterator[None]:
        """Waits for the turn, and is held while the request runs. Raises Fault where the database does not answer."""
        holder = secrets.token_hex(8)
        async with self._busy[host]:
            while wait := await self._wait_or_take(host, timedelta(seconds=gap_seconds), holder):
                await self._sleep(wait)
            begun = self._clock()  # later than the turn was taken: a database needs its time too
            try:
                yield
            finally:
                await to_its_end(self._give_back(host, holder, begun + timedelta(seconds=gap_seconds)))

    async def _wait_or_take(self, host: str, gap: timedelta, holder: str) -> float:
        """0 where the turn was taken, else the seconds after which to ask again."""
        async with self._db.writing(f"host {host}") as session:
            now = self._clock()
            row = await session.get(_Host, host)
            if row is None:
                session.add(_Host(host=host, free_at=now + gap, held_by=holder, held_until=now + _HOLD))
                return 0.0
            is_held = row.held_until is not None and now < row.held_until <= now + _HOLD  # else the clock was put back
            if is_held:
                return _LOOK_SECONDS
            if now < row.free_at <= now + _HOLD:
                return (row.free_at - now).total_seconds()
            row.free_at, row.held_by, row.held_until = now + gap, holder, now + _HOLD
            return 0.0

    async def _give_back(self, host: str, holder: str, free_at: datetime) -> None:
        mine = update(_Host).where(col(_Host.host) == host, col(_Host.held_by) == holder)
        async with self._db.writing() as session:
            await session.execute(mine.values(free_at=free_at, held_by="", held_until=None))
