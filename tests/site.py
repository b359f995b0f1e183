"""The web page of a running service, and somebody who opens it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from bot.service import Service
from bot.web import site
from bot.web.links import Links
from bot.web.proxies import networks
from bot.web.server import run_web
from tests.conftest import Clock

OUTSIDE = "https://papers.example"
KEY = "a long random word"
LINKS = Links(OUTSIDE, KEY)


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass
class Site:
    """Where the page is, and a client without cookies."""

    url: str
    client: aiohttp.ClientSession

    async def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path, or for an address as the service tells it."""
        url = self.url + path.removeprefix(OUTSIDE)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(method, url, headers=named, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), answer.headers.copy())

    async def text(self, path: str) -> str:
        """A page that has to be there."""
        answer = await self.ask(path)
        assert answer.status == 200, (path, answer)
        return answer.text


@asynccontextmanager
async def open_site(
    service: Service,
    clock: Clock,
    *,
    links: Links = LINKS,
    takes_mail: bool = False,
    proxies: str = "",
    more: Sequence[web.RouteDef] = (),
) -> AsyncIterator[Site]:
    """The page of a service, which looks for changes each time it is asked."""
    routes = site.routes(
        service, links, clock, takes_mail=takes_mail, settled_seconds=0.0
    )  # fmt: skip
    async with (
        run_web(
            "127.0.0.1:0", service.store, clock, adapters=dict, routes=[*routes, *more], proxies=networks(proxies)
        ) as url,
        aiohttp.ClientSession(auto_decompress=True) as client,
    ):
        yield Site(url, client)
