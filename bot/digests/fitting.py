"""Follows made ready to be matched: profiles fitted once a topic, kept, and fitted ahead of the digest."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from bot.digests.apart import FitsApart, Told
from bot.digests.index import SETTLED, IndexKeeper
from bot.digests.pool import Fitted
from bot.model import Follow
from bot.store import Store
from bot.store.profiles import Kept
from bot.waiting import in_thread

if TYPE_CHECKING:
    from bot.picking.profile import Profile
    from bot.picking.vectors import Index

FRESH = timedelta(days=7)  # a profile is fitted anew each week: the store grows
GROWN = 1.1  # how much larger a store may be than when a profile was fitted
_MOST = 5_000  # profiles in memory


@dataclass(frozen=True, slots=True)
class _Fit:
    """A profile, the stamp of the index it was fitted to where that is known, its papers, and when."""

    profile: "Profile"
    index: str
    papers: int
    at: datetime


class Fitter:
    """One per process. Profiles are plain terms and weights, so that they outlive the index they were fitted to."""

    def __init__(self, store: Store, keeper: IndexKeeper, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock
        self._fits: dict[str, _Fit] = {}
        self._here = asyncio.Lock()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by topic
        self.apart = FitsApart(keeper.path) if keeper.path else None
        self._is_warm = False

    async def fitted(self, follows: Sequence[Follow], index: "Index") -> list[Fitted]:
        """Each follow with what it takes to match it."""
        topics = [follow for follow in follows if follow.kind == "topic"]
        await self._recall([follow for follow in topics if not self._is_usable(follow.text, index)], index)
        found = []
        for follow in follows:
            if follow.kind == "topic":
                found.append(Fitted(follow, await self._profile(follow, index)))
            elif follow.kind == "like":
                found.append(Fitted(follow, seeds=await self._rows_of(follow, index)))
            else:
                found.append(Fitted(follow))
        return found

    async def prepare(self, most: int = 50) -> int:
        """Fit some topics ahead of their digests; how many there were to fit."""
        index = await self._keeper.fresh()
        if len(index) < SETTLED:
            return 0
        if self.apart and not self._is_warm:  # many come back at once to what was away for a while
            self.apart.want()
            self._is_warm = True
        version = index_version()
        since, least = self._clock() - FRESH, int(len(index) / GROWN)
        waiting = await self._store.profiles.missing(version, since, least, most)
        await self.fitted(waiting, index)
        for follow in waiting:
            await self._keep(follow, index)
        await in_thread(partial(_lay, index, [fit.profile for fit in self._fits.values()]))
        return len(waiting)

    async def _recall(self, follows: Sequence[Follow], index: "Index") -> None:
        """Take what is kept of these into memory."""
        if len(index) < SETTLED or not follows:
            return
        version = index_version()
        kept = await self._store.profiles.of([follow.pk for follow in follows], version)
        for text, fit in await in_thread(partial(_read, follows, kept)):
            self._remember(text, fit)

    async def _profile(self, follow: Follow, index: "Index") -> "Profile":
        if not self._is_usable(follow.text, index):
            async with self._turn_of(follow.text):  # several often follow the same at once
                if not self._is_usable(follow.text, index):
                    told = await self._fitted(follow.text, index)
                    self._remember(follow.text, _Fit(*told, len(index), self._clock()))
            await self._keep(follow, index)
        return self._fits[follow.text].profile

    def _turn_of(self, text: str) -> asyncio.Lock:
        turn = self._turns.get(text) or asyncio.Lock()
        self._turns[text] = turn
        return turn

    async def _fitted(self, text: str, index: "Index") -> Told:
        from bot.picking.meaning import meant
        from bot.picking.ranker import fit

        if told := await self._fitted_apart(text):
            return told
        if self.apart and self._here.locked() and len(index) >= SETTLED:
            self.apart.want()
        async with self._here:  # two at once would take twice as long
            told = await self._fitted_apart(text)
            return told or Told(await in_thread(lambda: fit(index, meant(index, text))), index.stamp)

    async def _fitted_apart(self, text: str) -> Told | None:
        return await self.apart.fit(text) if self.apart and self.apart.is_ready else None

    async def close(self) -> None:
        """End the process that fits topics, where there is one."""
        if self.apart:
            await self.apart.close()

    async def _keep(self, follow: Follow, index: "Index") -> None:
        known = self._fits[follow.text]
        if follow.pk and len(index) >= SETTLED and known.profile.trust:
            kept = Kept(index_version(), known.profile.dumps(), known.papers, known.at)
            await self._store.profiles.keep(follow.pk, kept)

    def _is_usable(self, text: str, index: "Index") -> bool:
        known = self._fits.get(text)
        if known is None:
            return False
        is_settled = len(index) >= SETTLED and known.profile.trust > 0
        is_fresh = self._clock() - known.at < FRESH and known.papers * GROWN >= len(index)
        return known.index == index.stamp or (is_settled and is_fresh)

    def _remember(self, text: str, fit: _Fit) -> None:
        if len(self._fits) >= _MOST:
            del self._fits[next(iter(self._fits))]  # the oldest: others may be about to use what is new
        self._fits[text] = fit

    async def _rows_of(self, follow: Follow, index: "Index") -> tuple[int, ...]:
        seed = await self._store.papers.by_id(follow.key)
        return tuple(row for row, pk in enumerate(index.pks.tolist()) if seed and pk == seed.pk)


@cache
def index_version() -> str:
    """Of the index, which is there already: so nothing is imported on the loop."""
    from bot.picking.vectors import VERSION

    return str(VERSION)


def _read(follows: Sequence[Follow], kept: Mapping[int, Kept]) -> list[tuple[str, _Fit]]:
    from bot.picking.profile import Profile

    known = [(follow.text, kept[follow.pk]) for follow in follows if follow.pk in kept]
    return [(text, _Fit(Profile.loads(one.weights), "", one.papers, one.fitted_at)) for text, one in known]


def _lay(index: "Index", profiles: Iterable["Profile"]) -> None:
    """Turn a new index over, and find the terms and the papers of these profiles in it, before anybody waits for it."""
    index.by_term()
    for profile in profiles:
        for sign in (*profile.heard, *profile.alike):
            index.weighed(sign)
        index.rows_of(profile.teachers)
        if profile.training is not None:
            index.rows_of(profile.training.own)
            index.toward(profile.training.kin)
