"""The picker's index of the stored papers: kept in a file beside the database, brought up to date when asked for."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.digests import cache
from bot.digests.cache import Prints
from bot.digests.making import made_apart
from bot.store.papers import Papers, TextsMark
from bot.waiting import in_thread

if TYPE_CHECKING:
    from bot.picking.vectors import Document, Index

log = logging.getLogger(__name__)

MOST = 50_000  # newest papers: more gain nothing
SETTLED = 3_000  # papers; the words of a smaller store change with every paper, and it is counted in no time
_TOGETHER = 500  # papers read at once
_MOST_NEW = 2_000  # papers beside an index that is being brought up to date

Report = Callable[[int], None]


class IndexKeeper:
    """One index per database. The file is a cache: lost, damaged or of another version, it is built again.

    The workers of a machine share it: whoever sees first that papers have come brings it up to date for all.
    """

    def __init__(self, papers: Papers, path: Path | None, most: int = MOST) -> None:
        self._papers = papers
        self.path = path
        self._most = most
        self._index: Index | None = None
        self._prints: Prints = {}
        self._file: tuple[int, ...] = ()  # the stamp of the file that holds the same
        self._mark: TextsMark | None = None  # of the stored texts, where the index is made of these
        self._told: tuple[str, TextsMark] | None = None  # the mark of all stored texts, and the revision that has it
        self._lock = asyncio.Lock()
        self._renewing: asyncio.Task[Index] | None = None
        self._ahead: tuple[TextsMark, Index] | None = None  # with the papers that came since, and the mark of all

    async def fresh(self, report: Report | None = None) -> "Index":
        """The index of the newest papers as they are now. Reading new texts is reported by count.

        Ranking imports numpy, so the first call of a process takes some tenths of a second.
        """
        async with self._lock:
            mark = await self._current()
            if self._index is None or mark != self._mark:
                wanted = dict(await self._papers.fingerprints(self._most))
                self._index = await self._renewed(wanted, report)
                self._mark = mark if self._prints == wanted else None
                self._ahead = None
            return self._index

    async def at_hand(self) -> "Index":
        """The index for an answer that somebody waits for: a large one is brought up to date behind their back.

        Until it is, new papers stand in it by the terms and weights of the others.
        """
        index = self._index
        if index is None or len(index) < SETTLED:
            return await self.fresh()
        mark = await self._current()
        if mark == self._mark:
            return index
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self.fresh(), name="index")
            self._renewing.add_done_callback(_ended)
        if self._ahead is None or self._ahead[0] != mark:
            new = await self._papers.texts_after(int(index.pks[-1]), _MOST_NEW)
            self._ahead = mark, await in_thread(partial(_beside, index, new)) if new else index
        return self._ahead[1]

    async def _current(self) -> TextsMark:
        """The mark of the stored texts, counted where papers were saved since the last time."""
        revision = await self._papers.revision()
        if not revision or self._told is None or self._told[0] != revision:
            self._told = revision, await self._papers.texts_mark(self._most)
        return self._told[1]

    async def _renewed(self, wanted: Prints, report: Report | None) -> "Index":
        index = await self._known()
        if self._prints == wanted:
            return index
        if self.path and len(wanted) >= SETTLED:
            async with cache.turn(self.path):
                index = await self._known()  # which another worker may have brought up to date meanwhile
                if self._prints == wanted or await self._made_apart(self.path, wanted, report):
                    return await self._known()
        changed = _changed(self._prints, wanted)
        if index.growth is None:
            index, self._prints = await in_thread(partial(cache.load, self.path, growing=True))
            changed = _changed(self._prints, wanted)
        documents = _waited_for(self._documents(changed, report), asyncio.get_running_loop())
        index = await in_thread(partial(index.extended, documents, wanted.keys()))
        self._prints = {pk: wanted[pk] for pk in index.pks.tolist()}
        is_kept = self.path is not None and await in_thread(partial(cache.save, self.path, index, self._prints))
        if is_kept:
            self._file = cache.stamp(self.path)
        return index

    async def _made_apart(self, path: Path, wanted: Prints, report: Report | None) -> bool:
        changed = _changed(self._prints, wanted)
        return await made_apart(path, self._prints.keys() - wanted.keys(), changed, self._documents(changed, report))

    async def _known(self) -> "Index":
        """The index that is here, or that in the file, where this is another one."""
        await in_thread(import_ranking)
        file = cache.stamp(self.path)
        if self._index is None or file != self._file:
            index, self._prints = await in_thread(partial(cache.load, self.path, growing=False))
            self._file = file
            return index
        return self._index

    async def _documents(self, wanted: Iterable[int], report: Report | None) -> "AsyncIterator[list[Document]]":
        """The texts of these papers, some at a time: all at once are too many."""
        from bot.picking.vectors import Document

        pks = list(wanted)
        for start in range(0, len(pks), _TOGETHER):
            if some := [Document(*text) for text in await self._papers.texts(pks[start : start + _TOGETHER])]:
                yield some
            if report:
                report(min(start + _TOGETHER, len(pks)))


def _waited_for(some: "AsyncIterator[list[Document]]", loop: asyncio.AbstractEventLoop) -> "Iterator[Document]":
    """The same one by one, for a thread."""

    async def more() -> "list[Document]":
        return await anext(some, [])

    while found := asyncio.run_coroutine_threadsafe(more(), loop).result():
        yield from found


def _ended(renewing: "asyncio.Task[Index]") -> None:
    if not renewing.cancelled() and (err := renewing.exception()):
        log.warning("picking index not brought up to date", extra={"why": str(err)})


def import_ranking() -> None:
    """All that ranks, and numpy with it: for a thread, as the first time takes some tenths of a second.

    Its products are small: threads of OpenBLAS would keep other processors busy with waiting and gain nothing.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bot.picking import explain, ranker, similar, vectors  # noqa: F401


def _changed(held: Prints, wanted: Prints) -> Prints:
    """What is wanted and not held, or with another text."""
    return {pk: told for pk, told in wanted.items() if held.get(pk) != told}


def _beside(index: "Index", texts: list[tuple[int, str, str]]) -> "Index":
    from bot.picking.vectors import Document

    return index.beside(Document(*text) for text in texts)
