"""A service whose operator has set stand-ins for all sources, and what she gathers from them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from bot.gather.gatherer import Choices, Gathered, Gatherer
from bot.service import Service
from bot.sources.dialling import Lookup, look_up
from bot.sources.http import PoliteClient
from bot.sources.sites import Sites
from bot.store.sources import State
from tests.asking import SOON
from tests.conftest import Chat, Clock
from tests.fakes.arxiv import FakeArxiv
from tests.fakes.huggingface import FakeHuggingFace
from tests.fakes.web import FakeWeb


@dataclass
class House:
    """Somebody to talk to, the sources, and who reads them."""

    chat: Chat
    clock: Clock
    web: FakeWeb
    arxiv: FakeArxiv
    hf: FakeHuggingFace
    client: PoliteClient

    def gatherer(self, categories: tuple[str, ...] = (), fillers: tuple[str, ...] = ()) -> Gatherer:
        choices = Choices(categories, fillers)
        store = self.chat.service.store
        return Gatherer(store, self.client, choices, clock=self.clock, rng=Random(7), worker="a")

    async def gather(self, only: str = "", *, due_only: bool = False) -> dict[str, Gathered]:
        return {one.source: one for one in await self.gatherer().gather(only, due_only=due_only)}

    async def state(self, source: str) -> State:
        return next(one for one in await self.chat.service.store.sources.all() if one.source == source)

    def asked(self, begin: str) -> list[str]:
        return [path for path in self.web.paths() if path.startswith(begin)]


@asynccontextmanager
async def open_house(
    url: str, clock: Clock, web: FakeWeb, contact: str = "", lookup: Lookup = look_up
) -> AsyncIterator[House]:
    """On a database of its own. Feeds may be read from this machine, as if the operator allowed it."""
    base = web.url
    client = PoliteClient(
        clock=clock,
        sleep=clock.sleep,
        rng=Random(7),
        contact=contact,
        allow_hosts=["127.0.0.1"],
        sites=Sites(f"{base}/api/query", f"{base}/rss", f"{base}/oai", f"{base}/hf", f"{base}/s2", f"{base}/crossref"),
        limits=SOON,
        lookup=lookup,
    )
    service = await Service.open(url, clock=clock, client=lambda _store: client)
    yield House(Chat(service, clock), clock, web, FakeArxiv(web), FakeHuggingFace(web), client)
    await service.close()
    await client.close()
