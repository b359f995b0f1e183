"""Cards as Block Kit: messages, the thread below a digest, and App Home."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from adapters.slack import limits
from adapters.slack.buttons import Labels, buttons, entry_buttons, is_pressable, row_buttons
from adapters.slack.fallback import fallback, read
from adapters.slack.rich import (
    Block,
    Element,
    address,
    cut,
    group,
    is_group,
    letters,
    line,
    link,
    paragraph,
    preformatted,
    prose,
    size,
    text,
)
from bot.cards import Action, Card, File, Form, Listing, Notice, PaperCard, Picture, Row, byline
from bot.text import one_line

TITLE = 300
LINK, MOST_LINKS = 40, 5  # letters of the name of a way out; how many there may be
REMARK = 300  # letters of a byline, a reason, a note
NOTICE = 8_000
FILE, FILE_PIECES = 8_000, 5  # letters of a piece of a file; an answer can have five messages
TYPED = 3_000  # letters of a line to type
ROWS = 5  # of a listing, before their buttons
# Letters of an abstract or another long text: the first number with which everything fits into one message, else SPLIT.
PROSE = (3_000, 1_500, 900, 600, 350, 200, 80)
SPLIT = 900

Piece = list[Block]  # blocks that stay together


@dataclass(frozen=True, slots=True)
class Message:
    """What goes into one message. text: what notifications show and screen readers read; escaped."""

    text: str
    blocks: list[Block]

    @property
    def body(self) -> dict[str, object]:
        """The fields of chat.postMessage, chat.update or a response; nothing in it unfolds or pings by itself."""
        return {"text": self.text, "blocks": self.blocks, "unfurl_links": False, "unfurl_media": False}


def message(cards: Sequence[Card]) -> Message:
    """All the cards in one message; what has no room in it is left out."""
    return messages(cards)[0]


def messages(cards: Sequence[Card]) -> list[Message]:
    """The cards in as few messages as hold them, at least one. Long texts are cut before a second one is begun."""
    for most in PROSE:
        if (blocks := _whole(_pieces(cards, most))) is not None:
            return [Message(fallback(cards), blocks)]
    drawn = _packed(_pieces(cards, SPLIT))
    return [Message(fallback(cards) if not index else read(blocks), blocks) for index, blocks in enumerate(drawn)]


def thread(cards: Sequence[Card]) -> list[Message]:
    """What goes below a digest: the abstracts that its entries do not show, in as few messages as hold them."""
    papers = [card for card in cards if isinstance(card, PaperCard) and card.aside]
    pieces = [paragraph(_headline(card), text(prose(card.aside, PROSE[0]))) for card in papers]
    return [Message(read(blocks), blocks) for blocks in _packed(pieces) if blocks]


def home(cards: Sequence[Card]) -> dict[str, object]:
    """A view for App Home; cards that have no room in it are left out."""
    blocks = [block for piece in _pieces(cards, SPLIT) for block in piece]
    return {"type": "home", "blocks": blocks[: limits.VIEW_BLOCKS]}


def _whole(pieces: Iterable[Piece]) -> list[Block] | None:
    """All the pieces, or none where one message does not hold them; no more of them are drawn than tell it."""
    blocks: list[Block] = []
    taken = 0
    for piece in pieces:
        blocks += piece
        taken += size(piece)
        if len(blocks) > limits.MESSAGE_BLOCKS or taken > limits.MESSAGE_LETTERS:
            return None
    return blocks


def _packed(pieces: Iterable[Piece]) -> list[list[Block]]:
    """The pieces in order, in as few messages as the limits allow; a piece that is too long for one is taken apart."""
    packed: list[list[Block]] = [[]]
    taken = 0
    for piece in pieces:
        is_whole = len(piece) <= limits.MESSAGE_BLOCKS and size(piece) <= limits.MESSAGE_LETTERS
        for part in [piece] if is_whole else [[block] for block in piece]:
            own = size(part)
            is_full = len(packed[-1]) + len(part) > limits.MESSAGE_BLOCKS or taken + own > limits.MESSAGE_LETTERS
            if packed[-1] and is_full:
                packed.append([])
                taken = 0
            packed[-1] += part
            taken += own
    return packed


def _pieces(cards: Sequence[Card], most: int) -> Iterator[Piece]:
    """The cards drawn one after the other, with long texts cut to `most` letters."""
    labels = Labels()
    return (piece for card in cards for piece in _card(card, labels, most) if piece)


def _card(card: Card, labels: Labels, most: int) -> Iterator[Piece]:
    match card:
        case PaperCard():
            yield [*_paper(card, most), *_pressable(card, labels)]
        case Notice():
            called = [element for id in card.pings if is_group(id) for element in [*group(id), *text(" ")]]
            said = text(prose(card.text, NOTICE))
            head = text(line(card.title, TITLE), "bold")
            yield [*paragraph(head, said, called), *buttons(card.actions, labels), *_to_type(card.actions)]
        case Listing():
            yield from _listing(card, labels, most)
        case Form():
            yield _form(card, labels, most)
        case Picture():
            yield _picture(card)
        case File():
            yield from _file(card)
        case _:
            assert_never(card)


def _paper(card: PaperCard, most: int) -> list[Block]:
    """Title and facts, what it says, why it is here, where it was seen, what was noted: each on lines of its own."""
    told = card.abstract or card.gist
    note = f"Your note: {card.note}" if card.note else ""
    remark = min(REMARK, most)
    return paragraph(
        _headline(card),
        _facts(card, remark),
        text(prose(told, most)),
        text(line(card.why, remark), "italic"),
        _posted(card, remark),
        text(line(note, remark)),
    )


def _headline(card: PaperCard) -> list[Element]:
    title = line(card.title, TITLE) or line(card.id, TITLE)
    number = text(f"{card.n}. ", "bold") if card.n is not None else []
    return [*number, *link(card.url, title, "bold")]


def _posted(card: PaperCard, most: int) -> list[Element]:
    """Where this team saw it; each place leads to the message that showed it."""
    elements, rest = [], line(card.posted_before, most)
    for way in card.posted_links:
        place = one_line(way.label)
        if place and place in rest:
            before, _, rest = rest.partition(place)
            elements += [*text(before), *link(way.url, place)]
    return [*elements, *text(rest)]


def _facts(card: PaperCard, most: int) -> list[Element]:
    """Who wrote it, when and where, then the ways to its text and code."""
    ways = [link(one.url, line(one.label, LINK)) for one in card.links[:MOST_LINKS] if address(one.url)]
    said = [one for one in (text(line(byline(card), most)), *ways) if one]
    return [element for index, one in enumerate(said) for element in [*(text(" · ") if index else []), *one]]


def _pressable(card: PaperCard, labels: Labels) -> list[Block]:
    if card.n is None:
        return [*buttons(card.actions, labels), *_to_type(card.actions)]
    return [*entry_buttons(card.actions, card.menu, labels), *_to_type(card.actions)]


def _listing(card: Listing, labels: Labels, most: int) -> Iterator[Piece]:
    """The title with the first rows; a few rows, then what can be done with them; the end."""
    head = text(line(card.title, TITLE), "bold")
    chunks = [card.rows[start : start + ROWS] for start in range(0, len(card.rows), ROWS)]
    for index, rows in enumerate(chunks or [()]):
        actions = [(row.n, action) for row in rows for action in row.actions]
        said = [each for row in rows for each in _row(row, most)]
        too_long = _to_type([action for _, action in actions])
        yield [*paragraph(*([] if index else [head]), *said), *row_buttons(actions, labels), *too_long]
    footer = text(prose(card.footer, NOTICE), "italic")
    yield [*paragraph(footer), *buttons(card.actions, labels), *_to_type(card.actions)]


def _row(row: Row, most: int) -> list[list[Element]]:
    number = text(f"{row.n}. ", "bold") if row.n is not None else []
    said = line(row.text, TITLE) or line(row.url, TITLE)
    return [[*number, *link(row.url, said)], text(prose(row.detail, min(REMARK, most)))]


def _form(card: Form, labels: Labels, most: int) -> Piece:
    """The questions with what is answered now, and a button that opens them."""
    said = [text(f"{line(one.label, 80)}: {line(one.value, min(REMARK, most))}") for one in card.fields]
    verb, _, target = card.verb.partition(" ")
    opening = Action("Open", verb, target)
    return [*paragraph(text(line(card.title, TITLE), "bold"), *said), *buttons([opening], labels)]


def _picture(card: Picture) -> Piece:
    alt = line(card.alt, limits.ALT_TEXT)
    url = address(card.url)
    if not url.startswith("https://") or not alt:
        return paragraph(text(alt))
    return [{"type": "image", "image_url": url, "alt_text": alt}]


def _file(card: File) -> Iterator[Piece]:
    """Its name and its text, in pieces that end with a line; how much is left where it is too long for that."""
    yield paragraph(text(line(card.name, TITLE), "bold"))
    rest = card.text.strip("\n")
    for _ in range(FILE_PIECES):
        piece = _first_lines(rest, FILE)
        yield preformatted(piece)
        rest = rest[len(piece) :].lstrip("\n")
    if rest:
        yield paragraph(text(f"{len(rest):,} more characters have no room here.", "italic"))


def _first_lines(value: str, most: int) -> str:
    """As many whole lines as so many letters hold; a first one that is longer is cut."""
    begin = value[: most // 2 if letters(value[:most]) > most else most]
    end = begin.rfind("\n") if len(begin) < len(value) else -1
    return begin[:end] if end > 0 else begin


def _to_type(actions: Sequence[Action]) -> list[Block]:
    """What no button can hold, as lines to type."""
    too_long = [one for one in actions if not is_pressable(one)]
    return [block for one in too_long for block in paragraph(text(f"{_label(one)}: {cut(one.said, TYPED)}"))]


def _label(action: Action) -> str:
    return line(action.label, limits.BUTTON_TEXT)
