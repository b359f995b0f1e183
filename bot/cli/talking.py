"""Talking to the service from a shell: one line, a digest, or a conversation."""

import argparse
from typing import TYPE_CHECKING

from bot.cli.parts import ANSWERED, channel_of, make_adapter, open_service, with_service
from bot.errors import Refused

if TYPE_CHECKING:
    from bot.cards import Reply
    from bot.service import Service
    from bot.settings import Settings


async def say(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.app import login_name
    from bot.adapter import Invocation

    text = " ".join(chosen.text)
    user = chosen.user or login_name()
    ask = Invocation(channel_of(chosen), user, user, text=text)
    return await with_service(known, lambda service: service.handle(ask), as_json=chosen.json)


async def digest(chosen: argparse.Namespace, known: "Settings") -> int:
    keep = not chosen.dry_run
    return await with_service(known, lambda service: service.digest(channel_of(chosen), keep=keep), as_json=chosen.json)


async def propose(chosen: argparse.Namespace, known: "Settings") -> int:
    from bot.imports import opened
    from bot.service import apology
    from bot.sources.leads import MOST_BYTES

    name = "Standard input" if chosen.file == "-" else chosen.file

    async def ask(service: "Service") -> "Reply":
        try:
            with opened(chosen.file) as stream:
                data = stream.read(MOST_BYTES + 1)
        except Refused as err:
            return apology(err)
        return await service.propose(channel_of(chosen), data, name)

    return await with_service(known, ask, as_json=chosen.json)


async def subscribe(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.app import login_name
    from bot.adapter import Invocation

    user = chosen.user or login_name()
    fields = {"address": chosen.address, "follows": "; ".join(chosen.follow), "when": chosen.when}
    ask = Invocation(channel_of(chosen), user, user, verb="email", fields=fields)
    return await with_service(known, lambda service: service.handle(ask), as_json=chosen.json)


async def chat(chosen: argparse.Namespace, known: "Settings") -> int:
    adapter = make_adapter(chosen, known)
    service = await open_service(known)
    try:
        await _offer_samples(service)
        await adapter.run(service)
    finally:
        await service.close()
    return ANSWERED


async def _offer_samples(service: "Service") -> None:
    from bot.imports import import_samples
    from bot.service import utc_now

    if not await service.store.papers.count():
        await import_samples(service.store.papers, utc_now())
