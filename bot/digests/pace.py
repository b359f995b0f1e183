"""How fast messages may follow each other: in one channel, and in all channels of a workspace."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.adapter import Capabilities
from bot.model import Channel

_MANY = 1_000  # turns that are remembered before those that are over are forgotten


class Pace:
    """Turns on one platform, each handed out once, in the order of asking."""

    def __init__(
        self, can: Capabilities, *, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._can = can
        self._clock = clock
        self._sleep = sleep
        self._free: dict[object, datetime] = {}
        self._seen_now = clock()

    async def turn(self, channel: Channel) -> None:
        """Wait until it is the turn of a message to `channel`."""
        await self._turn(channel.pk, self._can.posts_a_second)
        await self._turn(channel.workspace, self._can.workspace_posts_a_second)

    async def _turn(self, place: object, a_second: float) -> None:
        now = self._clock()
        if now < self._seen_now or len(self._free) > _MANY:  # a clock that was set back would make everybody wait
            self._free = {key: free for key, free in self._free.items() if now < free and now >= self._seen_now}
        self._seen_now = now
        start = max(now, self._free.get(place, now))
        self._free[place] = start + timedelta(seconds=1 / a_second)
        if start > now:
            await self._sleep((start - now).total_seconds())
