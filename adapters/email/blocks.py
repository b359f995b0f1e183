"""Cards as blocks of plain text: what mails and pages show of each, in one order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from adapters.email import limits
from bot.cards import Action, Card, File, Form, Link, Listing, Notice, PaperCard, Picture, Row, byline
from bot.text import HIDDEN, one_line, shorten
from bot.web.look import web_address


@dataclass(frozen=True, slots=True)
class Block:
    """A card, or a row of one. url: of the heading. about: who and when. asides: what is said less loudly.

    form: questions, for pages; a mail has `actions` alone. file: a text to keep.
    """

    heading: str = ""
    url: str = ""
    about: str = ""
    text: str = ""
    asides: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    actions: tuple[Action, ...] = ()
    rows: tuple["Block", ...] = ()
    is_paper: bool = False
    is_refusal: bool = False
    form: Form | None = None
    file: File | None = None


def blocks(cards: Sequence[Card], abstract: int = limits.ABSTRACT) -> tuple[Block, ...]:
    """The cards as blocks. abstract: how many letters of each paper's."""
    return tuple(_block(card, abstract) for card in cards)


def _block(card: Card, abstract: int) -> Block:
    match card:
        case PaperCard():
            return Block(
                _numbered(card.n, card.title), web_address(card.url), _line(byline(card)),
                shorten(_clean(card.abstract or card.gist), abstract),
                _lines(card.why, card.posted_before, card.note), _links((*card.links, *card.posted_links)),
                _actions((*card.actions, *card.menu)), is_paper=True,
            )  # fmt: skip
        case Notice():
            return Block(
                _line(card.title),
                text=_clean(card.text),
                actions=_actions(card.actions),
                is_refusal=card.tone == "refused",
            )
        case Listing():
            rows = tuple(_row(row) for row in card.rows)
            return Block(_line(card.title), rows=rows, asides=_lines(card.footer), actions=_actions(card.actions))
        case Form():
            return Block(_line(card.title), actions=_actions((Action(card.title, card.verb),)), form=card)
        case Picture():
            return Block(text=_clean(card.alt), links=_links((Link("The picture", card.url),)))
        case File():
            return Block(_line(card.name), file=replace(card, text=_clean(card.text)))
        case _:
            assert_never(card)


def _row(row: Row) -> Block:
    return Block(_numbered(row.n, row.text), web_address(row.url), _line(row.detail), actions=_actions(row.actions))


def _numbered(n: int | None, text: str) -> str:
    return f"{n}. {_line(text)}" if n is not None else _line(text)


def _line(text: str) -> str:
    return shorten(one_line(text), limits.LINE * 2)


def _lines(*texts: str) -> tuple[str, ...]:
    return tuple(line for text in texts if (line := shorten(one_line(text), limits.LINE * 5)))


def _actions(actions: Iterable[Action]) -> tuple[Action, ...]:
    """What can be pressed: where a label says nothing, its verb; what is too long for a link is left out."""
    return tuple(
        Action(shorten(one_line(one.label), limits.LABEL) or one.verb, one.verb, one.target)
        for one in actions
        if len(one.target) <= limits.TARGET
    )


def _links(links: Iterable[Link]) -> tuple[Link, ...]:
    return tuple(Link(_line(link.label), link.url) for link in links if web_address(link.url))


def _clean(text: str) -> str:
    """The text without what can't be seen or sent, its lines kept."""
    return HIDDEN.sub("", text).strip()
