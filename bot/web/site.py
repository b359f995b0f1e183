"""The whole page: who may ask for what, and where it is mounted."""

from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web

from bot.service import Service
from bot.web.archive import Archive
from bot.web.door import Door
from bot.web.kept import Kept, Mark
from bot.web.links import Links
from bot.web.look import Look
from bot.web.newest import Newest
from bot.web.operator import Operator
from bot.web.pace import Pace
from bot.web.pages import Pages

SETTLED_SECONDS = 1.0  # how old a page may be
_SLOW_CHANGES = 300  # seconds: after these a page is drawn again, for what a mark does not tell, such as a new title

ROBOTS = "User-agent: *\nDisallow: /c/\nDisallow: /operator/\nDisallow: /search\nDisallow: /bibtex/\nDisallow: /*?\n"


def routes(
    service: Service,
    links: Links,
    clock: Callable[[], datetime],
    *,
    takes_mail: bool,
    settled_seconds: float = SETTLED_SECONDS,
) -> Sequence[web.RouteDef]:
    """All that pages need. takes_mail: whether digests can be sent by email."""

    async def mark() -> Mark:
        now = clock()
        return (*await service.store.browsing.mark(now.date()), now.date(), now.timestamp() // _SLOW_CHANGES)

    door, kept = Door(Look(), Pace(clock)), Kept(mark, settled_seconds)
    pages = Pages(service, door, kept, clock, takes_mail)
    return [
        web.get("/robots.txt", _robots),
        *pages.routes(),
        *Newest(service, door, kept, clock, links).routes(),
        *Archive(service, door, kept, clock, pages, links).routes(),
        *Operator(service.store, door, clock, links).routes(),
    ]


async def _robots(_request: web.Request) -> web.Response:
    return web.Response(text=ROBOTS)
