"""The papers that are looked at for whoever waits, read once however many ask."""

import asyncio
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.digests.pool import Pool
from bot.model import Paper
from bot.store.papers import Papers

if TYPE_CHECKING:
    from bot.picking.vectors import Index

DAYS = 7
_MOST = 20_000  # papers that stay in memory
_TOGETHER = timedelta(minutes=1)  # who asks so much earlier asks at the same time


class Week:
    """The papers listed in the last seven days; where none is that recent, all of them."""

    def __init__(self, papers: Papers) -> None:
        self._papers = papers
        self._turn = asyncio.Lock()
        self._revision = ""
        self._since = datetime.max.replace(tzinfo=UTC)
        self._held: tuple[Paper, ...] = ()
        self._is_recent = False
        self._pool: Pool | None = None

    async def look(self, now: datetime) -> tuple[tuple[Paper, ...], bool]:
        """The papers, newest first, and whether they are recent ones."""
        async with self._turn:
            since = now - timedelta(days=DAYS)
            revision = await self._papers.revision()
            if not revision or revision != self._revision or since < self._since - _TOGETHER:
                await self._read(since)
                self._revision = revision if len(self._held) <= _MOST else ""
            elif self._is_recent:
                self._let_go(since)
                if not self._held:
                    await self._read(since)
            return self._held, self._is_recent

    def pool(self, papers: tuple[Paper, ...], index: "Index") -> Pool:
        """These papers beside the index: the pool of those that asked before, where they are the same."""
        if self._pool is None or self._pool.papers is not papers or self._pool.index is not index:
            self._pool = Pool(papers, index)
        return self._pool

    async def _read(self, since: datetime) -> None:
        recent = await self._papers.listed_since(since)
        self._held = recent or await self._papers.listed_since(None)
        self._since, self._is_recent = since, bool(recent)

    def _let_go(self, since: datetime) -> None:
        """Of what was listed before then."""
        kept = bisect_right(self._held, -since.timestamp(), key=lambda paper: -paper.listed_at.timestamp())
        if kept < len(self._held):
            self._held = self._held[:kept]
        self._since = since
