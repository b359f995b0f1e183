"""How well a paper answers a look-up: rarity of words, spelling, names, and what makes an answer sure. No SQL."""

import itertools
import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.store.wording import STOP, Entry, Query

SURE = 75.0  # per cent of the query's words, by rarity
SURE_BY_TEXT = 85.0  # of a paper found by its abstract: words meet there by chance
_ALIKE = 80.0  # per cent: two titles of 20 letters that are so equal are one misspelt
_EQUAL = 92.0  # per cent: a whole title, misspelt at most
_CLOSELY = 12  # candidates of which every word is compared
_FEW = 4  # words: of so short a query each must be found
_GUESS = 0.82  # of coverage: what a name of one or two words needs that was typed otherwise
_RIVAL = 0.08  # of coverage: a paper that has less than the best by this much is out of the question


def likeness(word: str, term: str) -> float:
    """How well `term` repairs `word`, 0 to 1; 0 where it is another word."""
    edits = OSA.distance(word, term, score_cutoff=2)
    if edits > 2 or (edits == 2 and min(len(word), len(term)) < 6):
        return 0.0
    swapped = edits and sorted(word) == sorted(term)
    ends = 0 if swapped else (word[0] != term[0]) + (word[-1] != term[-1])  # people seldom miss these
    return max(0.0, 1.0 - (edits + 0.5 * ends) / max(len(word), len(term)))


