"""What a topic means in this store: the topic as typed, and what its papers say for it, short for long and back."""

from dataclasses import replace
from itertools import pairwise
from math import exp

from bot.picking.acronyms import Reading
from bot.picking.topics import ALIAS_WEIGHT, Part, Phrase, Topic, compact, known
from bot.picking.vectors import Index
from bot.picking.words import pieces, stem, stems

MOST_SENSES = 4
TOLD = 0.15  # of the papers of the most usual reading: what fewer say is no second meaning
MEANT = (
    0.25  # of the papers with the letters: where so few define them, small letters are a word ("car"), no short form
)
MAIN = 2 / 3  # of what a short form stands for: one that mostly stands for something else does not speak for this


def meant(index: Index, text: str) -> Topic:
    """The topic of these words. Where no alias is known, what the papers define speaks for it too.

    Of several readings only the first does: with the others too, days of ambiguous dev topics were ordered worse.
    """
    topic = Topic.parse(text)
    return Topic(tuple(part if len(part.phrases) > 1 else _defined(index, part, text) for part in topic.parts))


def senses(index: Index, text: str) -> tuple[Reading, ...]:
    """What a short form that somebody types stands for here, the most usual first; none for other text.

    The first is what `meant` takes it for: the alias, where one is known.
    """
    found = _senses(index, text)
    aliases = [phrase.words for part in Topic.parse(text).parts for phrase in part.phrases[1:]] if found else []
    if not aliases:
        return found
    names = [*found, *(Reading(found[0].short, name, 0) for name in known())]
    said = next((one for one in names if compact(stems(one.long)) in aliases), found[0])
    return (said, *(one for one in found if one != said and compact(stems(one.long)) not in aliases))[:MOST_SENSES]


def _defined(index: Index, part: Part, text: str) -> Part:
    """With the typed short forms spelt out, or the short form of what was typed."""
    typed = _typed(part, text)
    words = part.phrases[0].words
    others = [
        (*words[:place], *stems(reading.long), *words[place + 1 :])
        for place, word in enumerate(typed)
        for reading in _senses(index, word, alone=len(typed) == 1)[:1]
    ]
    others += [
        tuple(stems(reading.short)) for reading in index.acronyms.shorts(" ".join(typed)) if _is_main(index, reading)
    ]
    fresh = [other for other in dict.fromkeys(others) if other != words]
    return replace(part, phrases=(*part.phrases, *(Phrase(other, ALIAS_WEIGHT) for other in fresh)))


def _typed(part: Part, text: str) -> list[str]:
    """The part's words as they were typed, none where they can't be told."""
    words = list(part.phrases[0].words)
    said = pieces(text)
    told = [stem(piece) for piece in said]
    places = (at for at in range(len(told) - len(words) + 1) if told[at : at + len(words)] == words)
    return next((said[at : at + len(words)] for at in places), [])


def _senses(index: Index, short: str, *, alone: bool = True) -> tuple[Reading, ...]:
    found = index.acronyms.readings(short)
    is_written_so = sum(map(str.isupper, short)) > 1
    if not found or not (is_written_so or (alone and _is_mostly_short(index, short, found))):
        return ()
    least = max(min(2, found[0].papers), TOLD * found[0].papers)
    named = [one for one in found if one.papers >= least]
    return tuple(sorted(named, key=lambda one: (-one.papers, -_said(index, one.long), one.long))[:MOST_SENSES])


def _said(index: Index, long: str) -> int:
    """How many of the neighbouring words papers say together: what one paper calls so may be what others speak of."""
    return sum(f"{one} {other}" in index.column for one, other in pairwise(stems(long)))


def _is_mostly_short(index: Index, word: str, found: tuple[Reading, ...]) -> bool:
    column = index.column.get(stem(word))
    holding = 0.0 if column is None else (len(index) + 1) / exp(float(index.idf[column]))
    return sum(one.papers for one in found) >= MEANT * holding


def _is_main(index: Index, reading: Reading) -> bool:
    """Whether the short form stands for this and for little else, as more than one paper says."""
    every = sum(one.papers for one in index.acronyms.readings(reading.short))
    return reading.papers > 1 and reading.papers >= MAIN * every
