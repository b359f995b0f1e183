"""The papers that digests choose from, scored once for every different follow however many channels share it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from bot import authors
from bot.model import Follow, Paper

if TYPE_CHECKING:
    from bot.picking.entries import Entries
    from bot.picking.profile import Profile
    from bot.picking.taste import Appeal, Taste
    from bot.picking.vectors import FloatArray, Index, IntArray

_MOST_SCORED = 2_000  # follows whose scores are remembered
_ROUNDING = 1e-4  # of sums in single precision
PLAIN = 0.6  # the score of a paper that answers a category or a venue: it fits by a fact, not by its words


@dataclass(frozen=True, slots=True)
class Fitted:
    """A follow ready to be matched: a topic's profile, or the rows of the paper that it wants the like of."""

    follow: Follow
    profile: "Profile | None" = None
    seeds: tuple[int, ...] = ()


class Pool:
    """Papers beside the index. rows: of each paper in the index, -1 where it is not in.

    votes: by kind and key of a follow that goes by where papers were seen (`feed`, `trending`), the score of each
    paper (pk) seen there. Several threads may ask at once.
    """

    def __init__(
        self, papers: Sequence[Paper], index: "Index", seen: Mapping[tuple[str, str], Mapping[int, float]] | None = None
    ) -> None:
        self.papers = papers
        self.index = index
        self.seen = seen or {}
        self._turn = Lock()
        self._scores: dict[tuple[str, str], tuple[Profile | None, FloatArray]] = {}
        self._alike: dict[tuple[int, int], float] = {}
        self._outlines: dict[int, FloatArray] = {}

    def __len__(self) -> int:
        return len(self.papers)

    @cached_property
    def rows(self) -> "IntArray":
        import numpy as np

        wanted = np.array([paper.pk for paper in self.papers], np.int64)
        pks = self.index.pks  # sorted
        place = np.minimum(np.searchsorted(pks, wanted), max(len(pks) - 1, 0))
        return np.where(pks[place] == wanted, place, -1) if len(pks) else np.full(len(wanted), -1, np.int64)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each paper stands, by its id."""
        return {paper.id: place for place, paper in enumerate(self.papers)}

    @cached_property
    def listed(self) -> Sequence[float]:
        """When each paper was listed, as a timestamp."""
        return [paper.listed_at.timestamp() for paper in self.papers]

    @cached_property
    def pks(self) -> frozenset[int]:
        return frozenset(paper.pk for paper in self.papers)

    def likeness(self, first: int, second: int) -> float:
        """The cosine of two papers, by their rows in the index; if it is surely below what counts, a bound of it."""
        from bot.picking.similar import cosine
        from bot.picking.slate import ALIKE

        pair = (first, second) if first < second else (second, first)
        if pair not in self._alike:
            bound = float(self._outline(first) @ self._outline(second))
            self._alike[pair] = bound if bound < ALIKE - _ROUNDING else cosine(self.index, *pair)
        return self._alike[pair]

    def scores(self, one: Fitted) -> "FloatArray":
        """How well each paper fits the follow, 0..1, whatever its filters say."""
        return self.foresee([one])[0]

    def foresee(self, many: Iterable[Fitted]) -> "list[FloatArray]":
        """Score the papers for these follows, profiles all at once, so that `scores` has only to tell."""
        wanted = list(many)
        with self._turn:
            fresh = {_key(one): one for one in wanted if not self._is_scored(one)}
            if len(self._scores) + len(fresh) > _MOST_SCORED:
                self._scores.clear()
                fresh = {_key(one): one for one in wanted}
            for key, scores in zip(fresh, self._scored(list(fresh.values())), strict=True):
                self._scores[key] = fresh[key].profile, scores
            return [self._scores[_key(one)][1] for one in wanted]

    def _is_scored(self, one: Fitted) -> bool:
        known = self._scores.get(_key(one))
        return known is not None and known[0] is one.profile

    def appeal(self, taste: "Taste") -> "Appeal":
        """How each paper stands with a channel's taste; one that is not in the index is nothing special."""
        import numpy as np

        from bot.picking.taste import Appeal, appeal_of

        found = Appeal(np.zeros(len(self), np.float32), np.zeros(len(self), np.bool_), np.zeros(len(self), np.bool_))
        if len(self._known):
            for whole, known in zip(found, appeal_of(self._entries, self.index, taste, self._by_person), strict=True):
                whole[self._known] = known
        return found

    def _scored(self, many: Sequence[Fitted]) -> "Iterator[FloatArray]":
        import numpy as np

        from bot.picking.ranker import score_all

        profiles = [one.profile for one in many if one.profile is not None]
        found = np.zeros((len(profiles), len(self)), np.float32)  # a paper that is not in the index has 0
        if profiles and len(self._known):
            found[:, self._known] = score_all(self._entries, profiles)
        told = iter(found)
        return (next(told) if one.profile else self._scored_by_fact(one) for one in many)

    def _scored_by_fact(self, one: Fitted) -> "FloatArray":
        import numpy as np

        follow = one.follow
        found = np.zeros(len(self), np.float32)
        match follow.kind:
            case "author":
                found[self._places_of(follow.text)] = 1.0
            case "category":
                found[self._in_category(follow.text)] = PLAIN
            case "venue":
                wanted = follow.text.casefold()
                found[[wanted in paper.venue.casefold() for paper in self.papers]] = PLAIN
            case "like":
                self._score_likeness(one, found)
            case "feed" | "trending":
                seen = self.seen.get((follow.kind, follow.key), {})
                found[:] = [seen.get(paper.pk, 0.0) for paper in self.papers]
            case _:
                pass
        return found

    def _score_likeness(self, one: Fitted, found: "FloatArray") -> None:
        import numpy as np

        from bot.picking.profile import BAR
        from bot.picking.similar import SIMILAR_BAR, similar

        if not len(self._known) or not one.seeds:
            return
        rows = self.rows[self._known]
        alike = similar(self.index, np.asarray(one.seeds, np.int64), rows)
        alike = np.minimum(1.0, alike * (BAR / SIMILAR_BAR))
        found[self._known] = np.where(np.isin(rows, one.seeds), 0.0, alike)

    def _places_of(self, name: str) -> list[int]:
        """Where the papers stand that somebody of this name may have written."""
        near = dict.fromkeys(place for key in authors.keys(name) for place in self._by_surname.get(key, ()))
        return [place for place in near if authors.any_same(name, self.papers[place].authors)]

    def _in_category(self, wanted: str) -> list[int]:
        low = wanted.casefold()
        return [
            place
            for known, places in self._by_category.items()
            if known == low or known.startswith(f"{low}.")
            for place in places
        ]

    @cached_property
    def _known(self) -> "IntArray":
        """Places of the papers that are in the index."""
        import numpy as np

        return np.flatnonzero(self.rows >= 0)

    @cached_property
    def _entries(self) -> "Entries":
        from bot.picking.entries import Entries

        return Entries.of(self.index, self.rows[self._known])

    def _outline(self, row: int) -> "FloatArray":
        from bot.picking.similar import outline

        if row not in self._outlines:
            self._outlines[row] = outline(self.index, row)
        return self._outlines[row]

    @cached_property
    def _by_person(self) -> Mapping[str, Sequence[int]]:
        """Where each author's papers stand among those that are in the index."""
        from bot.picking.people import places

        return places(self.papers[place].authors for place in self._known.tolist())

    @cached_property
    def _by_surname(self) -> Mapping[str, Sequence[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, paper in enumerate(self.papers):
            for surname in {authors.surname(name) for name in paper.authors}:
                found[surname].append(place)
        return found

    @cached_property
    def _by_category(self) -> Mapping[str, Sequence[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, paper in enumerate(self.papers):
            for category in {known.casefold() for known in paper.categories}:
                found[category].append(place)
        return found


def _key(one: Fitted) -> tuple[str, str]:
    return one.follow.kind, one.follow.text if one.follow.kind == "topic" else one.follow.key
