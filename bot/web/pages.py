"""The pages for everybody: the papers of days, weeks and months, a search, and a page for each paper."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from aiohttp import web

from bot import references, trending
from bot.cards import byline
from bot.commands import subjects
from bot.digests import show
from bot.errors import Refused
from bot.model import Follow, Paper
from bot.picking import topics
from bot.service import Service
from bot.store.sightings import Standing
from bot.text import plural, said, shorten, weekday_and_day
from bot.waiting import in_thread
from bot.web import spans
from bot.web.door import PUBLIC, Door
from bot.web.entries import entries, links_of
from bot.web.kept import Drawn, Kept, Page
from bot.web.links import paper_path
from bot.web.spans import Kind, Span

PAPERS_A_PAGE = 100
MOST_FOUND = 50  # by a search
MOST_SIMILAR = 8
LONGEST_ASKED = 300  # characters of a search or a topic
SIMILAR_SECONDS = 1.5  # that a page waits for papers like its own: the first time they take longer
_KINDS = ("topic", "author", "category", "venue")  # of follows that a list can be narrowed to
_SEARCH, _NARROWED = 3.0, 6.0  # what they cost the asker


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What somebody wants to see of a span: a follow, none for all of it; and which part of the list, from 1."""

    follow: Follow | None
    part: int

    @property
    def typed(self) -> str:
        return self.follow.name if self.follow else ""


