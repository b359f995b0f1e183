"""Somebody who asks sources through a client of her own, and what she finds."""

from collections.abc import Awaitable, Sequence
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.errors import SourceTrouble
from bot.sources.addresses import hosts_in
from bot.sources.answer import Answer
from bot.sources.dialling import Lookup, look_up
from bot.sources.http import Limits, PoliteClient
from bot.sources.sites import Sites

if TYPE_CHECKING:
    from tests.conftest import Clock

FEED = "<rss><channel/></rss>"
SOON = Limits(seconds=1.0, silent_seconds=0.5)  # a busy machine leaves a process alone for a while


class Asker:
    """Asks through clients of her own, on the test's clock, in which sleeping takes no time."""

    def __init__(self, clock: "Clock") -> None:
        self.clock = clock
        self.slept: list[float] = []
        self.clients: list[PoliteClient] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.forward(seconds=seconds)

    def client(
        self,
        *own: str,
        allow: str = "",
        limits: Limits | None = None,
        contact: str = "ada@example.org",
        lookup: Lookup = look_up,
    ) -> PoliteClient:
        client = PoliteClient(
            clock=self.clock,
            sleep=self.sleep,
            rng=Random(7),
            contact=contact,
            about_url="https://papers.example",
            allow_hosts=hosts_in(allow),
            sites=Sites(**dict(zip(("huggingface", "crossref"), own, strict=False))),
            limits=limits,
            lookup=lookup,
        )
        self.clients.append(client)
        return client


async def why_not(asking: Awaitable[Answer]) -> str:
    with pytest.raises(SourceTrouble) as trouble:
        await asking
    return trouble.value.why


def resolving(**addresses: str) -> Lookup:
    """A name server that knows one address a name; dots are written as underscores."""

    async def look_up(host: str) -> Sequence[str]:
        return [addresses[host.replace(".", "_")]]

    return look_up