@dataclass(slots=True)
class Weighed:
    """A query whose words are weighed by rarity. meant: for each word the terms it may stand for, and how likely.

    spans: neighbours run together. names: what a paper may be called if it is called by the whole query. telling: words
    that hold a third of the weight.
    """

    query: Query
    papers: int
    df: dict[str, int]
    meant: dict[str, dict[str, float]]
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    weights: list[float] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    telling: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.spans = self.query.joined

    def weigh(self) -> None:
        """Fix what follows from `meant`, once it is known."""
        said = self.query.words
        self.weights = [self._weight(word) for word in said]
        third = sum(self.weights) / 3
        self.telling = {word for word, weight in zip(said, self.weights, strict=True) if weight > third}
        best = [max(self.meant[word], key=lambda t: self.meant[word][t], default=word) for word in said]
        self.names = {"".join(said), "".join(dict.fromkeys(best)), *self.query.keys}

    def learn(self, words_said: Iterable[str], terms: dict[str, int], like: float) -> None:
        """The words may be meant for these terms, whose frequencies are told."""
        for term, df in terms.items():
            self.df[term] = df
            for word in words_said:
                self.meant[word].setdefault(term, like)

    def rarity(self, term: str) -> float:
        return math.log((self.papers + 2) / (self.df.get(term, 0) + 1)) * (0.3 if term in STOP else 1.0)

    def _weight(self, word: str) -> float:
        if not self.df.get(word) and (terms := self.meant[word]):
            return max(0.5 * self.rarity(word), min(self.rarity(term) for term in terms))
        return self.rarity(word)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may be meant, what is indexed of it, and when it was published (ISO, or a 9 for unknown).

    text: authors and abstract as words with a space before each, where they were read.
    """

    pk: int
    entry: Entry
    date: str = "9"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """How well a candidate answers. coverage: share of the query found, 0 to 1. closeness: of whole titles, 0 to 100.

    named: how surely the query is its name, 0 to 1. holds, begins: whether its title has the query as it stands, or a
    long query at its start. missing: words it lacks. guessed: whether some word counts only as something near it;
    misspelt: as a misspelling.
    """

    candidate: Candidate
    score: float
    coverage: float
    closeness: float
    named: float
    holds: bool
    begins: bool
    missing: tuple[str, ...]
    guessed: bool
    misspelt: bool

    @property
    def confidence(self) -> float:
        return max(100 * self.coverage, self.closeness if self.closeness >= _ALIKE else 0.0)


def rank(weighed: Weighed, candidates: Sequence[Candidate]) -> list[Judged]:
    """The candidates judged, best first; of equals the one published first, on which the others often build."""
    quickly = _in_order(_judge(weighed, candidate, closely=False) for candidate in candidates)
    closely = _in_order(_judge(weighed, one.candidate, closely=True) for one in quickly[:_CLOSELY])
    return closely + quickly[_CLOSELY:]


def _in_order(judged: Iterable[Judged]) -> list[Judged]:
    return sorted(judged, key=lambda one: (-round(one.score, 1), one.candidate.date, one.candidate.pk))


def is_sure(query: Query, judged: Sequence[Judged]) -> bool:
    """Whether the best holds what was asked for, and no other paper does as well."""
    best = judged[0]
    if best.confidence < (SURE_BY_TEXT if best.candidate.text else SURE) or _is_guess(query, best):
        return False
    rivals = [one for one in judged[1:] if one.coverage > best.coverage - _RIVAL]
    if not rivals:
        return True
    if best.closeness >= _EQUAL > max(one.closeness for one in rivals) or best.begins > any(r.begins for r in rivals):
        return True
    return best.named > max(0.5, *(one.named for one in rivals)) and (best.named == 1.0 or len(rivals) <= _FEW)


def _is_guess(query: Query, best: Judged) -> bool:
    """Whether a short query is stretched too far: each of its words must be found, and a name typed nearly right."""
    if best.closeness >= _ALIKE or len(query.words) > _FEW:
        return False
    if any(word not in STOP for word in best.missing):
        return True
    letters = sum(map(len, query.words))
    stretched = best.named < 0.5 or (best.coverage < _GUESS and letters > 3) or (best.misspelt and letters < 6)
    return best.guessed and len(query.words) <= 2 and stretched


def _judge(weighed: Weighed, candidate: Candidate, *, closely: bool) -> Judged:
    query, said = weighed.query, candidate.entry.words.split()
    names = tuple(part.split() for part in candidate.entry.names.split("|"))
    head, own, begun, joined, lent, made, _marks = names
    whole = {*said, *joined, *own, *head, *map("".join, itertools.pairwise(said))}
    surnames = set(candidate.entry.authors.split())
    covered = {n for joint, (a, b) in weighed.spans.items() if joint in whole for n in range(a, b)}
    shares: list[float] = []
    missing: list[str] = []
    initials = "".join(word[0] for word in said)
    guessed = misspelt = False
    for n, word in enumerate(query.words):
        if n in covered or word in whole:
            share = 1.0
        elif word in surnames or word == query.year == candidate.date[:4]:
            share = 0.95
        elif any(term in whole and _is_british_for(word, term) for term in weighed.meant[word]):
            share = 0.98
        else:
            share = max((like for term, like in weighed.meant[word].items() if term in whole), default=0.0)
            guessed = True
            misspelt = misspelt or share > 0
            if closely and share < 0.9:
                share = max(share, _spelt(word, said, last=n == len(query.words) - 1))
            if share < 0.9 and not {word, word.removesuffix("s")}.isdisjoint((*begun, *lent, *made)):
                share = 0.9
            if share < 0.8 and closely and 2 < len(word) < 7 and word.removesuffix("s") in initials:
                share = 0.8
            if share < 0.7 and _is_in(candidate.text, word):
                share = 0.7
            if share < 0.7:
                missing.append(word)
        shares.append(share)
    total = sum(weighed.weights)
    coverage = sum(map(operator.mul, shares, weighed.weights)) / total if total else 0.0
    key, asked = "".join(said), "".join(query.words)
    closeness = _closeness(asked, key, query.words, said) if 2 * len(asked) > len(key) else 0.0
    begins = len({*query.words} - STOP) >= _FEW and fuzz.ratio(asked, key[: len(asked)]) > 90
    holds = asked in key
    named = _named(weighed, names, said)
    if closely and named < 0.5 and len(asked) > 5:
        named = max(named, _nearly_named(asked, (*head, *own)))
    score = (
        70 * coverage + 0.6 * max(0.0, closeness - 50) + 20 * named + 5 * (holds and len(query.words) > 1) + 5 * begins
    )
    return Judged(candidate, score, coverage, closeness, named, holds, begins, tuple(missing), guessed, misspelt)


def _is_british_for(word: str, term: str) -> bool:
    """Whether both are one word, as London and as New York spell it."""
    return _american(word) == _american(term)


def _american(word: str) -> str:
    return word.replace("z", "s").replace("our", "or").replace("ll", "l")


def _closeness(asked: str, key: str, words_asked: Sequence[str], said: Sequence[str]) -> float:
    in_order = fuzz.ratio(asked, key)
    return max(in_order, 0.95 * fuzz.ratio(" ".join(sorted(words_asked)), " ".join(sorted(said))))


def _spelt(word: str, said: Sequence[str], *, last: bool) -> float:
    """How well some word of a title is `word` misspelt, inflected or cut short."""
    if len(word) < 3:
        return 0.0
    longer = [len(term) - len(word) for term in said if term.startswith(word)] if len(word) > 3 or last else []
    best = 0.0 if not longer else 0.95 if last or min(longer) < 3 else 0.85
    if len(word) > 3 and (near := process.extractOne(word, said, scorer=OSA.normalized_similarity, score_cutoff=0.7)):
        best = max(best, likeness(word, near[0]))
    return best


def _is_in(text: str, word: str) -> bool:
    """Whether the text holds the word or an inflection of it."""
    return bool(text) and (f" {word} " in text or (len(word) > 5 and f" {word[: max(5, len(word) - 3)]}" in text))


def _named(weighed: Weighed, names: tuple[list[str], ...], said: Sequence[str]) -> float:
    head, own, begun, joined, lent, made, _marks = names
    if not weighed.names.isdisjoint(head):
        return 1.0 if not weighed.names.isdisjoint((*said, *joined)) else 0.7
    if not weighed.names.isdisjoint(own):
        return 0.8
    if not weighed.names.isdisjoint(begun):
        return 0.8 if len(weighed.query.words) == 1 else 0.75
    if not weighed.names.isdisjoint(lent):
        return 0.6
    if not weighed.names.isdisjoint(made):
        return 0.4
    return 0.3 if not weighed.telling.isdisjoint((*head, *own)) else 0.0


def _nearly_named(asked: str, names: Iterable[str]) -> float:
    """How surely the query is one of the names misspelt."""
    return max((0.9 * like for name in names if (like := likeness(asked, name)) > 0.75), default=0.0)
