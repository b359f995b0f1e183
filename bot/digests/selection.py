"""Picking for a channel: brings papers, follows and the index together, off the event loop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.digests import compose
from bot.digests.compose import Fitted, Weighed
from bot.digests.index import IndexKeeper
from bot.model import Channel, Follow, Paper, Pick
from bot.store import Store
from bot.text import day, shorten
from bot.waiting import in_thread

if TYPE_CHECKING:
    from bot.picking.vectors import Index

WEEK = 7  # days


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
    """How many of the papers looked at fit some follows, and which of these no paper knows at all."""

    looked_at: int
    count: int
    is_recent: bool
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of an explanation."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a paper fits a channel's follows, why, and why it was not picked if it was not."""

    fits: bool
    why: str
    reasons: tuple[Reason, ...]
    whynot: str


class Selection:
    """Everything that ranks. Ranking imports numpy, so nothing here is paid for before it is asked for."""

    def __init__(self, store: Store, keeper: IndexKeeper) -> None:
        self._store = store
        self._keeper = keeper

    async def pick(
        self, channel: Channel, follows: tuple[Follow, ...], now: datetime, *, days: int, shown_too: bool = False
    ) -> Look:
        """The picks for these follows among papers listed in the last days, or among all where none is that recent.

        What the channel was ever shown is left out, except with `shown_too`.
        """
        pool = await self._pool(channel, now, days)
        if not shown_too:
            pool = replace(pool, papers=tuple(paper for paper in pool.papers if paper.pk not in pool.shown))
        weighed, index = await self._weighed(channel, follows, pool.papers)
        return await in_thread(partial(_look, weighed, index, channel.size, pool.is_recent))

    async def matches(self, channel: Channel, follows: tuple[Follow, ...], now: datetime) -> Matches:
        """How many papers of the last week (or of all) fit at least one of the follows."""
        pool = await self._pool(channel, now, WEEK)
        weighed, _ = await self._weighed(channel, follows, pool.papers)
        count = len({found.pk for found in compose.candidates(weighed)})
        unknown = tuple(one.follow.name for one in weighed.fitted if one.profile is not None and not one.profile.trust)
        return Matches(len(pool.papers), count, pool.is_recent, unknown)

    async def similar(self, seed: Paper, most: int) -> tuple[Paper, ...]:
        """Stored papers like this one, newest first among the `most` that are most alike."""
        index = await self._keeper.fresh()
        pks = await in_thread(partial(_alike, index, seed.pk, most))
        papers = await self._store.papers.get(pks)
        return tuple(sorted(papers, key=lambda paper: paper.published_at or paper.listed_at, reverse=True))

    async def verdict(self, channel: Channel, paper: Paper, now: datetime) -> Verdict:
        """How one paper stands with a channel's follows."""
        follows = await self._store.follows.of(channel)
        if not follows:
            return Verdict(False, "", (), "this channel follows nothing yet. Try /papers follow recsys")
        seen = await self._store.digests.seen(channel, paper.pk)
        pool = await self._pool(channel, now, WEEK)
        others = tuple(one for one in pool.papers if one.pk != paper.pk and one.pk not in pool.shown)
        weighed, index = await self._weighed(channel, follows, (paper, *others))
        shown_on = max((one.day for one in seen if one.is_here), default=None)
        is_in_pool = any(one.pk == paper.pk for one in pool.papers)
        return await in_thread(partial(_verdict, weighed, index, shown_on, is_in_pool=is_in_pool, size=channel.size))

    async def _pool(self, channel: Channel, now: datetime, days: int) -> "_Pool":
        recent = await self._store.papers.listed_since(now - timedelta(days=days))
        papers = recent or await self._store.papers.listed_since(None)
        return _Pool(papers, bool(recent), await self._store.digests.shown(channel))

    async def _weighed(
        self, channel: Channel, follows: tuple[Follow, ...], papers: tuple[Paper, ...]
    ) -> "tuple[Weighed, Index]":
        index = await self._keeper.fresh()
        mutes = await self._store.follows.of(channel, "mute")
        fitted = await self._fitted(follows, index)
        return await in_thread(partial(compose.weigh, papers, fitted, mutes, index)), index

    async def _fitted(self, follows: Sequence[Follow], index: "Index") -> list[Fitted]:
        from bot.picking.ranker import fit
        from bot.picking.topics import Topic

        fitted = []
        for follow in follows:
            if follow.kind == "topic":
                fitted.append(Fitted(follow, await in_thread(partial(fit, index, Topic.parse(follow.text)))))
            elif follow.kind == "like":
                seed = await self._store.papers.by_id(follow.key)
                rows = [row for row, pk in enumerate(index.pks.tolist()) if seed and pk == seed.pk]
                fitted.append(Fitted(follow, seeds=tuple(rows)))
            else:
                fitted.append(Fitted(follow))
        return fitted


