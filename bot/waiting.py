"""Waiting in a way that holds up neither the event loop nor the exit."""

import asyncio
import os
import signal
from _thread import start_new_thread
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` gives, from a thread that may be left behind: an executor would wait for its line at the exit."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(give: Callable[[], None]) -> None:
        if not result.cancelled():
            give()

    def run() -> None:
        try:
            value = work()
        except Exception as err:
            error = RuntimeError("StopIteration") if isinstance(err, StopIteration) else err  # no future takes it
            tell(lambda: result.set_exception(error))
        else:
            tell(lambda: result.set_result(value))

    def tell(give: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(settle, give)

    start_new_thread(run, ())  # a Thread would have us wait until it has begun
    return await result


async def to_its_end(work: Coroutine[object, None, T]) -> T:
    """What `work` gives. Whoever is cancelled meanwhile leaves only when the work is done."""
    task, cancelled = asyncio.ensure_future(work), None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as err:
            cancelled = err
    try:
        return task.result()
    finally:
        if cancelled is not None:
            raise cancelled


def step_back(by: int) -> None:
    """Let this process, which works for another one, come after whoever is waited for."""
    with suppress(AttributeError, OSError):  # there is no such thing on Windows, and it may be forbidden
        os.nice(by)


@contextmanager
def on_signals(leave: Callable[[], object]) -> Iterator[None]:
    """Leave on an interrupt or a request to end, where this thread hears of them (on Windows it does not)."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError, RuntimeError, ValueError):
        for one in signals:
            loop.add_signal_handler(one, leave)
    try:
        yield
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for one in signals:
                loop.remove_signal_handler(one)


class Bell:
    """Wakes whoever rests before their time."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Rest so long, or until the bell rings; at once where it has rung since the last time."""
        nap, rung = asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._rung.wait())
        try:
            await asyncio.wait((nap, rung), return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            rung.cancel()
        self._rung.clear()
