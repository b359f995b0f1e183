"""Which of the papers that fit make a digest: a fair share for each follow, variety, silence below the bar."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.picking.profile import BAR

ALIKE = 0.8  # cosine above which two papers say the same

Likeness = Callable[[int, int], float]  # of two rows of the index, 0..1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper as one follow sees it.

    pk names the paper, `row` is its place in the index; `follow` is the place of the follow among the channel's.
    by_author: it is by somebody followed, so the bar does not apply. listed: a timestamp, larger is newer.
    """

    pk: int
    score: float
    follow: int
    by_author: bool
    listed: float
    row: int


def choose(
    candidates: Sequence[Candidate],
    size: int,
    similarity: Likeness,
    top: Mapping[int, int] | None = None,
    bar: float = BAR,
) -> list[Candidate]:
    """At most `size` papers, each once, in the order to show: followed authors first, then the best.

    Follows take turns: each gives its best before any gives a second. top: the most that a follow may give.
    A paper too like one already chosen waits for good, unless it is by somebody followed.
    """
    limits = top or {}
    waiting = sorted((one for one in candidates if one.by_author or one.score >= bar), key=_order)
    chosen: list[Candidate] = []
    given: Counter[int] = Counter()
    while waiting and len(chosen) < size:
        best = min(waiting, key=lambda one: (not one.by_author, given[one.follow], *_order(one)))
        waiting.remove(best)
        if given[best.follow] >= limits.get(best.follow, size) or _repeats(best, chosen, similarity):
            continue
        chosen.append(best)
        given[best.follow] += 1
        waiting = [one for one in waiting if one.pk != best.pk]
    return sorted(chosen, key=_order)


def _order(one: Candidate) -> tuple[bool, float, float, int, int]:
    return not one.by_author, -one.score, -one.listed, one.pk, one.follow


def _repeats(one: Candidate, chosen: Sequence[Candidate], similarity: Likeness) -> bool:
    return not one.by_author and any(similarity(one.row, other.row) > ALIKE for other in chosen)
