"""Events that are being seen to, so that none is cut off when we stop."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

P = ParamSpec("P")


class UnderWay:
    """What handlers of events are doing: discord.py starts each in a task of its own and forgets about it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def tracked(self, handler: Callable[P, Awaitable[None]]) -> Callable[P, Coroutine[Any, Any, None]]:
        """The handler under its own name, waited for at the end."""

        @wraps(handler)
        async def track(*args: P.args, **more: P.kwargs) -> None:
            task = asyncio.current_task()
            assert task
            self._tasks.add(task)
            try:
                await handler(*args, **more)
            finally:
                self._tasks.discard(task)

        return track

    async def finish(self, seconds: float) -> None:
        """Wait so long for all of them, then end them."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
