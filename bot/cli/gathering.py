"""Reading sources from the command line, and how each of them stands."""

import argparse
import sys
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.parts import ANSWERED, FAULT, day_of, open_service
from bot.errors import Refused
from bot.text import one_line, plural

if TYPE_CHECKING:
    from bot.gather.gatherer import Gathered, Gatherer
    from bot.service import Service
    from bot.settings import Settings

_SKIPS_TOLD = 20  # lines; a feed of rubbish would fill the screen


def gatherer(service: "Service", known: "Settings", worker: str) -> "Gatherer":
    """What reads the sources as the environment has them. Raises Refused."""
    from bot.gather.gatherer import Choices, Gatherer
    from bot.gather.plan import fillers, listed
    from bot.service import utc_now

    client = service.client()
    assert client is not None  # the command line always brings one
    choices = Choices(listed(known.categories), fillers(known.enrich), known.s2_api_key.get_secret_value())
    return Gatherer(service.store, client, choices, clock=utc_now, rng=Random(), worker=worker)  # noqa: S311


async def gather(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.serve.run import worker_name
    from bot.service import utc_now

    since = day_of(chosen.since, "--since")
    if since and since > utc_now().date():
        raise Refused(f"{since} has not come yet.", "Try --since 2025-03-14.")
    service = await open_service(known)
    try:
        reader = gatherer(service, known, worker_name())
        counts: dict[str, int] = {}
        with Progress("Reading sources") as reading:

            def report(title: str, count: int) -> None:
                counts[title] = count
                reading.at(sum(counts.values()))

            found = await reader.gather(chosen.source, since, report=report)
    finally:
        await service.close()
    return _tell(found)


def _tell(found: "tuple[Gathered, ...]") -> int:
    for one in found:
        said = f"{plural(one.new, 'new paper')}, {one.known:,} known"
        if one.skipped:
            said += f", {len(one.skipped):,} skipped"
        print(one_line(f"{one.title}: {said}" + (f". {_sentence(one.trouble)}" if one.trouble else "")))
    skipped = [line for one in found for line in one.skipped]
    for line in skipped[:_SKIPS_TOLD]:
        print(one_line(line), file=sys.stderr)
    if len(skipped) > _SKIPS_TOLD:
        print(f"... and {len(skipped) - _SKIPS_TOLD:,} more.", file=sys.stderr)
    total = sum(one.new for one in found)
    print(f"{plural(total, 'new paper')} from {plural(len(found), 'source')}.")
    return FAULT if found and all(one.trouble and not one.new + one.known for one in found) else ANSWERED


def _sentence(trouble: str) -> str:
    return f"{trouble[:1].upper()}{trouble[1:].rstrip('.')}."


async def sources(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.app import show
    from bot.cards import Listing, Reply, Row
    from bot.gather.health import lines
    from bot.serve.run import worker_name
    from bot.service import utc_now

    service = await open_service(known)
    try:
        planned = await gatherer(service, known, worker_name()).sources()
        states = await service.store.sources.all()
    finally:
        await service.close()
    told = lines(states, planned, utc_now(), str(ZoneInfo(known.timezone)))
    rows = tuple(Row(one.title, f"{one.said} · {one.source}") for one in told)
    footer = "" if known.contact else "Without PAPER_ROUND_CONTACT only sources with an address of your own are read."
    show(Reply((Listing("Sources", rows, footer=footer),)))
    return ANSWERED
