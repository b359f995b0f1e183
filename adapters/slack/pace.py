"""How often Slack may be called: a message a second in a channel, and each method by its tier."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

CHANNEL_GAP = 1.0  # seconds between two messages in a channel
A_MINUTE = {  # tier 3, in a workspace; the rest has tiers that we do not come near
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
}
_MANY = 1_000  # channels that are remembered before those whose turn is over are forgotten


class Pace:
    """Turns, handed out in the order of asking. clock: seconds that only grow."""

    def __init__(self, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._free: dict[str, float] = {}
        self._called: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    async def message(self, channel: str) -> None:
        """Wait until a message may go to the channel."""
        now = self._clock()
        if len(self._free) > _MANY:
            self._free = {key: free for key, free in self._free.items() if free > now}
        start = max(now, self._free.get(channel, now))
        self._free[channel] = start + CHANNEL_GAP
        if start > now:
            await self._sleep(start - now)

    async def call(self, workspace: str, method: str) -> None:
        """Wait until the method may be called once more within a minute."""
        most = A_MINUTE[method]
        turns = self._called[workspace, method]
        now = self._clock()
        start = max(now, turns[-most] + 60) if len(turns) >= most else now
        turns.append(start)
        while len(turns) > most:
            turns.popleft()
        if start > now:
            await self._sleep(start - now)


def monotonic() -> float:
    return asyncio.get_running_loop().time()
