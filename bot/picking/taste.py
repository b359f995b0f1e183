"""What a channel's reactions teach: words that speak for a paper or against it, beside what its follows say."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bot.picking import people
from bot.picking.entries import Entries
from bot.picking.profile import BAR, Kin, Sign
from bot.picking.vectors import FloatArray, Index, IntArray
from bot.picking.words import stems

MOST_WORDS = 1_000  # kept, those that weigh most
BACKGROUND, BAGS = 1_000, 5  # papers that nobody voted on, as examples of what is nothing special, drawn so often
TWIN = 0.8  # cosine from which two papers count as nearly the same
PINNED = 1.0  # the weight of a word that people pinned: about what the clearest word has after ten likes

# Tuned on the development channels by `python -m tests.bench.feedback`.
_COST = 0.3  # of a misjudged example, against small weights
_LIKE, _DISLIKE = 2.0, 1.0  # likeness to the mean liked and to the mean disliked paper, beside the learned words
_SIDE = 0.25  # standing on the liked side of the index's space, where there are two sides
_NEAR, _NEAREST = 0.5, 2  # elsewhere, likeness to the nearest papers of either kind, and how many these are
_APART, _MIXED = 0.95, 0.8  # share of pairs that the follows sort right: taste is not needed, or needed in full
_SURE = 6  # pairs sorted right before anything is known
_LOUD = 40.0  # how much more a taste weighs in the order where it is needed in full
_LIFT = 3.0  # what it adds to the log odds of a score then
_TWIN_FIRST = 1_000.0  # more than any order reaches

_NOBODY: Mapping[str, Sequence[int]] = {}
_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Taste:
    """A channel's taste. words: terms and weights, and `base` beside their sum, the appeal of a paper.

    side: where liked and disliked papers part in the index's space; none where there are not both. trust: 0..1, grows
    with the likes. need: 0..1, how little the follows alone tell liked papers from disliked ones. authors: how
    much each speaks for a paper. liked, disliked: papers (pk).
    """

    words: Sign = field(default=Sign())
    base: float = 0.0
    side: Kin = field(default=Kin())
    trust: float = 0.0
    need: float = 0.0
    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()
    authors: people.Weights = ()

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Self:
        """What `dumps` wrote."""
        kept = json.loads(text)
        read = {
            "words": Sign(tuple(kept["words"]["terms"]), tuple(kept["words"]["weights"])),
            "side": Kin(tuple(kept["side"]["pks"]), tuple(kept["side"]["weights"])),
            "liked": tuple(kept["liked"]),
            "disliked": tuple(kept["disliked"]),
            "authors": tuple((who, weight) for who, weight in kept["authors"]),
        }
        return cls(**{**kept, **read})


class Appeal(NamedTuple):
    """How papers stand with a taste, by row. like_liked, like_disliked: such a paper itself, or nearly the same."""

    value: FloatArray
    like_liked: _Flags
    like_disliked: _Flags


def fit(
    index: Index,
    liked: Collection[int],
    disliked: Collection[int],
    topical: tuple[FloatArray, FloatArray] | None = None,
    pinned: Collection[str] = (),
    removed: Collection[str] = (),
    authors: tuple[Sequence[people.Names], Sequence[people.Names]] = ((), ()),
) -> Taste:
    """The taste of those who liked and disliked these rows of the index; a row in both counts as liked.

    topical: the best score, 0..1, that a follow gives each liked and each disliked row, in the order given; none where
    nothing is followed. pinned, removed: words that people said count, or never do. authors: of each liked and of each
    disliked row, in the order given, where they are known.
    A linear support vector machine against papers at large, and Rocchio's two means: deterministic for one index.
    """
    dislikes = [place for place, row in enumerate(disliked) if row not in set(liked)]
    yes, no = np.array(list(liked), np.int64), np.array(list(disliked), np.int64)[dislikes]
    weights, base = _learned(index, yes, no)
    need = 1.0 if topical is None else _need(topical[0], topical[1][dislikes])
    weights = _told(index, weights, pinned, removed)
    best = np.argsort(-np.abs(weights), kind="stable")[:MOST_WORDS]
    best = best[weights[best] != 0]
    return Taste(
        Sign(tuple(index.terms[term] for term in best), tuple(np.round(weights[best].astype(float), 6).tolist())),
        round(base, 6),
        _side(index, yes, no),
        round(_trust(len(yes), len(no), len(pinned)), 6),
        round(need, 6),
        tuple(index.pks[yes].tolist()),
        tuple(index.pks[no].tolist()),
        people.learned(authors[0], [authors[1][place] for place in dislikes] if authors[1] else ()),
    )


def appeal(index: Index, taste: Taste, rows: IntArray, by: Mapping[str, Sequence[int]] = _NOBODY) -> Appeal:
    """How these rows stand with the taste: 0 is nothing special, about 2 what a liked paper has, below 0 disliked.

    by: where among the rows each person's papers are, as `people.places` tells.
    """
    return appeal_of(Entries.of(index, rows), index, taste, by)


def appeal_of(entries: Entries, index: Index, taste: Taste, by: Mapping[str, Sequence[int]] = _NOBODY) -> Appeal:
    """The same for rows whose entries are at hand."""
    value = entries.likeness([taste.words])[0] + np.float32(taste.base)
    (to_liked, like), (to_disliked, dislike) = (_nearest(entries, index, pks) for pks in (taste.liked, taste.disliked))
    value += _SIDE * entries.nearness([taste.side])[0] if taste.side.pks else _NEAR * (like - dislike)
    value += people.pull(taste.authors, by, len(value))
    is_liked = to_liked >= to_disliked
    return Appeal(value, (to_liked >= TWIN) & is_liked, (to_disliked >= TWIN) & ~is_liked)


def scores(topical: FloatArray, taste: Taste, found: Appeal) -> FloatArray:
    """Scores of a follow, 0..1, as the taste sees them; compare with BAR as before. A score of 0 stays 0.

    Nearly the same as a liked paper is over the bar, as a disliked one below it.
    """
    moved = _odds(topical) + _LIFT * taste.trust * taste.need * found.value
    score = 1 / (1 + np.exp(-moved))
    score = np.where(found.like_liked, np.maximum(score, BAR), score)
    score = np.where(found.like_disliked, np.minimum(score, np.nextafter(np.float32(BAR), np.float32(0))), score)
    return np.asarray(np.where(topical > 0, score, 0), np.float32)


def order(topical: FloatArray | None, taste: Taste, found: Appeal) -> npt.NDArray[np.float64]:
    """By what to sort papers, the largest first, BAR..1. topical: their scores without the taste, 0..1.

    Whoever follows a clear subject keeps its order nearly; where the follows tell liked from disliked papers no
    better than chance, the taste decides.
    """
    rank = found.value.astype(np.float64)
    if topical is not None:
        odds = 0.5 * _odds(topical).astype(np.float64)
        gate = 1 / (1 + np.exp(-np.clip((odds + 0.3) / 0.15, -50, 50)))
        own = (0.5 * (1 - taste.trust) + 0.15) * (1 - taste.need) * odds
        rank = (gate + own) / _LOUD**taste.need + taste.trust * rank
    rank += _TWIN_FIRST * found.like_liked
    rank -= _TWIN_FIRST * found.like_disliked
    return np.asarray(BAR + (1 - BAR) * (1 + rank / (1 + np.abs(rank))) / 2)


def _learned(index: Index, liked: IntArray, disliked: IntArray) -> tuple[FloatArray, float]:
    """A weight for each term, and what to add to their sum."""
    weights = np.zeros(len(index.terms), np.float64)
    base = 0.0
    others = np.setdiff1d(np.arange(len(index)), np.concatenate([liked, disliked]))
    random = np.random.default_rng(0)
    bags = [others] if len(others) <= BACKGROUND else [_drawn(others, random) for _ in range(BAGS)]
    for some in bags if len(liked) and len(others) + len(disliked) else ():
        found, beside = _separated(index, liked, np.concatenate([disliked, some]))
        weights += found / len(bags)
        base += (beside + 1) / len(bags)  # an ordinary paper stands at 0
    for rows, share in ((liked, _LIKE), (disliked, -_DISLIKE)):
        mean = np.bincount((few := Entries.of(index, rows)).columns, few.unit, minlength=len(weights))
        weights += share * mean / (float(np.linalg.norm(mean)) or 1.0)
    return weights.astype(np.float32), base


def _drawn(rows: IntArray, random: np.random.Generator) -> IntArray:
    return np.sort(random.choice(rows, BACKGROUND, replace=False))


def _separated(index: Index, liked: IntArray, against: IntArray) -> tuple[npt.NDArray[np.float64], float]:
    """The plane between these rows, as a weight for each term and a constant: -1 and 1 are its two edges."""
    from sklearn.svm import LinearSVC

    sign = np.concatenate([np.ones(len(liked)), -np.ones(len(against))])
    machine = LinearSVC(C=_COST, class_weight="balanced", tol=1e-2, max_iter=10_000, random_state=0)
    machine.fit(index.table(index.unit)[np.concatenate([liked, against])], sign)
    return machine.coef_.ravel(), float(machine.intercept_[0])


def _side(index: Index, liked: IntArray, disliked: IntArray) -> Kin:
    """Where liked and disliked papers part in the space: both sides as long, so that it matters not which are more."""
    if not (index.space.dimensions and len(liked) and len(disliked)):
        return Kin()
    rows = np.concatenate([liked, disliked])
    shares = [
        sign / index.space.middle(some, np.ones(len(some), np.float32))[1]
        for sign, some in ((1, liked), (-1, disliked))
    ]
    weights = np.repeat(np.round(shares, 6), [len(liked), len(disliked)])
    return Kin(tuple(index.pks[rows].tolist()), tuple(weights.tolist()))


def _trust(likes: int, dislikes: int, pinned: int) -> float:
    """A dislike says half of what a like does; a word that somebody pinned is enough to begin with."""
    said = max(likes, dislikes / 2, min(pinned, 2))
    return said / (said + 2)


def _need(liked: FloatArray, disliked: FloatArray) -> float:
    """From how many pairs of a liked and a disliked paper the follows sort right.

    Only the better half of the likes is asked: a click by mistake falls anywhere, mostly low.
    """
    better = np.sort(liked)[len(liked) // 2 :]
    ahead = better[:, None] - disliked[None, :]
    right = (float((ahead > 0).sum() + 0.5 * (ahead == 0).sum()) + _SURE) / (ahead.size + _SURE)
    return min(1.0, max(0.0, (_APART - right) / (_APART - _MIXED)))


def _told(index: Index, weights: FloatArray, pinned: Collection[str], removed: Collection[str]) -> FloatArray:
    """With pinned words weighed in full, and every term that says a removed one at 0."""
    told = weights.copy()
    for text in pinned:
        known = index.columns_of([_term(text)])
        told[known] = np.maximum(told[known], PINNED)
    gone = {_term(text) for text in removed} - {""}
    if gone:
        padded = [f" {word} " for word in gone]
        told[[column for column, term in enumerate(index.terms) if any(word in f" {term} " for word in padded)]] = 0
    return told


def _term(text: str) -> str:
    """The term of the index that a typed word or pair of words means."""
    return " ".join(word for word in stems(text) if word)


def _nearest(entries: Entries, index: Index, pks: Collection[int]) -> tuple[FloatArray, FloatArray]:
    """The cosine of each row with the nearest of these papers, and the mean with the nearest few; 0 where none is."""
    place = np.flatnonzero(np.isin(index.pks, list(pks)))
    if not len(place) or not len(entries.asked):
        return np.zeros(len(entries.asked), np.float32), np.zeros(len(entries.asked), np.float32)
    told = index.table(index.unit)
    alike = np.sort((told[entries.asked] @ told[place].T).toarray(), axis=1)
    return alike[:, -1], alike[:, -_NEAREST:].mean(axis=1)


def _odds(score: FloatArray) -> FloatArray:
    """Log odds, 0 at the bar."""
    inside = np.clip(score, np.float32(1e-6), np.float32(1 - 1e-6))
    return np.asarray(np.log(inside / (1 - inside)), np.float32)
