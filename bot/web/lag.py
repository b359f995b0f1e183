"""How long the event loop lets others wait."""

import asyncio
from collections import deque
from collections.abc import Callable

_BEAT_SECONDS = 0.25
_LATELY = 240  # beats: a minute, so that a scrape every 30 s misses nothing


async def watch_lag(tell: Callable[[float], None]) -> None:
    """Tell the longest wait of the last minute in seconds, beat by beat, until cancelled."""
    loop = asyncio.get_running_loop()
    lately: deque[float] = deque(maxlen=_LATELY)
    while True:
        begun = loop.time()
        await asyncio.sleep(_BEAT_SECONDS)
        lately.append(max(0.0, loop.time() - begun - _BEAT_SECONDS))
        tell(max(lately))
