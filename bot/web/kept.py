"""Pages drawn once and kept while what they show stays the same: packed, with a tag that tells them from others."""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic

from aiohttp import web

from bot.waiting import in_thread

_MOST_BYTES = 16 * 2**20  # of packed pages: about a thousand days
_MOST_DRAWN = 40  # pages at once: more would be drawn for nobody, since who asks waits half a minute at most
_LEVEL = 6

Mark = tuple[object, ...]
Draw = Callable[[], Awaitable["Drawn"]]


class Busy(Exception):
    """Too many other pages are being drawn."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: a text and what it is."""

    text: str
    media_type: str = "text/html"
    is_whole: bool = True  # else it is drawn again for whoever asks next


@dataclass(frozen=True, slots=True)
class Page:
    """The same, ready to be sent."""

    packed: bytes
    tag: str
    media_type: str

    @classmethod
    def of(cls, drawn: Drawn) -> "Page":
        body = drawn.text.encode("utf-8", "replace")
        tag = hashlib.sha256(drawn.media_type.encode() + body).hexdigest()[:20]
        packed = gzip.compress(body, _LEVEL, mtime=0)
        return cls(packed, tag, drawn.media_type)

    def answer(self, request: web.Request, headers: dict[str, str]) -> web.Response:
        """What is sent to this request: nothing but the tag where the same is there already."""
        headers = {**headers, "ETag": f'W/"{self.tag}"', "Vary": "Accept-Encoding"}
        if any(one.value in (self.tag, "*") for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = self.packed
        if "gzip" in request.headers.get("Accept-Encoding", "").lower():
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        headers["Content-Type"] = f"{self.media_type}; charset=utf-8"
        return web.Response(body=body, headers=headers)


@dataclass(slots=True)
class _Entry:
    """A kept page, the state that it was drawn of, and when somebody last saw that this was the state."""

    page: Page
    mark: Mark
    seen_at: float


class Kept:
    """Draws each page once a state of the data, however many ask for it at once.

    mark: tells the state. seconds: how old a page may be: so often the state is looked at, and so long the page as it
    was is sent while another one is being drawn.
    """

    def __init__(self, mark: Callable[[], Awaitable[Mark]], seconds: float) -> None:
        self._mark = mark
        self._seconds = seconds
        self._known: Mark = ()
        self._looked_at = -seconds
        self._looking: asyncio.Lock = asyncio.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[tuple[str, Mark], asyncio.Task[Page]] = {}

    async def page(self, key: str, draw: Draw) -> Page:
        """The page of that key, as the data is now. Raises Busy where too many others are asked for."""
        mark = await self._now()
        found = self._entries.get(key)
        if found and found.mark == mark:
            found.seen_at = monotonic()
            self._entries.move_to_end(key)
            return found.page
        drawing = self._drawing.get((key, mark))
        if drawing is None:
            if len(self._drawing) >= _MOST_DRAWN:
                raise Busy
            drawing = asyncio.create_task(self._drawn(key, mark, draw), name="page")
            self._drawing[key, mark] = drawing
            drawing.add_done_callback(partial(self._done, key, mark))
        if found and monotonic() - found.seen_at < self._seconds:
            return found.page
        return await asyncio.shield(drawing)

    async def _now(self) -> Mark:
        """The state, as it was a moment ago where somebody is looking at it just now."""
        age = monotonic() - self._looked_at
        if age >= self._seconds and not (self._looking.locked() and age < 2 * self._seconds):
            async with self._looking:
                if monotonic() - self._looked_at >= self._seconds:
                    self._known = await self._mark()
                    self._looked_at = monotonic()
        return self._known

    async def _drawn(self, key: str, mark: Mark, draw: Draw) -> Page:
        drawn = await draw()
        page = await in_thread(lambda: Page.of(drawn))
        if drawn.is_whole:
            self._keep(key, _Entry(page, mark, monotonic()))
        return page

    def _keep(self, key: str, entry: _Entry) -> None:
        before = self._entries.pop(key, None)
        self._entries[key] = entry
        self._bytes += len(entry.page.packed) - (len(before.page.packed) if before else 0)
        while self._bytes > _MOST_BYTES:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= len(oldest.page.packed)

    def _done(self, key: str, mark: Mark, drawing: "asyncio.Task[Page]") -> None:
        self._drawing.pop((key, mark), None)
        if not drawing.cancelled():
            drawing.exception()  # whoever asked has heard of it, or has left
