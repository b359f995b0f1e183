"""The operator's page: how sources and queues stand, the last messages, and what is wrong."""

from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web

from bot.gather.health import lines
from bot.store import Store
from bot.store.figures import figures
from bot.text import plural
from bot.web.door import NEVER_KEPT, Door
from bot.web.kept import Drawn, Page
from bot.web.links import Links
from bot.web.metrics import shown_name

MOST = 50  # messages


class Operator:
    """Draws it, for whoever has a link that is not too old."""

    def __init__(self, store: Store, door: Door, clock: Callable[[], datetime], links: Links) -> None:
        self._store = store
        self._door = door
        self._clock = clock
        self._links = links

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get("/operator/{token}", self._door.opens(self._ask, NEVER_KEPT))]

    async def _ask(self, request: web.Request) -> Page:
        now = self._clock()
        if not self._links.is_operators(request.match_info["token"], now):
            raise web.HTTPNotFound
        found = await figures(self._store.database, now)
        values = {
            "title": "How it runs",
            "now": _time(now),
            "troubles": await self._store.troubles.now(now),
            "sources": lines(await self._store.sources.all(), (), now, "UTC"),
            "shown_name": shown_name,
            "papers": plural(found.papers, "paper"),
            "waiting": sorted(found.due.items()),
            "overdue": plural(found.overdue, "digest"),
            "states": [(*key, count) for key, count in sorted(found.deliveries.items())],
            "messages": await self._store.deliveries.listing(most=MOST),
            "time": _time,
        }
        return Page.of(Drawn(self._door.look.html("operator.html", **values)))


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
