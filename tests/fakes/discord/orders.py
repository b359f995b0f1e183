"""What a fake Discord is told to do with the next requests, as words:

ok                  as always
429 SECONDS         the bucket is empty for so long
429 global SECONDS  so is the allowance of the whole bot
STATUS [CODE]       an error, nothing done: 403 50013, 502
stored STATUS       done, then an error
reset               the connection ends, nothing done
stored reset        done, then the connection ends
hang, stored hang   nothing is answered
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.fakes.discord.answers import Fault, answer

EVERYWHERE = ""


class Orders:
    """Orders by channel, or for any: those for the next requests, or one for all further ones."""

    def __init__(self) -> None:
        self._next: dict[str, deque[str]] = defaultdict(deque)
        self._always: dict[str, str] = {}
        self._hanging = asyncio.Event()

    def will(self, *orders: str, channel: str = EVERYWHERE) -> None:
        self._next[channel].extend(orders)

    def keeps_to(self, order: str, channel: str = EVERYWHERE) -> None:
        self._always[channel] = order

    def relents(self) -> None:
        """Take back everything, and let go of whoever hangs."""
        self._next.clear()
        self._always.clear()
        self._hanging.set()
        self._hanging = asyncio.Event()

    async def obey(
        self, request: web.Request, channel: str, act: Callable[[], Awaitable[web.Response]]
    ) -> web.Response:
        """Do it, or what was ordered instead."""
        order = self._order(channel)
        match order.split():
            case ["ok"]:
                return await act()
            case ["429", "global", seconds]:
                return too_many(float(seconds), is_global=True)
            case ["429", seconds]:
                return too_many(float(seconds))
            case ["reset"] | ["hang"]:
                return await self._silent(request, is_hanging=order == "hang")
            case ["stored", "reset" | "hang" as way]:
                await act()
                return await self._silent(request, is_hanging=way == "hang")
            case ["stored", status]:
                await act()
                raise Fault(int(status))
            case [status, *code]:
                raise Fault(int(status), int(code[0]) if code else 0)
        raise ValueError(order)

    def _order(self, channel: str) -> str:
        for place in (channel, EVERYWHERE):
            if self._next[place]:
                return self._next[place].popleft()
        return self._always.get(channel) or self._always.get(EVERYWHERE, "ok")

    async def _silent(self, request: web.Request, *, is_hanging: bool) -> web.Response:
        if is_hanging:
            await self._hanging.wait()
        if request.transport:
            request.transport.abort()
        return web.Response()


def too_many(seconds: float, *, is_global: bool = False, headers: dict[str, str] | None = None) -> web.Response:
    """Without a Via header discord.py takes it for a ban."""
    scope = "global" if is_global else "user"
    more = {"Retry-After": str(seconds), "Via": "1.1 google", "X-RateLimit-Scope": scope, **(headers or {})}
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": is_global}
    return answer(body, 429, more | ({"X-RateLimit-Global": "true"} if is_global else {}))
