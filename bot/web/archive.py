"""A channel's digests behind its secret link: the list, each digest, the papers with where they were shown, feeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aiohttp import web

from bot.cards import Notice, PaperCard, byline
from bot.digests import show
from bot.model import Channel, Digest
from bot.service import Service
from bot.text import shorten
from bot.waiting import in_thread
from bot.web.door import SECRET, Ask, Door
from bot.web.entries import Entry, links_of
from bot.web.feeds import ATOM, JSON, Feed, Item
from bot.web.kept import Draw, Drawn, Kept, Page
from bot.web.links import Links, paper_path
from bot.web.pages import Pages

MOST = 50  # digests in the list and in feeds


@dataclass(frozen=True, slots=True)
class Room:
    """A channel that somebody has the secret link to. path: what everything of it lies below."""

    channel: Channel
    path: str

    @property
    def title(self) -> str:
        """`Digests of #ml-papers`."""
        named = f"Digests of #{self.channel.name.lstrip('#')}"
        return named if self.channel.kind == "channel" else "Your own digests"

    def digest_path(self, digest: Digest) -> str:
        return f"{self.path}/digest/{digest.pk}"


@dataclass(frozen=True, slots=True)
class Told:
    """A digest in a list: its page, what it is called, how many papers, their titles."""

    path: str
    title: str
    papers: tuple[str, ...]


class Archive:
    """Draws them. Whoever has the link sees them; who has not is told that there is nothing."""

    def __init__(
        self, service: Service, door: Door, kept: Kept, clock: Callable[[], datetime], pages: Pages, links: Links
    ) -> None:
        self._store = service.store
        self._door = door
        self._kept = kept
        self._clock = clock
        self._pages = pages
        self._links = links

    def routes(self) -> Sequence[web.RouteDef]:
        asked: dict[str, Ask] = {
            "/c/{token}": self._list,
            "/c/{token}/digest/{pk:[0-9]{1,15}}": self._digest,
            "/c/{token}/paper/{id:.+}": self._paper,
            f"/c/{{token}}/{ATOM}": partial(self._feed, ATOM),
            f"/c/{{token}}/{JSON}": partial(self._feed, JSON),
        }
        return [web.get(path, self._door.opens(ask, SECRET)) for path, ask in asked.items()]

    async def _list(self, request: web.Request) -> Page:
        room = await self._room(request)

        async def draw() -> Drawn:
            digests = await self._digests(room)
            values = {
                "title": room.title,
                "path": room.path,
                "digests": [_told(room, one) for one in digests],
            }
            return Drawn(self._door.look.html("archive.html", **values))

        return await self._page(room, "list", draw)

    async def _digest(self, request: web.Request) -> Page:
        room, pk = await self._room(request), int(request.match_info["pk"])
        digest = await self._store.digests.of(room.channel, pk)
        if digest is None:
            raise web.HTTPNotFound

        async def draw() -> Drawn:
            values = {"path": room.path, "room": room.title, **_shown(digest, room)}
            return await in_thread(lambda: Drawn(self._door.look.html("digest.html", **values)))

        return await self._page(room, f"digest {pk}", draw)

    async def _paper(self, request: web.Request) -> Page:
        """A paper's page, with the digests here that had it; of a paper that none had only what everybody sees."""
        room = await self._room(request)
        paper = await self._store.papers.by_id(request.match_info["id"])
        had = await self._store.digests.that_showed(room.channel, paper.pk) if paper else ()
        if paper is None or not (had or paper.pk in await self._store.browsing.public([paper.pk])):
            raise web.HTTPNotFound
        shown = [_told(room, one) for one in had]

        async def draw() -> Drawn:
            return await self._pages.draw_paper(paper, shown=shown)

        return await self._page(room, f"paper {paper.pk} {len(shown)}", draw)

    async def _feed(self, form: str, request: web.Request) -> Page:
        room = await self._room(request)

        async def draw() -> Drawn:
            digests = await self._digests(room)
            whole = self._links.absolute(room.path)
            items = [self._item(room, one) for one in digests]
            at = digests[0].composed_at if digests else self._clock()
            return Feed(room.title, whole, f"{whole}/", items, at).drawn(form)

        return await self._page(room, form, draw)

    def _item(self, room: Room, digest: Digest) -> Item:
        shown = _shown(digest, room)
        html = self._door.look.html("digest_item.html", absolute=self._links.absolute, **shown)
        url = self._links.absolute(room.digest_path(digest))
        return Item(url, str(shown["title"]), str(shown["said"]), digest.composed_at, html=html)

    async def _digests(self, room: Room) -> Sequence[Digest]:
        return await self._store.digests.with_papers(room.channel, MOST)

    async def _page(self, room: Room, key: str, draw: Draw) -> Page:
        """Kept as long as the channel has had no further digest."""
        latest = await self._store.digests.count(room.channel)
        return await self._kept.page(f"{room.path} {latest} {key}", draw)

    async def _room(self, request: web.Request) -> Room:
        token = request.match_info["token"]
        name = self._links.archive_name(token)
        channel = await self._store.channels.of_link(name) if name else None
        if channel is None:
            raise web.HTTPNotFound
        return Room(channel, f"/c/{token}")


def _told(room: Room, digest: Digest) -> Told:
    titles = tuple(shorten(pick.paper.title, 200) for pick in digest.picks)
    return Told(room.digest_path(digest), show.title(digest), titles)


def _shown(digest: Digest, room: Room) -> dict[str, object]:
    """What a template wants to know of a digest: its cards, as they were posted."""
    head, *cards = show.digest_cards(digest, layout="compact")
    assert isinstance(head, Notice)
    entries = [_entry(card, room) for card in cards if isinstance(card, PaperCard)]
    return {"title": head.title, "said": head.text, "papers": entries}


def _entry(card: PaperCard, room: Room) -> Entry:
    why = " · ".join(filter(None, (card.why, card.posted_before)))
    return Entry(card.title, room.path + paper_path(card.id), byline(card), card.gist, links_of(card), why=why)
