"""Cards drawn in a terminal."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import assert_never

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from adapters.terminal.buttons import buttons, is_entry, named_by_number
from adapters.terminal.lines import address, chop, first, fit, hang, one_line, prose, table
from adapters.terminal.look import DONE, NUMBER, QUIET, REFUSED, TITLE, WHY, Look
from bot.cards import Card, Field, File, Form, Listing, Notice, PaperCard, Picture, Row, byline
from bot.text import sentences

GIST_LINES = 2
COLUMN = 34  # cells: a listing whose texts are no longer has its details beside them
ROOM = 6  # cells beyond half of the screen: less is too little for details to stand in
SIGNS = {"done": Text("✓ ", DONE), "refused": Text("! ", REFUSED), "plain": Text()}


def draw(cards: Sequence[Card], look: Look) -> Text:
    """All the cards, a blank line between two; buttons are numbered through where a bare number presses them."""
    numbers = None if named_by_number(cards) else count(1)
    blocks = [_card(card, look, numbers) for card in cards]
    return _finished(_spaced(blocks), look)


def aside(text: str, look: Look) -> Text:
    """A line beside the talk: what the channel sees, a hint, a goodbye."""
    return _finished(fit(Text(one_line(text), QUIET), look), look)


def rule(look: Look) -> Text:
    """What sets a digest off from the talk above it."""
    return Text("─" * look.width, QUIET) if look.styled and look.width else Text("---")


def _card(card: Card, look: Look, numbers: Iterator[int] | None) -> list[Text]:
    match card:
        case PaperCard() if is_entry(card):
            return _entry(card, look)
        case PaperCard():
            return _spaced([*_paper(card, look), buttons(card.actions, look, numbers)])
        case Notice():
            return _spaced([_notice(card, look), buttons(card.actions, look, numbers)])
        case Listing():
            rows = _rows(card, look, numbers)
            return _spaced([rows, _footer(card, look), buttons(card.actions, look, numbers)])
        case Form():
            return _form(card, look)
        case Picture():
            return [*fit(prose(f"Picture: {card.alt}"), look), *_address(card.url, look)]
        case File():
            return _file(card, look)
        case _:
            assert_never(card)


def _entry(card: PaperCard, look: Look) -> list[Text]:
    """A paper of a digest: a few short lines beside its number."""
    number = Text(f"{'' if card.n is None else card.n:>2}  ", NUMBER)
    inner = look.less(number.cell_len)
    lines = [*_headline(card, inner), *_gist(card, inner), *_remarks(card, inner)]
    return hang(number, lines if look.links else [*lines, *_address(card.url, inner)])


def _gist(card: PaperCard, look: Look) -> list[Text]:
    """As many whole sentences as two lines hold; a first one that is longer is cut."""
    told = sentences(one_line(card.gist))
    lines: list[Text] = []
    for most in range(len(told), 0, -1):
        lines = fit(prose(" ".join(told[:most])), look)
        if look.width is None or len(lines) <= GIST_LINES:
            break
    return first(lines, GIST_LINES, look.width)


def _paper(card: PaperCard, look: Look) -> list[list[Text]]:
    """A paper looked up: all that is known of it, in blocks."""
    ways = {address(card.url): "Page"} | {address(link.url): one_line(link.label) for link in card.links}
    links = [(label, Text(url, QUIET + Style(link=url))) for url, label in ways.items() if url]
    head = Text(f"{card.n}  " if card.n is not None else "", NUMBER)
    return [
        hang(head, _headline(card, look.less(head.cell_len))),
        fit(prose(card.abstract or card.gist), look),
        _remarks(card, look),
        table(links, look),
    ]


def _headline(card: PaperCard, look: Look) -> list[Text]:
    title = Text(one_line(card.title) or one_line(card.id), TITLE + Style(link=address(card.url) or None))
    return [*fit(title, look), *fit(Text(one_line(byline(card)), QUIET), look)]


def _remarks(card: PaperCard, look: Look) -> list[Text]:
    """Why it was picked, where it was seen before, and what the person noted."""
    why = hang(Text("why  ", QUIET), fit(Text(one_line(card.why), WHY), look.less(5)))
    note = f"Your note: {card.note}" if card.note else ""
    return [*why, *fit(prose(card.posted_before), look), *fit(prose(note), look)]


def _notice(card: Notice, look: Look) -> list[Text]:
    sign = SIGNS[card.tone]
    inner = look.less(sign.cell_len)
    called = Text(one_line(f"for {', '.join(f'@{id}' for id in card.pings)}") if card.pings else "", QUIET)
    blocks = (Text(one_line(card.title), TITLE), prose(card.text), called)
    return hang(sign, [line for block in blocks for line in fit(block, inner)])


def _rows(card: Listing, look: Look, numbers: Iterator[int] | None) -> list[Text]:
    """The rows beside their numbers: those of the listing, or of the one button that a row has."""
    pressed_by_number = [numbers is not None and row.n is None and len(row.actions) == 1 for row in card.rows]
    shown = [row.n is not None or is_pressed for row, is_pressed in zip(card.rows, pressed_by_number, strict=True)]
    digits = len(str(max(len(card.rows), *(row.n or 0 for row in card.rows)))) if any(shown) else 0
    lines = fit(Text(one_line(card.title), TITLE), look)
    inner = look.less(digits + 2)
    beside = _column(card.rows, inner)
    for row, is_pressed in zip(card.rows, pressed_by_number, strict=True):
        number = next(numbers) if numbers and is_pressed else row.n
        head = Text(f"{'' if number is None else number:>{digits}}  ", NUMBER)
        below = [] if is_pressed or row.n is not None else buttons(row.actions, inner, numbers)
        lines += hang(head, [*_row(row, inner, beside), *below])
    return lines


def _column(rows: Sequence[Row], look: Look) -> int:
    """How wide the texts' column is where the details go beside them; 0 where they go below."""
    widest = max((cell_len(one_line(row.text)) for row in rows), default=0)
    fits = widest <= min(COLUMN, (look.width or COLUMN * 2) // 2 - ROOM)
    return widest if fits and any(row.detail for row in rows) else 0


def _row(row: Row, look: Look, beside: int) -> list[Text]:
    text = Text(one_line(row.text), Style(link=address(row.url) or None))
    detail = prose(row.detail)
    detail.stylize(QUIET)
    below = [] if look.links or row.detail == row.url else _address(row.url, look)
    if not beside or not detail:
        return [*fit(text, look), *fit(detail, look), *below]
    text.pad_right(beside + 2 - text.cell_len)
    return [*hang(text, fit(detail, look.less(beside + 2))), *below]


def _footer(card: Listing, look: Look) -> list[Text]:
    footer = prose(card.footer)
    footer.stylize(QUIET)
    return fit(footer, look)


def _form(card: Form, look: Look) -> list[Text]:
    fields = table([(one_line(field.label), prose(_value(field))) for field in card.fields], look)
    return [*fit(Text(one_line(card.title), TITLE), look), *fields]


def _value(field: Field) -> str:
    """`5 (1 to 15)`: what a field holds, and what else it may."""
    rest = one_line(field.hint) or ", ".join(map(one_line, field.choices))
    return " ".join(filter(None, (one_line(field.value), f"({rest})" if rest else "")))


def _file(card: File, look: Look) -> list[Text]:
    """The text under its name; in a pipe the text alone, so that `> file` keeps it."""
    name = [] if look.width is None else fit(Text(one_line(card.name), TITLE), look)
    return [*name, *chop(card.text, look.width)]


def _address(url: str, look: Look) -> list[Text]:
    return fit(Text(address(url), QUIET + Style(link=address(url) or None)), look)


def _spaced(blocks: Sequence[list[Text]]) -> list[Text]:
    """The blocks that hold something, a blank line between two."""
    filled = [block for block in blocks if block]
    return [line for index, block in enumerate(filled) for line in ([Text()] if index else []) + block]


def _finished(lines: Sequence[Text], look: Look) -> Text:
    """The lines as one text, without any style where the screen has none."""
    text = Text("\n").join(lines)
    return text if look.styled else Text(text.plain)
