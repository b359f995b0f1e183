"""The picker's index of the stored papers: kept in a file beside the database, brought up to date when asked for."""

import asyncio
import gc
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.store.papers import Papers
from bot.waiting import in_thread

if TYPE_CHECKING:
    from bot.picking.vectors import Index

log = logging.getLogger(__name__)

MOST = 16_384  # newest papers: more gain next to nothing, and these are counted in under 300 MB of memory
_LEFT_SECONDS = 3_600
_TOGETHER = 500  # papers


class IndexKeeper:
    """One index per database. The file is a cache: lost, damaged or of another version, it is built again."""

    def __init__(self, papers: Papers, path: Path | None, most: int = MOST) -> None:
        self._papers = papers
        self._path = path
        self._most = most
        self._index: Index | None = None
        self._prints: dict[int, int] = {}
        self._lock = asyncio.Lock()

    async def fresh(self, report: Callable[[int], None] | None = None) -> "Index":
        """The index of the newest papers as they are now. Reading new texts is reported by count.

        Ranking imports numpy, so the first call of a process takes some tenths of a second.
        """
        async with self._lock:
            await in_thread(_imported)
            wanted = dict(await self._papers.fingerprints(self._most))
            index = self._index or await self._loaded(growing=False)
            if self._prints != wanted:
                index = await self._extended(index, wanted, report)
                self._prints = {pk: wanted[pk] for pk in index.pks.tolist()}
                await in_thread(partial(self._save, index))
            if index is not self._index:
                gc.freeze()  # what lives as long as the index is not looked through again: that held the loop 0.1 s
            self._index = index
            return index

    async def _extended(
        self, index: "Index", wanted: Mapping[int, int], report: Callable[[int], None] | None
    ) -> "Index":
        from bot.picking.vectors import Document

        if index.growth is None:
            index = await self._loaded(growing=True)
        changed = [pk for pk, fingerprint in wanted.items() if self._prints.get(pk) != fingerprint]
        loop = asyncio.get_running_loop()

        def documents() -> Iterator[Document]:  # read in a thread, some at a time: all the texts at once are too many
            for start in range(0, len(changed), _TOGETHER):
                texts = self._papers.texts(changed[start : start + _TOGETHER])
                for text in asyncio.run_coroutine_threadsafe(texts, loop).result():
                    yield Document(*text)

        return await in_thread(partial(index.extended, documents(), wanted.keys(), report))

    async def _loaded(self, *, growing: bool) -> "Index":
        index, self._prints = await in_thread(partial(self._load, growing=growing))
        return index

    def _load(self, *, growing: bool) -> tuple["Index", dict[int, int]]:
        import numpy as np

        from bot.picking.vectors import VERSION, Index

        if self._path is not None and self._path.is_file():
            try:
                with np.load(self._path, allow_pickle=False) as arrays:
                    if int(arrays["version"][0]) == VERSION:
                        index = Index.from_arrays(arrays, growing=growing)
                        return index, dict(zip(index.pks.tolist(), arrays["prints"].tolist(), strict=True))
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as err:
                log.warning("picking index unreadable, built again", extra={"path": str(self._path), "why": str(err)})
        return Index.build(()), {}

    def _save(self, index: "Index") -> None:
        """Write the file whole beside itself, then swap: a kill at any moment leaves the old one or the new one."""
        import numpy as np

        if self._path is None:
            return
        prints = np.array([self._prints[pk] for pk in index.pks.tolist()], np.int64)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f"{self._path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez(file, prints=prints, **index.to_arrays())  # type: ignore[arg-type]
                Path(name).replace(self._path)
                _sweep(self._path)
            except BaseException:
                Path(name).unlink()
                raise
        except OSError as err:
            log.warning("picking index not kept", extra={"path": str(self._path), "why": str(err)})


def _imported() -> None:
    """In a thread, as the first time all that ranks comes with it, and numpy."""
    from bot.picking import explain, ranker, similar, vectors  # noqa: F401


def _sweep(path: Path) -> None:
    """Remove what killed processes left half written: over an hour older than the file that was just finished."""
    now = path.stat().st_mtime
    for left in path.parent.glob(f"{path.name}.*"):
        with suppress(OSError):  # another process was faster
            if now - left.stat().st_mtime > _LEFT_SECONDS:
                left.unlink()
