"""What channels have learned from reactions: fitted when votes, pinned words or follows change, kept, and recalled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

from bot.digests.fitting import FRESH, GROWN, index_version
from bot.digests.index import SETTLED
from bot.digests.pool import Fitted, Pool
from bot.model import Channel, Paper
from bot.store import Store
from bot.store.profiles import Kept
from bot.store.votes import Reactions
from bot.waiting import in_thread

if TYPE_CHECKING:
    from bot.picking.taste import Taste
    from bot.picking.vectors import Index

_MOST = 2_000  # tastes in memory


@dataclass(frozen=True, slots=True)
class _Fit:
    """A taste, the mark of what it was learned from, the stamp of the index it was fitted to where that is known,
    its papers, and when.
    """

    taste: "Taste"
    mark: str
    index: str
    papers: int
    at: datetime


class Taster:
    """One per process. A taste is plain terms and weights, so that it outlives the index it was fitted to."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._fits: dict[int, _Fit] = {}

    async def of(
        self, channel: Channel, fitted: Sequence[Fitted], index: "Index", reactions: Reactions | None = None
    ) -> "Taste | None":
        """The channel's taste as its votes are now; none where nobody has voted or pinned a word.

        reactions: the channel's, where they are at hand.
        """
        if reactions is None:
            reactions = await self._store.votes.of(channel)
        if not (reactions.liked or reactions.disliked or channel.pinned):
            return None
        mark = _mark(channel, reactions, fitted)
        known = self._fits.get(channel.pk)
        if known is None or not self._is_usable(known, mark, index):
            known = await self._recalled(channel)
        if known and self._is_usable(known, mark, index):
            return self._remember(channel, known)
        fit = await self._fit(channel, reactions, fitted, index, mark)
        if len(index) >= SETTLED:
            kept = Kept(index_version(), fit.taste.dumps(), fit.papers, fit.at, mark)
            await self._store.tastes.keep(channel, kept)
        return self._remember(channel, fit)

    async def waiting(self, index: "Index", most: int = 20) -> tuple[Channel, ...]:
        """Channels whose kept taste is out of date; none in a small store, where nothing is kept."""
        if len(index) < SETTLED:
            return ()
        version = index_version()
        return await self._store.tastes.missing(version, self._clock() - FRESH, int(len(index) / GROWN), most)

    async def _fit(
        self, channel: Channel, reactions: Reactions, fitted: Sequence[Fitted], index: "Index", mark: str
    ) -> _Fit:
        papers = await self._store.papers.get([*reactions.liked, *reactions.disliked])
        pool = Pool(papers, index, await self._store.sightings.scores(papers, self._clock()))
        taste = await in_thread(partial(_learned, channel, reactions, papers, pool, fitted))
        return _Fit(taste, mark, index.stamp, len(index), self._clock())

    async def _recalled(self, channel: Channel) -> _Fit | None:
        """What is kept of the channel."""
        from bot.picking.taste import Taste

        kept = await self._store.tastes.of(channel)
        if kept is None or kept.version != index_version():
            return None
        return _Fit(Taste.loads(kept.weights), kept.mark, "", kept.papers, kept.fitted_at)

    def _remember(self, channel: Channel, fit: _Fit) -> "Taste":
        if len(self._fits) >= _MOST:
            self._fits.clear()
        self._fits[channel.pk] = fit
        return fit.taste

    def _is_usable(self, known: _Fit, mark: str, index: "Index") -> bool:
        is_fresh = self._clock() - known.at < FRESH and known.papers * GROWN >= len(index)
        is_settled = len(index) >= SETTLED and is_fresh
        return known.mark == mark and (known.index == index.stamp or is_settled)


def _mark(channel: Channel, reactions: Reactions, fitted: Sequence[Fitted]) -> str:
    """Equal where a taste would be learned from the same."""
    follows = sorted((one.follow.kind, one.follow.key) for one in fitted)
    said = (reactions.liked, reactions.disliked, reactions.latest, channel.pinned, channel.removed, follows)
    return f"{crc32(repr(said).encode()):08x}"


def _learned(
    channel: Channel, reactions: Reactions, papers: Sequence[Paper], pool: Pool, fitted: Sequence[Fitted]
) -> "Taste":
    import numpy as np

    from bot.picking.taste import fit

    place = {papers[j].pk: j for j, row in enumerate(pool.rows.tolist()) if row >= 0}
    liked = [place[pk] for pk in reactions.liked if pk in place]
    disliked = [place[pk] for pk in reactions.disliked if pk in place]
    best = np.max([np.zeros(len(pool), np.float32), *(pool.scores(one) for one in fitted)], axis=0)
    rows = pool.rows
    topical = (best[liked], best[disliked]) if fitted else None
    authors = [papers[j].authors for j in liked], [papers[j].authors for j in disliked]
    voted = rows[liked].tolist(), rows[disliked].tolist()
    return fit(pool.index, *voted, topical, channel.pinned, channel.removed, authors)
