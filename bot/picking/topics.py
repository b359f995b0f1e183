"""What a person's words mean: parts, phrases that mean the same, and phrases that must occur."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from bot.picking.words import stems

ALIAS_WEIGHT = 0.6  # of a phrase that only means the same as the one typed
LONGEST = 300  # characters read of a topic
MOST_PARTS = 6
MOST_WORDS = 10  # a phrase
MOST_PHRASES = 8  # a part

Words = tuple[str, ...]  # stems, "" where words are parted
_ALTERNATIVE = re.compile(r"\|")
_PART = re.compile(r"[,;，、；]\s*|\s+(?:and|&)\s+|\s+/\s+|(?<=\w\w)/(?=\w\w)", re.IGNORECASE)
_QUOTED = re.compile('["“”„«»]([^"“”„«»]*)["“”„«»]')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that, said by a paper, are a sign of the topic."""

    words: Words
    weight: float


@dataclass(frozen=True, slots=True)
class Part:
    """One meaning of a topic: the typed phrase first, then its aliases; and what must occur whatever the rest says."""

    phrases: tuple[Phrase, ...]
    conditions: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """What a person typed, understood; a paper is as good as its best part."""

    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The topic in these words. Never fails; a text that names nothing gives an empty topic."""
        return cls(tuple(_parts(text))[:MOST_PARTS])

    @property
    def is_empty(self) -> bool:
        """True of a text with no word in it that could tell papers apart: only symbols, or words like "the"."""
        return not self.parts

    def admits(self, text: str) -> bool:
        """Whether a paper's title and abstract hold what the quotes of some part ask for, word beside word."""
        said = stems(text)
        return any(all(_holds(said, words) for words in part.conditions) for part in self.parts)


def canonical(text: str) -> str:
    """A key that is equal for equal topics: RecSys, `recommender systems` and "#recsys" are one."""
    alternatives = {_key(said) for said in _ALTERNATIVE.split(_tidy(text).lower())} - {""}
    return "|".join(sorted(alternatives)) or " ".join(text.casefold().split())


def known() -> tuple[str, ...]:
    """Topics that people type, short forms and long ones, for completing what was begun."""
    return tuple(name for row in _rows() for name in row[:2])


def _tidy(text: str) -> str:
    return text[:LONGEST].strip().lstrip("#").strip()


def _key(text: str) -> str:
    names = _aliases().names
    quoted = sorted({f'"{" ".join(compact(stems(said)))}"' for said in _QUOTED.findall(text)} - {'""'})
    parts = {" ".join(_replaced(words, names)) for words in _split(_QUOTED.sub(" ", text))}
    return "&".join([*sorted(parts), *quoted])


def _parts(text: str) -> Iterator[Part]:
    for said in _ALTERNATIVE.split(_tidy(text)):
        quoted = [words for words in (compact(stems(quote)) for quote in _QUOTED.findall(said)) if words]
        plain = _split(_QUOTED.sub(" ", said)) or quoted[:1]
        for words in plain:
            yield Part(tuple(_meanings(words)), tuple(quoted))


def _split(text: str) -> list[Words]:
    """The parts of a topic, each as words; one whose "and" belongs to a known name stays whole."""
    whole = compact(stems(text))
    if whole in _aliases().groups:
        return [whole]
    parts = (compact(stems(said)) for said in _PART.split(text))
    return list(dict.fromkeys(words for words in parts if words))


def compact(words: Iterable[str]) -> Words:
    """At most MOST_WORDS stems and the gaps between them, without a gap at either end or two in a row."""
    kept: list[str] = []
    for word in words:
        if word or (kept and kept[-1]):
            kept.append(word)
    kept = kept[:MOST_WORDS]
    return tuple(kept[:-1] if kept and not kept[-1] else kept)


def _meanings(words: Words) -> Iterator[Phrase]:
    """The typed phrase, then those that its own or its words' aliases make of it."""
    yield Phrase(words, 1.0)
    groups = _aliases().groups
    others: dict[Words, None] = {}
    for first, last in _spans(words, groups):
        for other in groups[words[first:last]]:
            others[words[:first] + other + words[last:]] = None
    others.pop(words, None)
    for other in list(others)[: MOST_PHRASES - 1]:
        yield Phrase(other, ALIAS_WEIGHT)


def _replaced(words: Words, names: dict[Words, Words]) -> Words:
    """With the one name in place of each short form or main long form."""
    for first, last in reversed(_spans(words, names)):
        words = words[:first] + names[words[first:last]] + words[last:]
    return tuple(word for word in words if word)


def _spans(words: Words, known: dict[Words, tuple[Words, ...]] | dict[Words, Words]) -> list[tuple[int, int]]:
    """Where known names stand in a phrase, from the left, the longest first."""
    spans, first = [], 0
    while first < len(words):
        lasts = range(len(words), first, -1)
        last = next((last for last in lasts if words[first:last] in known), None)
        if last:
            spans.append((first, last))
        first = last or first + 1
    return spans


def _holds(said: list[str], words: Words) -> bool:
    return any(tuple(said[at : at + len(words)]) == words for at in range(len(said) - len(words) + 1))


@dataclass(frozen=True, slots=True)
class _Aliases:
    groups: dict[Words, tuple[Words, ...]]  # a name -> all names that mean the same
    names: dict[Words, Words]  # a short form or its main long form -> the short form


@cache
def _rows() -> list[list[str]]:
    rows: list[list[str]] = json.loads(Path(__file__).with_name("aliases.json").read_text(encoding="utf-8"))
    return rows


@cache
def _aliases() -> _Aliases:
    groups: dict[Words, tuple[Words, ...]] = {}
    names: dict[Words, Words] = {}
    for row in _rows():
        members = tuple(dict.fromkeys(compact(stems(name)) for name in row))
        for member in members:
            groups[member] = tuple(dict.fromkeys(groups.get(member, ()) + members))
        for member in members[:2]:
            names.setdefault(member, names.get(members[1], members[0]))
    return _Aliases(groups, names)
