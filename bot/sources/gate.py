"""Whose turn it is at a host: one request at a time, and a gap between the starts of two."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Protocol


class Gate(Protocol):
    """Paces what goes to a host. One process does so in memory; several workers share a gate in the database."""

    def turn(self, host: str, gap_seconds: float) -> AbstractAsyncContextManager[None]:
        """Waits for the turn, and is held while the request runs."""


class LocalGate:
    """The gate of one process."""

    def __init__(self, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._began: dict[str, datetime] = {}

    @asynccontextmanager
    async def turn(self, host: str, gap_seconds: float) -> AsyncIterator[None]:
        async with self._busy[host]:
            if (wait := seconds_to_wait(self._began.get(host), self._clock(), gap_seconds)) > 0:
                await self._sleep(wait)
            self._began[host] = self._clock()
            yield


def seconds_to_wait(began_at: datetime | None, now: datetime, gap_seconds: float) -> float:
    """How long until the next request may begin; never longer than the gap, though the clock be put back."""
    if began_at is None:
        return 0.0
    return min(gap_seconds, max(0.0, gap_seconds - (now - began_at).total_seconds()))