class Pages:
    """Draws them. takes_mail: whether somebody could be sent digests by email."""

    def __init__(
        self, service: Service, door: Door, kept: Kept, clock: Callable[[], datetime], takes_mail: bool
    ) -> None:
        self._service = service
        self._store = service.store
        self._door = door
        self._kept = kept
        self._clock = clock
        self._takes_mail = takes_mail

    def routes(self) -> Sequence[web.RouteDef]:
        kinds: tuple[Kind, ...] = ("day", "week", "month")
        asked = {"/": partial(self._newest, kinds[0])}
        asked |= {f"/{kind}": partial(self._newest, kind) for kind in kinds}
        asked |= {f"/{kind}/{{which}}": partial(self._span, kind) for kind in kinds}
        return [
            *(web.get(path, self._door.opens(ask, PUBLIC, cost)) for path, ask in asked.items()),
            web.get("/search", self._door.opens(self._search, PUBLIC, lambda _: _SEARCH)),
            web.get("/paper/{id:.+}", self._door.opens(self._paper, PUBLIC)),
            web.get("/bibtex/{id:.+}", self._door.opens(self._bibtex, PUBLIC)),
        ]

    @property
    def today(self) -> date:
        return self._clock().date()

    async def _newest(self, kind: Kind, request: web.Request) -> Page:
        """The span with the newest day that has papers."""
        wanted = _narrowed(request)
        key = f"newest {kind} {wanted.part} {wanted.typed}"

        async def draw() -> Drawn:
            newest = await self._store.browsing.newest_day(self.today)
            return await self._drawn(spans.around(kind, newest or self.today), wanted)

        return await self._kept.page(key, draw)

    async def _span(self, kind: Kind, request: web.Request) -> Page:
        span, wanted = spans.named(kind, request.match_info["which"]), _narrowed(request)
        return await self._kept.page(f"{span.path} {wanted.part} {wanted.typed}", lambda: self._drawn(span, wanted))

    async def _drawn(self, span: Span, wanted: Narrowed) -> Drawn:
        order, said_of = await self._ordered(span)
        if wanted.follow:
            papers = await self._store.papers.get(order)
            fitting = await self._service.fitting(papers, wanted.follow)
            order = [pk for pk in order if pk in fitting]
        begin = (wanted.part - 1) * PAPERS_A_PAGE
        some = await self._store.papers.get(order[begin : begin + PAPERS_A_PAGE])
        before, after = await self._store.browsing.neighbours(span.first, span.last, self.today)
        parts = max(1, -(-len(order) // PAPERS_A_PAGE))
        if wanted.part > parts:
            raise Refused(f"That list has {plural(parts, 'part')}.", "Go back to the first.")
        values = {
            "title": f"Papers of {span.title}",
            "span": span,
            "count": plural(len(order), "paper"),
            "first": begin + 1,
            "part": wanted.part,
            "parts_of": parts,
            "before": spans.around(span.kind, before) if before else None,
            "after": spans.around(span.kind, after) if after else None,
            "topic": wanted.typed,
            "topics": topics.known(),
            "order": trending.SAID,
            "takes_mail": self._takes_mail,
        }
        return await in_thread(
            lambda: Drawn(self._door.look.html("days.html", papers=entries(some, said_of), **values))
        )

    async def _ordered(self, span: Span) -> tuple[list[int], dict[int, Standing]]:
        """The papers (pk) of a span, the warmest first, and what is said of them."""
        listed = await self._store.browsing.listed(span.first, span.last)
        until = min(self.today, span.last)

        def ordered() -> tuple[list[int], dict[int, Standing]]:
            order = sorted(listed, key=lambda one: (-one.standing.heat(until), -one.listed_at.timestamp(), one.pk))
            return [one.pk for one in order], {one.pk: one.standing for one in listed}

        return await in_thread(ordered)

    async def _search(self, request: web.Request) -> Page:
        words = asked(request, "q")

        async def draw() -> Drawn:
            found = await self._store.papers.search(words, most=MOST_FOUND) if words else ()
            public = await self._store.browsing.public([paper.pk for paper in found])
            papers = [paper for paper in found if paper.pk in public]
            said_of = await self._store.browsing.said_of([paper.pk for paper in papers], self.today)
            title = f"{plural(len(papers), 'paper')} for “{shorten(words, 60)}”" if words else "Search"
            values = {"title": title, "asked": words}
            return await in_thread(
                lambda: Drawn(self._door.look.html("search.html", papers=entries(papers, said_of), **values))
            )

        return await self._kept.page(f"search {words}", draw)

    async def _paper(self, request: web.Request) -> Page:
        paper = await self._public(request.match_info["id"])
        return await self._kept.page(f"paper {paper.pk}", lambda: self.draw_paper(paper))

    async def _bibtex(self, request: web.Request) -> Page:
        paper = await self._public(request.match_info["id"])

        async def draw() -> Drawn:
            return Drawn(await in_thread(lambda: references.write([paper], "bibtex")), "application/x-bibtex")

        return await self._kept.page(f"bibtex {paper.pk}", draw)

    async def draw_paper(self, paper: Paper, **more: object) -> Drawn:
        """A paper's page. more: what only those see who came by a channel's secret link."""
        similar = await self._similar(paper)
        pks = [paper.pk, *(one.pk for one in similar or ())]
        said_of = await self._store.browsing.said_of(pks, self.today)
        card = show.facts(paper)
        (own,) = entries([paper], said_of)
        values = {
            "title": card.title,
            "card": card,
            "byline": byline(card, most=len(card.authors)),
            "listed": f"{weekday_and_day(paper.listed_at.date())} {paper.listed_at.year}",
            "day": spans.around("day", paper.listed_at.date()).path,
            "abstract": paper.abstract,
            "links": links_of(card),
            "votes": own.said,
            "bibtex": f"/bibtex{paper_path(paper.id).removeprefix('/paper')}",
            "similar": entries(similar, said_of) if similar is not None else None,
            "shown": (),
            **more,
        }

        def drawn() -> Drawn:
            cited = references.write([paper], "bibtex")
            text = self._door.look.html("paper.html", cited=cited, **values)
            return Drawn(text, is_whole=similar is not None)

        return await in_thread(drawn)

    async def _similar(self, paper: Paper) -> Sequence[Paper] | None:
        """Papers like this one that are for everybody; none at all where that takes too long just now."""
        looking = asyncio.ensure_future(self._service.similar(paper, MOST_SIMILAR))
        done, _ = await asyncio.wait((looking,), timeout=SIMILAR_SECONDS)
        if not done:
            looking.add_done_callback(lambda late: late.cancelled() or late.exception())
            return None
        found = looking.result()
        public = await self._store.browsing.public([one.pk for one in found])
        return [one for one in found if one.pk in public]

    async def _public(self, paper_id: str) -> Paper:
        paper = await self._store.papers.by_id(paper_id[:LONGEST_ASKED])
        if paper is None or paper.pk not in await self._store.browsing.public([paper.pk]):
            raise web.HTTPNotFound
        return paper


def asked(request: web.Request, name: str) -> str:
    """What was typed into a field, as one line. Raises Refused where that is too long."""
    text = request.query.get(name, "")
    if len(text) > LONGEST_ASKED:
        raise Refused(f"That is too long to look for ({len(text):,} characters).", "Try a title or a few words.")
    return said(text)


def cost(request: web.Request) -> float:
    """What a list costs the asker: more where it is narrowed, since a topic has to be made out first."""
    return _NARROWED if request.query.get("topic") else 1.0


def narrowed_to(request: web.Request) -> Follow | None:
    """What the papers of a list are to be on, none for all. Raises Refused for what no list can be narrowed to."""
    typed = asked(request, "topic")
    follow = subjects.subject(typed) if typed else None
    if follow and follow.kind not in _KINDS:
        raise Refused(f"A list can't be narrowed to “{shorten(typed, 40)}”.", "Try recsys, author:Lovelace or cs.IR.")
    return follow


def _narrowed(request: web.Request) -> Narrowed:
    part = request.query.get("part", "1")
    if not (part.isascii() and part.isdecimal() and len(part) < 5 and int(part)):
        raise Refused(f"“{shorten(part, 20)}” is no part of a list.", "Try 1.")
    return Narrowed(narrowed_to(request), int(part))
