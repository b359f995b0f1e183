"""Why a paper fits a topic: its own words that carry the score, as a person would read them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bot.picking import people
from bot.picking.entries import Entries
from bot.picking.meaning import meant
from bot.picking.profile import Profile
from bot.picking.ranker import evidence
from bot.picking.taste import Taste
from bot.picking.topics import Phrase, Words
from bot.picking.vectors import Index, IntArray
from bot.picking.words import joined, stem, stems

MOST = 3  # reasons
PEOPLE = 3  # whose papers count more: so many are named
LEAST = 0.1  # of the heaviest related term: what weighs less is no reason

# Words of every field: a reason needs another word beside them.
_DULL = frozenset(
    stem(word)
    for word in """
    approach analysis art call challenge conduct data dataset demonstrate direction domain effective evaluate existing
    experiment experimental extensive framework future general high important improve introduce large learn method model
    new novel order outperform performance problem process research result significant specific state study survey
    system task technique test train two wide work world real
    """.split()  # noqa: SIM905
)


class Learned(NamedTuple):
    """Words that a taste is made of, readable, with their weights: those for a paper and those against it.

    people: whose papers count more.
    """

    more: tuple[tuple[str, float], ...] = ()
    less: tuple[tuple[str, float], ...] = ()
    people: tuple[tuple[str, float], ...] = ()


class Parts(NamedTuple):
    """A score taken apart; all numbers 0..1. terms: readable, with the share each has in the related score."""

    phrase: float
    related: float
    trust: float
    terms: tuple[tuple[str, float], ...]


def why(index: Index, profile: Profile, row: int, name: str) -> tuple[str, ...]:
    """At most three phrases that the paper shares with the topic; what was typed, or an alias, comes first.

    name: the follow as typed. Phrases come before words, and none repeats a word of another.
    """
    reasons = _direct(index, row, name)
    related = [(term, weight) for term, weight in _related(index, profile, row) if _tells(index, term)]
    enough = LEAST * max((weight for _, weight in related), default=0.0)
    telling = [term for term, weight in related if weight >= enough]
    for term in sorted(telling, key=lambda term: " " not in term):
        said = index.surface[index.column[term]]
        if len(reasons) < MOST and not any(set(stems(said)) & set(stems(other)) for other in reasons):
            reasons.append(said)
    return tuple(reasons)


def parts(index: Index, profile: Profile, row: int, most: int = 8) -> Parts:
    """What the score of a row is made of, with the `most` terms that weigh most."""
    found = evidence(index, profile, np.array([row]))
    related = _related(index, profile, row)
    whole = sum(weight for _, weight in related) or 1.0
    terms = tuple((index.surface[index.column[term]], round(weight / whole, 3)) for term, weight in related[:most])
    return Parts(float(found.phrase[0]), min(1.0, float(found.related[0])), profile.trust, terms)


def learned(
    index: Index, taste: Taste, pinned: Collection[str] = (), liked: Sequence[people.Names] = (), most: int = 8
) -> Learned:
    """The words that weigh most in a taste, at most so many each way, and all that are pinned.

    Against a paper speak only words of papers that were disliked: the others are just not said by liked ones.
    liked: the authors of each liked paper; who wrote several of them is named.
    """
    said = dict(zip(taste.words.terms, taste.words.weights, strict=True))
    told = {" ".join(word for word in stems(text) if word) for text in pinned}
    disliked = set(index.columns[_entries_of(index, taste.disliked)].tolist())
    columns = {term: index.column[term] for term in said if term in index.column}
    more = [term for term in columns if said[term] > 0 and (term in told or _tells(index, term))]
    less = [term for term, column in columns.items() if said[term] < 0 and column in disliked and _tells(index, term)]
    who = people.named(taste.authors, liked, PEOPLE)
    return Learned(_heaviest(index, more, said, told, most), _heaviest(index, less, said, told, most), who)


def telling(index: Index, row: int, most: int) -> tuple[str, ...]:
    """The phrases that tell a paper from others most, at most so many, as a person would read them."""
    here = slice(index.starts[row], index.starts[row + 1])
    weight = {
        index.terms[column]: float(unit)
        for column, unit in zip(index.columns[here].tolist(), index.unit[here], strict=True)
    }
    found = _heaviest(index, [term for term in weight if _tells(index, term)], weight, (), most)
    return tuple(word for word, _ in found)


def _heaviest(
    index: Index, terms: Iterable[str], weight: Mapping[str, float], first: Collection[str], most: int
) -> tuple[tuple[str, float], ...]:
    """Readable, the heaviest first, none with a word of another."""
    found: list[tuple[str, float]] = []
    taken: set[str] = set()
    for term in sorted(terms, key=lambda term: (term not in first, -abs(weight[term]), term)):
        if (len(found) < most or term in first) and not taken & set(term.split()):
            taken |= set(term.split())
            found.append((index.surface[index.column[term]], round(weight[term], 2)))
    return tuple(found)


def _entries_of(index: Index, pks: Collection[int]) -> IntArray:
    """Where the entries of these papers stand in the index."""
    rows = np.flatnonzero(np.isin(index.pks, list(pks)))
    return np.concatenate(
        [np.arange(index.starts[row], index.starts[row + 1]) for row in rows] or [np.zeros(0, np.int64)]
    )


def _direct(index: Index, row: int, name: str) -> list[str]:
    """The phrase of the follow's name, or else the longest that means the same, if the paper says one."""
    held = {index.terms[column] for column in index.columns[index.starts[row] : index.starts[row + 1]].tolist()}
    phrases: list[Phrase] = [phrase for part in meant(index, name).parts for phrase in part.phrases]
    for phrase in sorted(phrases, key=lambda phrase: (-phrase.weight, -len(phrase.words))):
        words = phrase.words
        beside = {f"{first} {second}" for first, second in pairwise(words) if first and second}
        if held >= beside | set(words) - {""}:
            if "" not in words:
                return [read(index, words)]
            if list(words) == stems(name):
                return [name]
    return []


def read(index: Index, words: Words) -> str:
    """As papers mostly write it: each word in the form that it has after its neighbour."""
    shown = [index.surface[index.column[word]] for word in words]
    for place, pair in enumerate(pairwise(words)):
        said = index.surface[index.column[" ".join(pair)]].split()
        shown[place : place + 2] = said if len(said) == 2 else shown[place : place + 2]
    return reduce(joined, shown)


def _related(index: Index, profile: Profile, row: int) -> list[tuple[str, float]]:
    """The row's related terms by weight, the heaviest first."""
    entries = Entries.of(index, np.array([row])).holding(index.columns_of(profile.related.terms))
    weight = dict(zip(profile.related.terms, profile.related.weights, strict=True))
    pairs = zip((index.terms[column] for column in entries.columns.tolist()), entries.unit.tolist(), strict=True)
    return sorted(((term, weight[term] * unit) for term, unit in pairs), key=lambda pair: (-pair[1], pair[0]))


def _tells(index: Index, term: str) -> bool:
    """Whether a term says something to a reader: other papers say it too, and it is not of every field."""
    alone = np.log1p((len(index) - 0.5) / 1.5)
    words = [word for word in term.split() if not word.isdigit()]
    return bool(index.idf[index.column[term]] < alone - 1e-4) and not _DULL.issuperset(words)
