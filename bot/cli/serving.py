"""Running the service: which adapters and jobs this process has, by its role and its settings."""

import argparse
import asyncio
import gc
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from bot.cli.parts import ANSWERED, links_of, open_service
from bot.waiting import Bell, in_thread, on_signals

if TYPE_CHECKING:
    from bot.adapter import Adapter
    from bot.serve.jobs import Job
    from bot.service import Service
    from bot.settings import Settings

log = logging.getLogger(__name__)

ROLES = ("all", "worker", "gather")
TURN_SECONDS = 0.0002  # that one thread computes while others wait: Python's own 5 ms make a topic take 0.8 s to fit


async def serve(chosen: argparse.Namespace, known: "Settings") -> int:
    from bot.digests.index import import_ranking
    from bot.serve.run import Plan, worker_name
    from bot.serve.run import serve as run

    try:
        if chosen.role != "gather":
            await in_thread(import_ranking)
        service = await open_service(known)
    except asyncio.CancelledError:  # told to stop before it had begun
        return ANSWERED
    try:
        worker = worker_name()
        adapters = _adapters(chosen, known) if chosen.role != "gather" else ()
        news = Bell(asyncio.sleep)
        plan = Plan(
            adapters=adapters,
            jobs=_jobs(service, known, adapters, worker, news, role=chosen.role),
            worker=worker,
            http=known.http,
            links=links_of(known),
            proxies=known.proxies,
            lease_seconds=known.lease_seconds,
            news=news,
        )
        stop = asyncio.Event()
        sys.setswitchinterval(TURN_SECONDS)
        gc.freeze()  # all that is loaded stays: no collection holds up the loop by looking through it again
        with on_signals(stop.set):
            await run(service, plan, stop)
    finally:
        await service.close()
    return ANSWERED


def _jobs(
    service: "Service", known: "Settings", adapters: "Sequence[Adapter]", worker: str, news: Bell, *, role: str
) -> "Sequence[Job]":
    from bot.cli.gathering import gatherer
    from bot.serve.chores import chores
    from bot.serve.digesting import digesting
    from bot.serve.gathering import gathering
    from bot.service import utc_now

    house_keeping = chores(service.store, known, utc_now)
    if role != "worker":
        house_keeping = (gathering(gatherer(service, known, worker)), *house_keeping)
    if not adapters:
        return house_keeping
    digests = digesting(service, adapters, worker=worker, clock=utc_now, news=news, lease_seconds=known.lease_seconds)
    return (*digests, *house_keeping)


def _adapters(chosen: argparse.Namespace, known: "Settings") -> "Sequence[Adapter]":
    """The terminal, and every adapter whose variables are set; one that can't be loaded takes nobody down."""
    points = sorted(entry_points(group="paper_round.adapters"), key=lambda point: point.name)
    made = [_made(point) for point in points if point.name != "terminal" and known.is_configured(point.name)]
    return [_terminal(chosen), *(adapter for adapter in made if adapter)]


def _made(point: EntryPoint) -> "Adapter | None":
    try:
        return cast("Adapter", point.load()())
    except ModuleNotFoundError as err:
        log.error("adapter not loaded: install paper-round[%s]", point.name, extra={"missing": err.name})
        return None
    except Exception as err:
        log.error("adapter not loaded", extra={"adapter": point.name, "error": type(err).__name__}, exc_info=err)
        return None


def _terminal(chosen: argparse.Namespace) -> "Adapter":
    from adapters.terminal.served import Logged, Printed
    from bot.service import utc_now

    return Logged(chosen.log, clock=utc_now) if chosen.log else Printed()
