"""Cards as the two halves of a mail: plain text, and HTML that needs neither pictures nor a wide screen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from adapters.email import limits
from adapters.email.blocks import Block, blocks
from bot.cards import Action, Card, Link, Notice
from bot.text import one_line, sentences
from bot.web.look import Look

LOOK = Look("adapters.email")

UrlOf = Callable[[Action], str]  # where an action can be pressed


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mail's subject and its two halves."""

    subject: str
    text: str
    html: str


def drawn(cards: Sequence[Card], url_of: UrlOf, foot: Sequence[Link], why: str) -> Drawn:
    """The mail. foot: links below everything. why: the reason that it came at all, in a sentence."""
    for abstract in (limits.ABSTRACT, limits.BRIEF, 0):
        shown = blocks(cards, abstract)
        html = LOOK.html("mail.html", title=subject(cards), blocks=shown, url_of=url_of, foot=foot, why=why)
        if len(html.encode()) <= limits.HTML:
            break
    return Drawn(subject(cards), _text(shown, url_of, foot, why), html)


def subject(cards: Sequence[Card]) -> str:
    """The first notice's title, with its first sentence where there is room, or else that alone."""
    for card in cards:
        if isinstance(card, Notice):
            title, said = one_line(card.title), next(iter(sentences(one_line(card.text))), "")
            both = f"{title}: {said.rstrip('.')}" if title and said else title or said
            if both:
                return both if len(both) <= limits.SUBJECT else title or said
    return "Paper Round"


def _text(shown: Sequence[Block], url_of: UrlOf, foot: Sequence[Link], why: str) -> str:
    """What there is to read first, then what can be pressed for each paper, then the foot."""
    parts = ["\n".join(_lines(block, url_of)) for block in shown]
    presses = "\n".join(press for block in shown if block.is_paper for press in _presses(block, url_of))
    end = "\n".join(("-- ", why, *(f"{link.label}: {link.url}" for link in foot)))
    return "\n\n".join((*filter(None, (*parts, presses)), end)) + "\n"


def _lines(block: Block, url_of: UrlOf) -> Iterator[str]:
    yield from filter(None, (block.heading, block.url, block.about, block.text, *block.asides))
    yield from (f"{link.label}: {link.url}" for link in block.links)
    if block.file:
        yield block.file.text
    for row in block.rows:
        yield from _lines(row, url_of)
    if not block.is_paper:
        yield from _presses(block, url_of)


def _presses(block: Block, url_of: UrlOf) -> Iterator[str]:
    return (f"{action.label}: {url_of(action)}" for action in block.actions)
