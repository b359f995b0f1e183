"""What people see, once and for every platform: cards of plain text and structure, never markup."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal, assert_never

from bot.text import day

Audience = Literal["person", "channel"]
Outcome = Literal["answered", "refused", "fault"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something to press. It comes back as an invocation of `verb` with `target` for its text."""

    label: str
    verb: str
    target: str = ""

    @property
    def said(self) -> str:
        """The same, typed."""
        root = "/paper" if self.verb == "paper" else f"/papers {self.verb}"
        return f"{root} {self.target}".strip()


@dataclass(frozen=True, slots=True)
class Link:
    """A way out: a label and an https address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PaperCard:
    """One paper: in a digest with its number and reason, alone as the answer to a look-up.

    abstract: empty where only the gist is to be shown. aside: the abstract, for platforms that can keep it below the
    message. posted_before: where and when this workspace saw the paper. posted_links: ways to the messages that showed
    it.
    """

    id: str
    title: str
    url: str = ""
    n: int | None = None
    authors: tuple[str, ...] = ()
    published: date | None = None
    categories: tuple[str, ...] = ()
    venue: str = ""
    gist: str = ""
    abstract: str = ""
    aside: str = ""
    why: str = ""
    posted_before: str = ""
    posted_links: tuple[Link, ...] = ()
    note: str = ""  # what the person wrote when saving it
    links: tuple[Link, ...] = ()
    actions: tuple[Action, ...] = ()
    menu: tuple[Action, ...] = ()  # what else can be done, for platforms that can keep it out of sight
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence or a few. tone: `done` after a change, `refused` for what could not be, else `plain`.

    pings: the platform's ids of groups that asked to be called; nothing else in a message may ping.
    """

    text: str
    title: str = ""
    tone: Literal["plain", "done", "refused"] = "plain"
    actions: tuple[Action, ...] = ()
    pings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a listing; `n` is the number that names it in the next command."""

    text: str
    detail: str = ""
    n: int | None = None
    url: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A titled list of rows, a closing line, and what can be done with all of it."""

    title: str
    rows: tuple[Row, ...] = ()
    footer: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. name: the argument it fills; choices: none for free text."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    long: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """Questions whose answers come back as an invocation of `verb` with one field each."""

    title: str
    verb: str
    fields: tuple[Field, ...]
    submit: str = "Save"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image by its https address, and what it shows in words."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class File:
    """A text file to keep: what an export gives."""

    name: str
    media_type: str
    text: str


Card = PaperCard | Notice | Listing | Form | Picture | File


@dataclass(frozen=True, slots=True)
class Tally:
    """How a paper stands in a channel: how many people want more like it there, and how many less.

    before: the vote that the person who asks had until now: 1, -1, or 0 for none.
    """

    paper: str
    more: int
    less: int
    before: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an invocation: cards, who sees them, and one line for the channel where it was changed.

    tally: after a vote, so that it can be shown where it was given.
    """

    cards: tuple[Card, ...]
    audience: Audience = "person"
    announce: str | None = None
    outcome: Outcome = "answered"
    tally: Tally | None = None


def note(text: str, *actions: Action, title: str = "") -> Reply:
    """A plain answer to one person."""
    return Reply((Notice(text, title=title, actions=actions),))


def done(text: str, *actions: Action, announce: str | None = None) -> Reply:
    """The answer after a change; `announce` tells the channel who changed what."""
    return Reply((Notice(text, tone="done", actions=actions),), announce=announce)


def refusal(wrong: str, instead: str = "", *actions: Action, outcome: Outcome = "refused") -> Reply:
    """One sentence on what was wrong, one on what to type instead."""
    return Reply((Notice(f"{wrong} {instead}".strip(), tone="refused", actions=actions),), outcome=outcome)


def as_text(cards: tuple[Card, ...]) -> str:
    """The cards as plain text: notification, screen reader, pipe."""
    return "\n\n".join(filter(None, (_text_of(card) for card in cards)))


def as_json(reply: Reply) -> dict[str, object]:
    """The reply as one object for scripts: audience, announce, text, and a list of cards told apart by `kind`."""
    return {
        "audience": reply.audience,
        "announce": reply.announce,
        "text": as_text(reply.cards),
        "cards": [{"kind": _KINDS[type(card)], **_plain(asdict(card))} for card in reply.cards],
    }


_KINDS: Mapping[type, str] = {
    PaperCard: "paper",
    Notice: "notice",
    Listing: "listing",
    Form: "form",
    Picture: "picture",
    File: "file",
}


def _plain(fields: dict[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def _text_of(card: Card) -> str:
    match card:
        case PaperCard():
            head = f"{card.n}. {card.title}" if card.n is not None else card.title
            return _lines(
                head, byline(card), card.abstract or card.gist, card.why, card.posted_before, card.note, card.url
            )
        case Notice():
            return _lines(card.title, card.text)
        case Listing():
            rows = (_lines(f"{row.n}. {row.text}" if row.n is not None else row.text, row.detail) for row in card.rows)
            return _lines(card.title, *rows, card.footer)
        case Form():
            return _lines(card.title, *(f"{field.label}: {field.value}" for field in card.fields))
        case Picture():
            return card.alt
        case File():
            return f"{card.name}\n{card.text}".strip()
        case _:
            assert_never(card)


def byline(card: PaperCard, *, most: int = 3) -> str:
    """`Ada Lovelace, Alan Turing, Grace Hopper and 5 more · 5 Mar 2024 · cs.IR`, whatever of it is known.

    Of a withdrawn paper that comes first.
    """
    authors = ", ".join(card.authors[:most])
    if len(card.authors) > most:
        authors += f" and {len(card.authors) - most} more"
    when = day(card.published) if card.published else ""
    withdrawn = "Withdrawn" if card.is_withdrawn else ""
    return " · ".join(filter(None, (withdrawn, authors, when, card.venue, ", ".join(card.categories[:4]))))


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))
