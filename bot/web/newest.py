"""The newest papers as feeds, all of them or those on a topic."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from aiohttp import web

from bot.model import Follow, Paper
from bot.service import Service
from bot.waiting import in_thread
from bot.web.door import PUBLIC, Door
from bot.web.entries import gist_of
from bot.web.feeds import ATOM, JSON, Feed, Item
from bot.web.kept import Drawn, Kept, Page
from bot.web.links import Links, paper_path
from bot.web.pages import cost, narrowed_to

MOST = 100  # papers in a feed
DAYS = 7  # up to the newest with papers


class Newest:
    """Draws them."""

    def __init__(self, service: Service, door: Door, kept: Kept, clock: Callable[[], datetime], links: Links) -> None:
        self._service = service
        self._store = service.store
        self._door = door
        self._kept = kept
        self._clock = clock
        self._links = links

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get(f"/{form}", self._door.opens(partial(self._feed, form), PUBLIC, cost)) for form in (ATOM, JSON)]

    async def _feed(self, form: str, request: web.Request) -> Page:
        follow = narrowed_to(request)

        async def draw() -> Drawn:
            papers = await self._papers(follow)
            at = papers[0].listed_at if papers else self._clock()
            title = f"New papers on {follow.name}" if follow else "New papers"
            items = await in_thread(lambda: [self._item(paper) for paper in papers])
            return Feed(title, self._links.absolute("/"), self._links.absolute("/"), items, at).drawn(form)

        return await self._kept.page(f"{form} {follow.name if follow else ''}", draw)

    async def _papers(self, follow: Follow | None) -> Sequence[Paper]:
        """The last papers listed, newest first."""
        today = self._clock().date()
        last: date = await self._store.browsing.newest_day(today) or today
        listed = await self._store.browsing.listed(last - timedelta(days=DAYS - 1), last)
        order = [one.pk for one in sorted(listed, key=lambda one: (one.listed_at, one.pk), reverse=True)]
        if follow is None:
            return await self._store.papers.get(order[:MOST])
        papers = await self._store.papers.get(order)
        fitting = await self._service.fitting(papers, follow)
        return [paper for paper in papers if paper.pk in fitting][:MOST]

    def _item(self, paper: Paper) -> Item:
        said = gist_of(paper.title, paper.abstract) or "No abstract is known."
        url = self._links.absolute(paper_path(paper.id))
        return Item(url, paper.title, said, paper.listed_at, paper.authors, paper.categories)
