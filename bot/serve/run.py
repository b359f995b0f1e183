"""Everything in one process and one event loop: adapters, jobs and deliveries, until told to stop."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.adapter import Adapter, HasRoutes
from bot.digests.deliver import IDLE_SECONDS, Outbox
from bot.errors import Fault
from bot.serve.adapters import Supervisor
from bot.serve.jobs import Job, Rota
from bot.serve.ticker import ticking
from bot.service import Service, utc_now
from bot.waiting import Bell

if TYPE_CHECKING:
    from bot.web.links import Links

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0  # for what is under way when the process is told to stop
OFF = "off"


@dataclass(frozen=True, slots=True)
class Plan:
    """What this process does. jobs: at their times. adapters: those that talk and post here.

    worker: a name that no other process has. http: where the web server listens, `off` for nowhere. links: the
    addresses of its pages; without any there are none. proxies: networks that forward others' requests. news: rung
    when something was put in the outbox.
    """

    adapters: Sequence[Adapter]
    jobs: Sequence[Job]
    worker: str
    http: str = OFF
    links: "Links | None" = None
    proxies: str = ""
    lease_seconds: float = 60.0
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    news: Bell = field(default_factory=lambda: Bell(asyncio.sleep))

    @property
    def tick_seconds(self) -> float:
        return min(IDLE_SECONDS, self.lease_seconds / 4)


async def serve(service: Service, plan: Plan, stop: asyncio.Event) -> None:
    """Run the plan until `stop` is set, then end what is under way. Raises Fault where the web server can't listen."""
    outbox = Outbox(
        service.store, plan.adapters, worker=plan.worker, clock=plan.clock, sleep=plan.sleep,
        lease_seconds=plan.lease_seconds,
    )  # fmt: skip
    rota = Rota(plan.jobs, clock=plan.clock, then=outbox.wake)
    supervisors = [Supervisor(adapter, service, sleep=plan.sleep) for adapter in plan.adapters]

    def tick() -> None:
        rota.tick()
        outbox.wake()

    async with AsyncExitStack() as stack:
        if plan.http != OFF:
            await stack.enter_async_context(_web(service, plan, supervisors))
        connected = [asyncio.create_task(one.run(), name=f"adapter {one.name}") for one in supervisors]
        stack.push_async_callback(_cancel, connected)
        delivering = asyncio.create_task(outbox.run(), name="deliveries")
        hearing = asyncio.create_task(_pass_on(plan.news, outbox.wake), name="news")
        async with ticking(tick, plan.tick_seconds, sleep=plan.sleep):
            log.info("serving", extra={"worker": plan.worker, "adapters": [one.name for one in supervisors]})
            await stop.wait()
        log.info("stopping")
        await _cancel([delivering, hearing])
        await asyncio.gather(rota.finish(DRAIN_SECONDS), _finish(outbox))
    log.info("stopped")


def worker_name() -> str:
    """A name for this process that no other has, on this machine or another."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


async def _pass_on(news: Bell, wake: Callable[[], None]) -> None:
    while True:
        await news.wait(IDLE_SECONDS)
        wake()


async def _finish(outbox: Outbox) -> None:
    try:
        await outbox.finish(DRAIN_SECONDS)
    except Fault as err:
        log.warning("claims left to their leases", extra={"why": str(err)})


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=DRAIN_SECONDS)


def _web(service: Service, plan: Plan, supervisors: Sequence[Supervisor]) -> AbstractAsyncContextManager[str]:
    from bot.web import site
    from bot.web.proxies import networks
    from bot.web.server import run_web

    mounting = [adapter for adapter in plan.adapters if isinstance(adapter, HasRoutes)]
    routes = [route for adapter in mounting for route in adapter.routes(service)]
    states = {one.name: one for one in supervisors}
    if plan.links:
        takes_mail = any(adapter.name == "email" for adapter in plan.adapters)
        routes += site.routes(service, plan.links, plan.clock, takes_mail=takes_mail)
    return run_web(
        plan.http, service.store, plan.clock, routes=routes,
        adapters=lambda: {name: one.state for name, one in states.items()}, proxies=networks(plan.proxies),
    )  # fmt: skip
