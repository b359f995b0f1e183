"""Cards as Discord shows them: papers and lists as embeds, sentences as a message's own text."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import assert_never

from adapters.discord import limits
from adapters.discord.buttons import Ids, button_rows, long, select_rows, short, spelled
from adapters.discord.escape import address, escape, fitted, masked, prose
from adapters.discord.limits import length
from adapters.discord.message import NOTHING, Message, Payload, Piece, packed
from bot.cards import Action, Card, Field, File, Form, Listing, Notice, PaperCard, Picture, Row, byline
from bot.text import one_line

BLUE, GREEN, RED = 0x3B6EA5, 0x2E8B57, 0xC0392B
COLOURS = {"plain": BLUE, "done": GREEN, "refused": RED}
SIGNS = {"plain": "", "done": "✓ ", "refused": "⚠ "}  # for who sees no colours
OPENS, SAME_BEHIND_IT = "paper", "similar"  # an entry's button, and the action that the card behind it has too
REMARK = 300  # letters of a line beside a text: authors, a reason, a note
ROW_TEXT = 900  # letters of a row of a list, and of its detail
ROW_LINK = 3_000  # letters of a row with its address, beyond which that is left out
LINKS = 600  # letters of a paper's further links
MOST_BUTTONS = 20  # of a list's rows; more are easier to find in a list of choices


def messages(cards: Sequence[Card]) -> list[Message]:
    """The cards in as few messages as hold them, in order: at least one."""
    return packed(chain.from_iterable(_drawn(cards, Ids())))


def _drawn(cards: Sequence[Card], ids: Ids) -> Iterator[list[Piece]]:
    papers = sum(isinstance(card, PaperCard) for card in cards)
    room = limits.EMBEDS_TEXT // max(1, min(papers, limits.PAPERS))
    is_above = True  # until something stands in an embed, a sentence can be the message's own text
    for card in cards:
        pieces = _card(card, ids, min(room, limits.EMBED_DESCRIPTION), is_above=is_above)
        is_above = is_above and not any(piece.embed for piece in pieces)
        yield pieces


def _card(card: Card, ids: Ids, room: int, *, is_above: bool) -> list[Piece]:
    match card:
        case PaperCard():
            return _with_buttons(Piece(embed=_paper(card, room)), _in_a_row(card.actions), ids)
        case Notice():
            return _with_buttons(_notice(card, is_above=is_above), card.actions, ids)
        case Listing():
            return _listing(card, ids)
        case Form():
            lines = [f"**{fitted(one.label, REMARK)}**: {_value(one)}" for one in card.fields]
            return [Piece(embed=embed) for embed in _embeds(card.title, lines)]
        case Picture():
            return [Piece(embed=_picture(card))]
        case File():
            return [Piece(text=fitted(card.name, REMARK) if is_above else "", files=(card,))]
        case _:
            assert_never(card)


def _with_buttons(piece: Piece, actions: Sequence[Action], ids: Ids) -> list[Piece]:
    return _with_rows(piece, button_rows(short(actions), ids), actions, ids)


def _with_rows(piece: Piece, rows: Sequence[Payload], actions: Sequence[Action], ids: Ids) -> list[Piece]:
    """The piece with the rows below it as far as a message holds them; each action that is too long beside its words.

    Of those, `actions` may hold any; all others are in the rows.
    """
    rest = [Piece(rows=(row,)) for row in rows[limits.ROWS :]]
    told = [
        Piece(embed=_embed("", spelled(action), BLUE), rows=tuple(button_rows([action], ids)))
        for action in long(actions)
    ]
    return [replace(piece, rows=tuple(rows[: limits.ROWS])), *rest, *told]


def _in_a_row(actions: Sequence[Action]) -> list[Action]:
    """A paper's actions; where a row can't hold them, without one that is found behind another of them."""
    opens = {action.target for action in actions if action.verb == OPENS}
    if len(actions) <= limits.ROW_BUTTONS:
        return list(actions)
    return [action for action in actions if not (action.verb == SAME_BEHIND_IT and action.target in opens)]


def _paper(card: PaperCard, room: int) -> Payload:
    """At most `room` letters, of which the abstract or the gist gets what the rest leaves."""
    number = f"{card.n}. " if card.n is not None else ""
    title = fitted(f"{number}{one_line(card.title) or card.id}", limits.EMBED_TITLE)
    facts = " · ".join(filter(None, (fitted(byline(card), REMARK), _links(card))))
    below = [
        f"*Why:* {fitted(card.why, REMARK)}" if card.why else "",
        _seen(card),
        f"*Your note:* {fitted(card.note, REMARK)}" if card.note else "",
    ]
    taken = length(title) + length(_lines(facts, *below)) + 2
    text = fitted(card.abstract or card.gist, max(0, room - taken))
    description = _lines(facts, text, *below)
    return _embed(title, description, BLUE) | _url(card.url)


def _seen(card: PaperCard) -> str:
    """Where the server saw the paper, each place a link to the message that showed it."""
    line = fitted(card.posted_before, REMARK)
    for link in card.posted_links:
        line = line.replace(escape(link.label), masked(link.label, link.url), 1)
    return line


def _links(card: PaperCard) -> str:
    line = ""
    for link in card.links:
        longer = " · ".join(filter(None, [line, masked(link.label, link.url)]))
        line = longer if length(longer) <= LINKS else line
    return line


def _notice(card: Notice, *, is_above: bool) -> Piece:
    """A sentence as the message's own text; as an embed where it is too long for that, or where embeds stand above it.

    Only what stands in a message's own text pings.
    """
    called = tuple(dict.fromkeys(id for id in card.pings if id.isascii() and id.isdigit()))
    pings = " ".join(f"<@&{id}>" for id in called)
    sign = SIGNS[card.tone]
    title = fitted(card.title, limits.EMBED_TITLE - len(sign))
    text = fitted(card.text, limits.EMBED_DESCRIPTION - REMARK, prose)
    said = _lines(f"{sign}**{title}**" if title else "", text if title else f"{sign}{text}", pings)
    if is_above and length(said) <= limits.CONTENT:
        return Piece(text=said, pings=called)
    embed = _embed(f"{sign}{title}" if title else "", text if title else f"{sign}{text}", COLOURS[card.tone])
    return Piece(text=pings if is_above else "", embed=embed, pings=called if is_above else ())


def _listing(card: Listing, ids: Ids) -> list[Piece]:
    rows = _numbered(card.rows)
    footer = fitted(card.footer, ROW_TEXT, prose)
    *before, last = _embeds(card.title, [*map(_row, rows), *filter(None, [footer])])
    said = [(action, row.text) for row in rows for action in short(row.actions)]
    choices = select_rows(said, ids) if len(said) > MOST_BUTTONS else button_rows([one for one, _ in said], ids)
    choices += button_rows(short(card.actions), ids)
    actions = [*(action for row in rows for action in row.actions), *card.actions]
    return [*(Piece(embed=embed) for embed in before), *_with_rows(Piece(embed=last), choices, actions, ids)]


def _numbered(rows: Sequence[Row]) -> list[Row]:
    """The rows; numbered where their buttons are called the same and nothing else tells them apart."""
    labels = [action.label for row in rows for action in row.actions]
    if len(labels) == len(set(labels)):
        return list(rows)
    return [
        replace(row, n=n, actions=tuple(replace(one, label=f"{one.label} {n}") for one in row.actions))
        for n, row in enumerate(rows, start=1)
    ]


def _row(row: Row) -> str:
    text = fitted(row.text, ROW_TEXT)
    linked = masked(row.text, row.url) if text == escape(row.text) else text
    head = linked if length(linked) <= ROW_LINK else text
    numbered = f"{row.n}. {head}".strip() if row.n is not None else head
    detail = fitted(row.detail, ROW_TEXT, prose)
    return _lines(f"**{numbered}**" if numbered and (detail or row.n is not None) else numbered, detail)


def _embeds(title: str, lines: Sequence[str]) -> list[Payload]:
    """The lines under the title, in as many embeds as they need."""
    texts = [""]
    for line in lines:
        longer = f"{texts[-1]}\n{line}" if texts[-1] else line
        if length(longer) > limits.EMBED_DESCRIPTION:
            texts.append(line)
        else:
            texts[-1] = longer
    heads = [fitted(title, limits.EMBED_TITLE), *[""] * (len(texts) - 1)]
    return [_embed(head, text, BLUE) for head, text in zip(heads, texts, strict=True)]


def _picture(card: Picture) -> Payload:
    url = address(card.url)
    image = {"image": {"url": url}} if url else {}
    return _embed("", fitted(card.alt, limits.EMBED_DESCRIPTION, prose), BLUE) | image


def _value(one: Field) -> str:
    """`5 (1 to 15)`: what a field holds, and what else it may."""
    rest = one.hint or ", ".join(one.choices)
    return " ".join(filter(None, (fitted(one.value, REMARK), f"({fitted(rest, REMARK)})" if rest else "")))


def _embed(title: str, description: str, colour: int) -> Payload:
    named = {"title": title} if title else {}
    told = {"description": description or NOTHING} if description or not title else {}
    return {**named, **told, "color": colour}


def _url(url: str) -> Payload:
    target = address(url)
    return {"url": target} if target else {}


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))
