"""Whether this process lives, and whether it can do its work: what a supervisor or a proxy asks."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal

from aiohttp import web

from bot.errors import Fault
from bot.store import Store, health

AdapterState = Literal["connected", "retrying", "stopped"]


class Health:
    """The pages at /healthz and /readyz."""

    def __init__(self, store: Store, adapters: Callable[[], Mapping[str, AdapterState]], patience: float) -> None:
        """patience: the seconds after which a database is as good as none."""
        self._store = store
        self._patience = patience
        self._adapters = adapters

    async def alive(self, _request: web.Request) -> web.Response:
        """Well, if it comes at all: the process and its event loop are there."""
        return web.json_response({"status": "well"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Well, or 503 with the reasons. An adapter that is still trying to connect doesn't count as one."""
        adapters = self._adapters()
        reasons = [f"The adapter {name} has stopped." for name, state in adapters.items() if state == "stopped"]
        if trouble := await self._database_trouble():
            reasons.insert(0, trouble)
        status = "not ready" if reasons else "well"
        told = {"status": status, "reasons": reasons, "adapters": dict(adapters)}
        return web.json_response(told, status=503 if reasons else 200)

    async def _database_trouble(self) -> str:
        try:
            async with asyncio.timeout(self._patience):
                is_current = await health.is_current(self._store.database)
        except TimeoutError:
            return "The database does not answer in time."
        except Fault as err:
            return err.wrong
        return "" if is_current else "The database is of another version than this program."
