"""Looking at the service: whether it is well, what can be said, what became of deliveries."""

import argparse
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.parts import ANSWERED, FAULT, day_of, links_of, open_service
from bot.text import plural

if TYPE_CHECKING:
    from bot.cards import Row
    from bot.settings import Settings
    from bot.store.deliveries import Delivery

_LINK_DAYS = 7  # that the operator's link is good for


async def doctor(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.app import show
    from bot.cards import Listing, Reply, Row
    from bot.doctor import examine
    from bot.service import utc_now

    found = await examine(known, utc_now())
    rows = tuple(
        Row(one.what, f"well: {one.said}" if one.is_well else f"NOT WELL: {one.said.rstrip('.')}. {one.advice}")
        for one in found
    )
    show(Reply((Listing("How Paper Round is", rows),)))
    return ANSWERED if all(one.is_well for one in found) else FAULT


async def deliveries(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.app import show
    from bot.cards import Listing, Reply, note

    since = day_of(chosen.since, "--since")
    service = await open_service(known)
    try:
        found = await service.store.deliveries.listing(channel=chosen.channel, since=since, state=chosen.state)
    finally:
        await service.close()
    rows = tuple(_delivery_row(one, ZoneInfo(known.timezone)) for one in found)
    show(
        Reply((Listing("Deliveries, the last change first", rows),)) if rows else note("There are no such deliveries.")
    )
    return ANSWERED


def _delivery_row(one: "Delivery", zone: ZoneInfo) -> "Row":
    from bot.cards import Row

    part = f", part {one.part + 1}" if one.part else ""
    tries = plural(one.attempts, "try", "tries") if one.attempts != 1 else ""
    due = f"next try {_time(one.due_at, zone)}" if one.due_at else ""
    why = one.error if one.state != "sent" else ""
    told = " · ".join(filter(None, (_time(one.changed_at, zone), why, tries, due, one.url)))
    return Row(f"{one.state}: {one.slot}{part}, {one.platform} {one.channel}", told)


def _time(when: datetime, zone: ZoneInfo) -> str:
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S}"


async def operator(chosen: argparse.Namespace, known: "Settings") -> int:
    from bot.service import utc_now

    until = utc_now() + timedelta(days=_LINK_DAYS)
    print(f"Good until {until:%Y-%m-%d %H:%M} UTC, for whoever has it: {links_of(known).operator(until)}")
    return ANSWERED


async def commands(chosen: argparse.Namespace, known: "Settings") -> int:
    from bot.commands.all import COMMANDS
    from bot.grammar import help_rows

    print("| Say | What happens |\n| --- | --- |")
    for usage, help in help_rows(COMMANDS):
        print(f"| `{usage.replace('|', chr(92) + '|')}` | {help} |")
    return ANSWERED
