"""Which of the papers that fit make a digest, be it of a day, of days that were missed, of a week or of a month.

How the follows of a channel mix in one list:

1. Every kind of follow scores papers on one scale, 0..1. A paper fits by a score of at least the bar, one by a followed
   author in any case. Nothing else is chosen, however empty the digest.
2. Papers by followed authors come first. Then follows take turns: each gives its best before any gives a second, and
   none gives more than its `top`.
3. The best is the one of the highest score, to which votes and freshness add a little (`worth`).
4. A paper too like one already chosen is passed over, unless it is by somebody followed.
5. What is chosen is shown by its worth, papers by followed authors first.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp2

from bot.picking.profile import BAR

ALIKE = 0.8  # cosine above which two papers say the same

# Priors, as shares of what a score lacks to 1: they order papers that fit about as well, and no more.
WARM, HOT = 0.1, 100.0  # how warm the paper is, as `trending` reckons it: all of it from so much on
LIKED, MOST_LIKED = 0.05, 0.2  # votes of the channel's own people, each and in all
FRESH, HALF_LIFE = 0.05, 3 * 86_400.0  # of the newest that fits; half of it for each so many seconds before

Likeness = Callable[[int, int], float]  # of two rows of the index, 0..1
_Order = tuple[bool, float, float, str, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper as one follow sees it.

    id names the paper, `row` is its place in the index, -1 where it is not in; `follow` is the place of the follow
    among the channel's. by_author: it is by somebody followed, so the bar does not apply. listed: a timestamp, larger
    is newer. heat: as `trending` reckons it. liked: votes of the channel's people, against counted as -1.
    """

    id: str
    score: float
    follow: int
    by_author: bool
    listed: float
    row: int
    heat: float = 0.0
    liked: int = 0


def choose(
    candidates: Sequence[Candidate],
    size: int,
    similarity: Likeness,
    top: Mapping[int, int] | None = None,
    bar: float = BAR,
) -> list[Candidate]:
    """At most `size` papers, each once, in the order to show. top: the most that a follow may give.

    Of equals the newer comes first, then the lower id: the order in which candidates come does not matter.
    """
    limits = top or {}
    fitting = [one for one in candidates if one.by_author or one.score >= bar]
    newest = max((one.listed for one in fitting), default=0.0)

    def order(one: Candidate) -> _Order:
        return not one.by_author, -worth(one, newest), -one.listed, one.id, one.follow

    ranked = sorted(fitting, key=order)
    waiting: defaultdict[int, deque[int]] = defaultdict(deque)
    for rank, one in enumerate(ranked):
        waiting[one.follow].append(rank)
    chosen: dict[int, Candidate] = {}
    given: Counter[int] = Counter()
    while len(chosen) < size:
        firsts = [ranks[0] for i, ranks in waiting.items() if ranks and given[i] < limits.get(i, size)]
        if not firsts:
            break
        first = min(firsts, key=lambda rank: (not ranked[rank].by_author, given[ranked[rank].follow], rank))
        best, before = ranked[first], chosen.values()
        waiting[best.follow].popleft()
        if all(best.id != other.id for other in before) and rival(best, before, similarity) is None:
            chosen[first] = best
            given[best.follow] += 1
    return [chosen[rank] for rank in sorted(chosen)]


def worth(one: Candidate, newest: float) -> float:
    """The score with what votes and freshness add to it. newest: when the newest paper that fits was listed."""
    warm = WARM * min(1.0, one.heat / HOT)
    liked = max(-MOST_LIKED, min(MOST_LIKED, LIKED * one.liked))
    fresh = FRESH * exp2((one.listed - newest) / HALF_LIFE)
    return one.score + (1 - one.score) * (warm + liked + fresh)


def rival(one: Candidate, chosen: Iterable[Candidate], similarity: Likeness) -> Candidate | None:
    """The chosen paper that says the same; none for a paper by somebody followed."""
    if one.by_author:
        return None
    return next((other for other in chosen if similarity(one.row, other.row) > ALIKE), None)
