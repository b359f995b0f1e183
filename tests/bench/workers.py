"""Workers that deliver to the fake platform, and die where they are told to: for the benches.

They are forked from a process that has imported everything, so that a start takes a moment.
"""

import asyncio
import logging
import os
import random
import signal
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from typing import Any

from sqlalchemy import event

from bot.digests.deliver import A_CLAIM
from bot.serve.run import Plan, serve
from bot.service import Service, utc_now
from bot.store.outbox import Claim
from tests.fakes.post import Post

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "tests.bench.backlog",
        "tests.conftest",
        "tests.bench.workers",
        "aiosqlite",
        "sqlalchemy.dialects.sqlite.aiosqlite",
        "sqlalchemy.dialects.postgresql.psycopg",
        "apscheduler.schedulers.asyncio",
        "apscheduler.triggers.interval",
    ]
)


def flag() -> Event:
    """What a process and its workers see set."""
    return _CONTEXT.Event()


def start(
    url: str, address: str, lease_seconds: float, fate: str = "", armed: Event | None = None
) -> ForkServerProcess:
    """A worker on that database. fate: `claim` or `record` for one that kills itself there while `armed` is set."""
    process = _CONTEXT.Process(target=work, args=(url, address, lease_seconds, fate, armed), daemon=True)
    process.start()
    return process


def name_of(pid: int) -> str:
    return f"worker-{pid}"


def work(*given: Any) -> None:
    asyncio.run(_work(*given))


async def _work(url: str, address: str, lease_seconds: float, fate: str, armed: Event | None) -> None:
    logging.basicConfig(level=logging.ERROR)
    service = await Service.open(url, clock=utc_now)
    if armed:
        _Doom(service, fate, random.Random(os.getpid()), armed)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    plan = Plan([Post(address)], (), name_of(os.getpid()), lease_seconds=lease_seconds)
    try:
        await serve(service, plan, stop)
    finally:
        await service.close()


class _Doom:
    """Ends this process by its own hand, with 20 messages in flight.

    fate: `claim`, after a claim; `record`, inside the transaction that puts down that a message was sent, before it is
    committed or right after.
    """

    def __init__(self, service: Service, fate: str, draw: random.Random, armed: Event) -> None:
        self._draw = draw
        self._armed = armed
        self._fate = fate
        self._in_flight: set[int] = set()
        self._recording = 0
        outbox = service.store.outbox
        self._claim, self._begin, self._sent = outbox.claim, outbox.begin, outbox.sent
        outbox.claim, outbox.sent = self.claim, self.sent  # type: ignore[method-assign, assignment]
        outbox.begin = self.begin  # type: ignore[method-assign, assignment]
        event.listen(service.store.database.engine.sync_engine, "commit", self._on_commit)

    async def claim(self, *given: Any, **named: Any) -> Any:
        claims = await self._claim(*given, **named)
        self._in_flight |= {claim.pk for claim in claims}
        if self._fate == "claim" and len(claims) >= A_CLAIM:
            self._maybe_die(0.5)
        return claims

    async def begin(self, claim: Claim, *given: Any) -> bool:
        is_ours = await self._begin(claim, *given)
        if not is_ours:
            self._in_flight.discard(claim.pk)
        return is_ours

    async def sent(self, claim: Claim, *given: Any) -> bool:
        self._recording += 1
        is_kept = await self._sent(claim, *given)
        self._recording -= 1
        if self._fate == "record":
            self._maybe_die(0.25)
        self._in_flight.discard(claim.pk)
        return is_kept

    def _on_commit(self, _connection: Any) -> None:
        if self._fate == "record" and self._recording:
            self._maybe_die(0.25)

    def _maybe_die(self, chance: float) -> None:
        is_full = len(self._in_flight) >= A_CLAIM
        if is_full and self._armed.is_set() and self._draw.random() < chance:
            os.kill(os.getpid(), signal.SIGKILL)
