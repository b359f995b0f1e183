"""Keeping adapters connected, each for itself: one that is down takes nobody with it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot.adapter import Adapter, Handle

if TYPE_CHECKING:
    from bot.web.health import AdapterState

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds between two tries to connect, doubled each time
_STEADY_SECONDS = 60.0  # an adapter that ran so long had connected: its next trouble is a new one


class Supervisor:
    """Runs an adapter again whenever it breaks, until cancelled."""

    def __init__(self, adapter: Adapter, handle: Handle, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.name = adapter.name
        self.state: AdapterState = "retrying"
        self._adapter = adapter
        self._handle = handle
        self._sleep = sleep

    async def run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            begun = asyncio.get_running_loop().time()
            try:
                self.state = "connected"
                await self._adapter.run(self._handle)
            except Exception as err:
                self.state = "retrying"
                if asyncio.get_running_loop().time() - begun > _STEADY_SECONDS:
                    pause = FIRST_PAUSE
                trouble = {"adapter": self.name, "error": type(err).__name__, "again_in": pause}
                log.warning("adapter down", extra=trouble, exc_info=_is_bug(err))
                await self._sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.state = "stopped"
                log.warning("adapter done", extra={"adapter": self.name})
                return


def _is_bug(err: Exception) -> bool:
    return not isinstance(err, OSError | TimeoutError)