@dataclass(frozen=True, slots=True)
class _Pool:
    """The papers that may be looked at, and which of all papers the channel was ever shown."""

    papers: tuple[Paper, ...]
    is_recent: bool
    shown: frozenset[int]


def _look(weighed: Weighed, index: "Index", size: int, is_recent: bool) -> Look:
    over = {found.pk for found in compose.candidates(weighed)}
    picks = compose.choose(weighed, size, index)
    return Look(picks, len(weighed.papers), len(over), is_recent, None if picks else _nearest(weighed))


def _nearest(weighed: Weighed) -> Paper | None:
    best, nearest = 0.0, None
    for scores, admitted in zip(weighed.scores, weighed.admitted, strict=True):
        for paper, score, is_in in zip(weighed.papers, scores, admitted, strict=True):
            if is_in and score > best:
                best, nearest = score, paper
    return nearest


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


def _verdict(weighed: Weighed, index: "Index", shown_on: date | None, *, is_in_pool: bool, size: int) -> Verdict:
    """On the first of the weighed papers; the others are those that it stands against."""
    from bot.picking.profile import BAR

    best = max(range(len(weighed.fitted)), key=lambda i: weighed.scores[i][0])
    follow, score = weighed.fitted[best].follow, weighed.scores[best][0]
    fits = any(
        scores[0] >= BAR and admitted[0] for scores, admitted in zip(weighed.scores, weighed.admitted, strict=True)
    )
    rivals = zip(weighed.scores[best][1:], weighed.admitted[best][1:], strict=True)
    rank = 1 + sum(other > score for other, is_admitted in rivals if is_admitted)
    figures = f"ranked {rank:,} of {len(weighed.papers):,} for {follow.name}, score {score:.2f}, bar {BAR:.2f}"
    if shown_on:
        whynot = f"it was picked, and shown here on {day(shown_on)}."
    elif 0 in weighed.muted_by:
        whynot = f"muted here by “{weighed.muted_by[0]}”. To show it: /papers unmute {weighed.muted_by[0]}"
    elif score >= BAR and not fits:
        conditions = str(follow.filters) or follow.text
        whynot = f"it fits {follow.name} ({score:.2f}), but the filters of that follow leave it out: {conditions}."
    elif not fits:
        whynot = f"it fits nothing followed here: {figures}."
    elif not is_in_pool:
        whynot = "it fits, but it was listed before the papers that a digest looks at now."
    elif rank > size:
        whynot = f"others come before it: {figures}; a digest has {size}."
    else:
        whynot = f"nothing stands against it: {figures}. It can come with the next digest."
    return Verdict(fits, compose.why_line(weighed, 0, index) if fits else "", _reasons(weighed, 0, index), whynot)


def _reasons(weighed: Weighed, place: int, index: "Index") -> tuple[Reason, ...]:
    from bot.picking.explain import parts
    from bot.picking.profile import BAR

    found = []
    for one, scores, admitted in zip(weighed.fitted, weighed.scores, weighed.admitted, strict=True):
        if scores[place] < BAR or not admitted[place]:
            continue
        detail = ""
        if one.profile is not None and weighed.rows[place] >= 0:
            told = parts(index, one.profile, weighed.rows[place])
            terms = ", ".join(f"{term} {weight:.2f}" for term, weight in told.terms[:6])
            detail = f"its own words {told.phrase:.2f}, related words {told.related:.2f}: {terms}"
        found.append(Reason(f"{one.follow.name}: {scores[place]:.2f}, bar {BAR:.2f}", detail))
    return tuple(found)
