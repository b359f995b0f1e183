"""Ends connections on which nobody has asked for anything in time: heads that drip, and sockets merely held."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


class Patience:
    """What was heard on which connection. seconds: from its begin to its first whole request."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._heard: set[object] = set()
        self._since: dict[object, float] = {}

    def hearing(self) -> Middleware:
        """Notes which connections have asked for something: from then on the server's own idle time counts."""

        @web.middleware
        async def hear(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._heard.add(request.protocol)
            return await handler(request)

        return hear

    async def watch(self, server: web.Server) -> None:
        """End the silent ones, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._seconds / 4)
            now, there = loop.time(), server.connections
            self._heard.intersection_update(there)
            self._since = {one: self._since.get(one, now) for one in there}
            for one in there:
                if one not in self._heard and now - self._since[one] >= self._seconds and one.transport is not None:
                    one.transport.abort()
