"""What most verbs of the command line need: the service, an adapter, a channel, a day."""

import argparse
from collections.abc import Callable, Coroutine
from datetime import date
from typing import TYPE_CHECKING, cast

from bot.errors import Refused

if TYPE_CHECKING:
    from bot.adapter import Adapter, ChannelRef
    from bot.cards import Reply
    from bot.digests.summarising import Summariser
    from bot.seal import Seal
    from bot.service import MakeClient, MakeSummariser, Service
    from bot.settings import Settings
    from bot.sources.http import PoliteClient
    from bot.store import Store
    from bot.web.links import Links

ANSWERED, FAULT, REFUSED = 0, 1, 2
EXIT = {"answered": ANSWERED, "fault": FAULT, "refused": REFUSED}


def client_for(known: "Settings") -> "MakeClient":
    """What makes the client for sources, on the gate that all workers of the database share."""

    def make(store: "Store") -> "PoliteClient":
        import asyncio
        import random

        from bot.service import utc_now
        from bot.sources.http import client_from
        from bot.store.gates import SharedGate

        gate = SharedGate(store.database, utc_now, asyncio.sleep)
        return client_from(known, clock=utc_now, sleep=asyncio.sleep, rng=random.Random(), gate=gate)  # noqa: S311

    return make


def summariser_for(known: "Settings") -> "MakeSummariser | None":
    """What makes the summariser, where the operator has set a language model up."""
    if not known.summary_api_url:
        return None

    def make(store: "Store", client: "PoliteClient") -> "Summariser":
        from bot.digests.summarising import Allowance, Summariser
        from bot.service import utc_now
        from bot.sources.completions import Model

        if not known.summary_model:
            raise Refused("SUMMARY_API_URL is set, but no model to ask there.", "Set SUMMARY_MODEL to its name.")
        model = Model(known.summary_model, known.summary_api_key)
        allowance = Allowance(known.summaries_a_day, known.summary_seconds)
        return Summariser(store, client, model, allowance, utc_now)

    return make


def links_of(known: "Settings") -> "Links":
    """What makes addresses of pages, and knows its own again."""
    from bot.web.links import Links

    return Links(known.page_url, known.secret_key.get_secret_value())


def seal_for(known: "Settings") -> "Seal | None":
    """What addresses of webhooks are sealed with, where the operator has set a key and the package is there."""
    keys = known.secret_key.get_secret_value().strip(", ")
    if not keys:
        return None
    try:
        from bot.seal import Seal
    except ModuleNotFoundError:
        return None
    return Seal(keys, "webhooks")


async def open_service(known: "Settings") -> "Service":
    from bot.service import Service, utc_now

    return await Service.open(
        known.database,
        clock=utc_now,
        zone=known.timezone,
        cache=known.cache_directory,
        most_follows=known.most_follows,
        client=client_for(known),
        summariser=summariser_for(known),
        has_mail=known.is_configured("email"),
        archive=links_of(known).archive,
        seal=seal_for(known),
    )


async def with_service(
    known: "Settings", ask: "Callable[[Service], Coroutine[None, None, Reply]]", *, as_json: bool
) -> int:
    import json

    from adapters.terminal.app import show
    from bot.cards import as_json as plain
    from bot.service import apology

    try:
        service = await open_service(known)
    except Refused as err:
        if not as_json:
            raise
        reply = apology(err)
    else:
        try:
            reply = await ask(service)
        finally:
            await service.close()
    if as_json:
        print(json.dumps(plain(reply)))  # other letters escaped: whatever reads it, they arrive
    else:
        show(reply)
    return EXIT[reply.outcome]


def make_adapter(chosen: argparse.Namespace, known: "Settings") -> "Adapter":
    """The adapter of that name, found by its entry point: ours and strangers' alike."""
    from importlib.metadata import entry_points

    there = {point.name: point for point in entry_points(group="paper_round.adapters")}
    if chosen.adapter not in there:
        raise Refused(f"There is no adapter “{chosen.adapter}” here.", f"Installed: {', '.join(sorted(there))}.")
    try:
        made = there[chosen.adapter].load()
    except ImportError as err:
        raise Refused(f"The adapter {chosen.adapter} lacks a package: {err}.", "Install it with its extra.") from err
    if chosen.adapter == "terminal":
        return cast("Adapter", made(directory=known.data_directory, channel=chosen.channel, user=chosen.user or None))
    return cast("Adapter", made())


def channel_of(chosen: argparse.Namespace) -> "ChannelRef":
    from bot.adapter import ChannelRef

    return ChannelRef("terminal", "local", chosen.channel, chosen.channel)


def day_of(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as err:
        raise Refused(f"“{text}” is no day.", f"Try {option} 2025-03-14.") from err
