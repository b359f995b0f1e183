"""Picking for a channel: brings papers, follows and the index together, off the event loop."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.adapter import ref_of
from bot.digests import compose
from bot.digests.compose import NO_VOTES, Tally, Weighed
from bot.digests.fitting import Fitter
from bot.digests.index import IndexKeeper
from bot.digests.meanings import Meaning, meanings
from bot.digests.pool import Pool
from bot.digests.proposals import Rarity
from bot.digests.tasting import Taster
from bot.digests.verdict import Verdict, judge
from bot.digests.week import DAYS as WEEK
from bot.digests.week import Week
from bot.model import Channel, Follow, Paper, Pick
from bot.store import Store
from bot.store.votes import Reactions
from bot.text import shorten
from bot.waiting import in_thread

if TYPE_CHECKING:
    from bot.picking.explain import Learned
    from bot.picking.taste import Taste
    from bot.picking.vectors import Index

BY_SIGHT = ("feed", "trending")  # follows that go by where papers were seen
UNHEARD = 8.0  # idf of a phrase that no stored paper says: that of one in 3,000


@dataclass(frozen=True, slots=True)
class Look:
    """What picking found: the picks, out of how many papers; and the nearest one where nothing fits.

    is_recent: only papers listed in the days asked for were looked at, not the whole store.
    """

    picks: tuple[Pick, ...]
    looked_at: int
    over_bar: int
    is_recent: bool
    nearest: Paper | None = None

    @property
    def nearest_line(self) -> str:
        return f"Closest: “{shorten(self.nearest.title, 80)}”." if self.nearest else ""


@dataclass(frozen=True, slots=True)
class Matches:
    """How many of the papers looked at fit some follows; what each topic is taken for; and which no paper knows."""

    looked_at: int
    count: int
    is_recent: bool
    unknown: tuple[str, ...]
    meanings: tuple[Meaning, ...]


class Selection:
    """Everything that ranks. Ranking imports numpy, so nothing here is paid for before it is asked for."""

    def __init__(self, store: Store, keeper: IndexKeeper, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock
        self.fitter = Fitter(store, keeper, clock)
        self.taster = Taster(store, clock)
        self._week = Week(store.papers)

    async def close(self) -> None:
        """Leave nothing running."""
        await self.fitter.close()

    async def prepare(self) -> int:
        """Fit some topics and tastes ahead of their digests; how many there were to fit."""
        topics = await self.fitter.prepare()
        index = await self._keeper.fresh()
        waiting = await self.taster.waiting(index)
        for channel in waiting:
            follows = await self._store.follows.of(channel)
            await self.taster.of(channel, await self.fitter.fitted(follows, index), index)
        return topics + len(waiting)

    async def pick(
        self, channel: Channel, follows: tuple[Follow, ...], now: datetime, *, days: int, shown_too: bool = False
    ) -> Look:
        """The picks for these follows among papers listed in the last days, or among all where none is that recent.

        What the channel was ever shown is left out, except with `shown_too`.
        """
        papers, is_recent = await self._papers(now, days)
        shown = frozenset() if shown_too else await self._store.digests.shown(channel)
        tally = await self._tally(channel, now - timedelta(days=days))
        pool = await self._pool_of(papers, follows)
        weigh = await self._weighing(channel, follows, pool, shown & pool.pks, tally)
        return await in_thread(lambda: look(weigh(), channel.size, is_recent=is_recent))

    async def matches(self, channel: Channel, follows: tuple[Follow, ...], now: datetime) -> Matches:
        """How many papers of the last week (or of all) fit at least one of the follows."""
        papers, is_recent = await self._papers(now, WEEK)
        weigh = await self._weighing(channel, follows, await self._pool_of(papers, follows))
        return await in_thread(lambda: _matches(weigh(), is_recent=is_recent))

    async def fitting(self, papers: Sequence[Paper], follow: Follow) -> frozenset[int]:
        """Those of the papers (pk) that fit a follow, whoever asks."""
        pool = await self._pool(papers, await self._keeper.at_hand())
        fitted = await self.fitter.fitted([follow], pool.index)
        found = await in_thread(lambda: {one.id for one in compose.candidates(compose.weigh(pool, fitted, ()))})
        return frozenset(paper.pk for paper in papers if paper.id in found)

    async def meanings(self, follows: Sequence[Follow]) -> tuple[Meaning, ...]:
        """What each topic among these follows is taken for here."""
        index = await self._keeper.at_hand()
        fitted = await self.fitter.fitted([follow for follow in follows if follow.kind == "topic"], index)
        return await in_thread(partial(meanings, index, fitted))

    async def similar(self, seed: Paper, most: int) -> tuple[Paper, ...]:
        """Stored papers like this one, newest first among the `most` that are most alike."""
        index = await self._keeper.at_hand()
        pks = await in_thread(partial(_alike, index, seed.pk, most))
        papers = await self._store.papers.get(pks)
        return tuple(sorted(papers, key=lambda paper: paper.published_at or paper.listed_at, reverse=True))

    async def rarity(self) -> Rarity:
        """How rare a phrase is among the stored papers: the idf of its rarest pair of words, or of its only word."""
        index = await self._keeper.at_hand()

        def of(words: Sequence[str]) -> float:
            terms = [" ".join(pair) for pair in pairwise(words)] or list(words)
            return max(float(index.idf[index.column[term]]) if term in index.column else UNHEARD for term in terms)

        return of

    async def learned(self, channel: Channel) -> "Learned":
        """The words that the channel's votes have taught, with their weights; none where nobody has voted."""
        follows = await self._store.follows.of(channel)
        index = await self._keeper.at_hand()
        taste = await self.taster.of(channel, await self.fitter.fitted(follows, index), index)
        liked = await self._store.papers.get(taste.liked) if taste else ()
        return await in_thread(partial(_learned, index, taste, channel, liked))

    async def telling(self, paper: Paper, most: int) -> tuple[str, ...]:
        """The phrases that tell a paper from others most; none of a paper that is not in the index."""
        index = await self._keeper.at_hand()
        return await in_thread(partial(_telling, index, paper.pk, most))

    async def verdict(self, channel: Channel, paper: Paper, now: datetime) -> Verdict:
        """How one paper stands with a channel's follows."""
        follows = await self._store.follows.of(channel)
        if not follows:
            return Verdict(False, "", (), "this channel follows nothing yet. Try /papers follow recsys")
        seen = await self._store.digests.seen(ref_of(channel), paper.pk)
        papers, _ = await self._papers(now, WEEK)
        shown = await self._store.digests.shown(channel)
        others = (one for one in papers if one.pk != paper.pk and one.pk not in shown)
        tally = await self._tally(channel, now - timedelta(days=WEEK))
        pool = await self._pool((paper, *others), await self._keeper.at_hand())
        weigh = await self._weighing(channel, follows, pool, tally=tally)
        shown_on = max((one.day for one in seen if one.is_here), default=None)
        is_old = all(one.pk != paper.pk for one in papers)
        return await in_thread(lambda: judge(weigh(), channel, shown_on, WEEK if is_old else None))

    async def pool(self, papers: Sequence[Paper]) -> Pool:
        """These papers, ready to be weighed for any number of channels."""
        return await self._pool(papers, await self._keeper.fresh())

    async def foresee(self, pool: Pool, follows: Sequence[Follow]) -> None:
        """Score a pool for the follows of many channels, all at once."""
        fitted = await self.fitter.fitted(follows, pool.index)
        await in_thread(partial(pool.foresee, fitted))

    async def look(
        self, pool: Pool, channel: Channel, follows: Sequence[Follow], mutes: Sequence[Follow], size: int,
        held_back: Callable[[], Collection[int]] = frozenset, since: datetime | None = None,
        tally: Tally = NO_VOTES, reactions: Reactions | None = None,
    ) -> Look:  # fmt: skip
        """The channel's picks from a pool. held_back: tells, in a thread, the papers (pk) that are not to be chosen.

        since, tally: as for `compose.weigh`. reactions: the channel's, where they are at hand.
        """
        fitted = await self.fitter.fitted(follows, pool.index)
        taste = await self.taster.of(channel, fitted, pool.index, reactions)

        def looked() -> Look:
            return look(compose.weigh(pool, fitted, mutes, held_back(), since, taste, tally), size)

        return await in_thread(looked)

    async def _papers(self, now: datetime, days: int) -> tuple[tuple[Paper, ...], bool]:
        """The papers to look at, and whether they are recent ones only."""
        if days == WEEK:
            return await self._week.look(now)
        recent = await self._store.papers.listed_since(now - timedelta(days=days))
        return recent or await self._store.papers.listed_since(None), bool(recent)

    async def _pool(self, papers: Sequence[Paper], index: "Index") -> Pool:
        return Pool(papers, index, await self._store.sightings.scores(papers, self._clock()))

    async def _pool_of(self, papers: tuple[Paper, ...], follows: Sequence[Follow]) -> Pool:
        """The papers for somebody who waits, by the index at hand: shared with others who wait, as far as may be."""
        index = await self._keeper.at_hand()
        if any(follow.kind in BY_SIGHT for follow in follows):
            return await self._pool(papers, index)
        return self._week.pool(papers, index)

    async def _weighing(
        self, channel: Channel, follows: tuple[Follow, ...], pool: Pool, held_back: Collection[int] = frozenset(),
        tally: Tally = NO_VOTES,
    ) -> Callable[[], Weighed]:  # fmt: skip
        """What weighs a pool for a channel, for a thread."""
        mutes = await self._store.follows.of(channel, "mute")
        fitted = await self.fitter.fitted(follows, pool.index)
        taste = await self.taster.of(channel, fitted, pool.index)
        return partial(compose.weigh, pool, fitted, mutes, held_back=held_back, taste=taste, tally=tally)

    async def _tally(self, channel: Channel, since: datetime) -> Tally:
        heats = await self._store.sightings.heats(since.date(), self._clock().date())
        return Tally(heats, await self._store.votes.sums(channel))


