"""What is said of a topic's meaning: a short form spelt out, its other readings, and what may be meant instead."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.cards import Action, Notice
from bot.digests.meanings import Meaning
from bot.picking.topics import Topic, canonical
from bot.text import human_join, plural, quoted, shorten

if TYPE_CHECKING:
    from bot.picking.acronyms import Reading

LONGEST = 60  # letters of a topic on a button


def lines(meanings: Iterable[Meaning]) -> Iterator[Notice]:
    """A line for each topic that needs one, with what to press; those that are plain short forms share one."""
    plain = []
    for meaning in meanings:
        if meaning.instead:
            yield Notice(doubt(meaning), actions=(_in_its_place(meaning, meaning.instead),))
        elif meaning.readings[1:]:
            yield _ambiguous(meaning, *meaning.readings)
        elif meaning.readings:
            plain.append(f"{meaning.readings[0].short}: {meaning.readings[0].long}.")
    if plain:
        yield Notice(" ".join(plain))


def doubt(meaning: Meaning) -> str:
    """`Did you mean recommender systems? Papers here hardly say “recomender systms”.`"""
    return f"Did you mean {meaning.instead}? Papers here hardly say “{shorten(meaning.follow.text, LONGEST)}”."


def _ambiguous(meaning: Meaning, first: "Reading", *others: "Reading") -> Notice:
    also = human_join(_counted(reading) for reading in others)
    text = f"{first.short} is read as {_counted(first)}. Here it also stands for {also}."
    offered = [one.long for one in (first, *others) if canonical(one.long) != meaning.follow.key and _is_one(one.long)]
    return Notice(text, actions=tuple(_in_its_place(meaning, long) for long in offered))


def _is_one(topic: str) -> bool:
    """Whether it is followed as one topic: "search and recommendation" would be two."""
    return len(Topic.parse(topic).parts) == 1


def _counted(reading: "Reading") -> str:
    return f"{reading.long} ({plural(reading.papers, 'paper')})" if reading.papers else reading.long


def _in_its_place(meaning: Meaning, topic: str) -> Action:
    target = " ".join(filter(None, (topic, str(meaning.follow.filters), f"instead:{quoted(meaning.follow.text)}")))
    return Action(f"Follow {shorten(topic, LONGEST)}", "follow", target)
