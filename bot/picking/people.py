"""Whose papers a channel likes: who wrote several of those that were liked is likely to write what will be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from bot import authors

MOST = 200  # people kept of a taste, those that weigh most: a paper may have hundreds

# Tuned on the development channels by `python -m tests.bench.feedback`.
AGAINST = 0.5  # what a disliked paper takes from its authors, beside what a liked one gives
ENOUGH = 2.0  # what a paper gets at most, however many of its authors are liked

Names = Sequence[str]  # the authors of one paper, as they are written there
Weights = tuple[tuple[str, float], ...]  # people, and how much each speaks for a paper


def learned(liked: Sequence[Names], disliked: Sequence[Names]) -> Weights:
    """What the authors of these papers weigh, those that weigh most first.

    All weigh as much less as fewer of the liked papers share an author with another: where votes go by subject, a name
    that two of them have in common says little, and it is often that of two people.
    """
    likes, dislikes = (Counter(who for names in papers for who in _people(names)) for papers in (liked, disliked))
    kindred = sum(any(likes[who] > 1 for who in _people(names)) for names in liked)
    share = kindred / len(liked) if liked else 0.0
    found = {who: share * (_said(likes[who]) - AGAINST * _said(dislikes[who])) for who in likes | dislikes}
    best = sorted((who for who in found if found[who]), key=lambda who: (-abs(found[who]), who))[:MOST]
    return tuple((who, round(found[who], 6)) for who in best)


def named(people: Weights, liked: Sequence[Names], most: int) -> Weights:
    """Who speaks most for a paper and wrote several liked ones, at most so many, as they are written there."""
    written: dict[str, str] = {}
    papers = Counter[str]()
    for names in liked:
        told = {who: name for name in names for who in _people([name])}
        written = {**told, **written}
        papers.update(told.keys())
    return tuple((written[who], weight) for who, weight in people if weight > 0 and papers[who] > 1)[:most]


def places(papers: Iterable[Names]) -> Mapping[str, Sequence[int]]:
    """Where among these papers each person's stand."""
    found = defaultdict(list)
    for place, names in enumerate(papers):
        for who in _people(names):
            found[who].append(place)
    return found


def pull(people: Weights, where: Mapping[str, Sequence[int]], papers: int) -> npt.NDArray[np.float32]:
    """What each of so many papers gets for its authors. where: as `places` tells."""
    found = np.zeros(papers, np.float32)
    for who, weight in people:
        if who in where:
            found[where[who]] += np.float32(weight)
    return np.clip(found, -ENOUGH, ENOUGH)


def _people(names: Names) -> set[str]:
    """Those of the authors whose whole name is told, folded: an initial may be anybody's."""
    told = map(authors.parts, names)
    return {" ".join((*given, family)) for given, family in told if family and any(len(one) > 1 for one in given)}


def _said(papers: int) -> float:
    return papers / (papers + 1)