def look(weighed: Weighed, size: int, *, is_recent: bool = True) -> Look:
    """The picks, and what there is to say of the papers looked at."""
    found = compose.candidates(weighed)
    picks = compose.picks(weighed, found, size)
    over = len({one.id for one in found})
    nearest = None if picks else compose.nearest(weighed)
    return Look(picks, len(weighed.pool) - len(weighed.held_back), over, is_recent, nearest)


def _matches(weighed: Weighed, *, is_recent: bool) -> Matches:
    count = len({found.id for found in compose.candidates(weighed)})
    unknown = tuple(one.follow.name for one in weighed.fitted if one.profile is not None and not one.profile.trust)
    return Matches(len(weighed.pool), count, is_recent, unknown, meanings(weighed.pool.index, weighed.fitted))


def _learned(index: "Index", taste: "Taste | None", channel: Channel, liked: Sequence[Paper]) -> "Learned":
    from bot.picking.explain import Learned, learned

    return learned(index, taste, channel.pinned, [paper.authors for paper in liked]) if taste else Learned()


def _telling(index: "Index", pk: int, most: int) -> tuple[str, ...]:
    from bot.picking.explain import telling

    rows = (index.pks == pk).nonzero()[0].tolist()
    return telling(index, rows[0], most) if rows else ()


def _alike(index: "Index", pk: int, most: int) -> list[int]:
    import numpy as np

    from bot.picking.similar import SIMILAR_BAR, similar

    rows = np.flatnonzero(index.pks == pk)
    if not len(rows):
        return []
    scores = similar(index, rows, np.arange(len(index), dtype=np.int64))
    scores[rows] = 0
    best = np.argsort(-scores, kind="stable")[:most]
    return [int(index.pks[row]) for row in best if scores[row] >= SIMILAR_BAR]
