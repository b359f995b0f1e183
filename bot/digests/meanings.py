"""What a topic that somebody follows is taken for: a short form spelt out, or something else that may be meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.digests.pool import Fitted
from bot.model import Follow

if TYPE_CHECKING:
    from bot.picking.acronyms import Reading
    from bot.picking.vectors import Index

MOST_DOUBTED = 3  # of several topics at once: another spelling is looked for by fitting it


@dataclass(frozen=True, slots=True)
class Meaning:
    """A topic as the store's papers understand it.

    readings: what it is short for, the one that counts first. instead: what may be meant, where it is little known.
    """

    follow: Follow
    readings: "tuple[Reading, ...]" = ()
    instead: str = ""


def meanings(index: "Index", fitted: Sequence[Fitted]) -> tuple[Meaning, ...]:
    """Of each topic among these follows."""
    from bot.picking.meaning import senses

    found, doubted = [], 0
    for one in fitted:
        if one.profile is None:
            continue
        instead = meant_instead(index, one) if doubted < MOST_DOUBTED else ""
        doubted += bool(instead) or not one.profile.trust
        found.append(Meaning(one.follow, senses(index, one.follow.text), instead))
    return tuple(found)


def meant_instead(index: "Index", one: Fitted) -> str:
    """The topic that may be meant by one that is little known here, if there is any."""
    from bot.picking.nearby import KNOWN, suggestion

    is_doubtful = one.profile is not None and one.profile.trust < KNOWN
    return suggestion(index, one.follow.text) if is_doubtful else ""
