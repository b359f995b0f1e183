"""Buttons in a terminal: numbers to type."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard, assert_never

from rich.text import Text

from adapters.terminal.lines import first, fold, one_line, table
from adapters.terminal.look import KEY, NUMBER, Look
from bot.cards import Action, Card, File, Form, Listing, Notice, PaperCard, Picture


def presses(cards: Sequence[Card]) -> Mapping[int, Action]:
    """What a bare number means under these cards: the button so numbered, or the paper of the row so numbered."""
    if not named_by_number(cards):
        return dict(enumerate((action for card in cards for action in pressable(card)), 1))
    rows = [row for card in cards if isinstance(card, Listing) for row in card.rows if row.n is not None]
    return {row.n: action for row in rows for action in row.actions if row.n is not None and action.verb == "paper"}


def named_by_number(cards: Sequence[Card]) -> bool:
    """Whether numbers name papers or rows here, so that no button may have one."""
    rows = (row for card in cards if isinstance(card, Listing) for row in card.rows)
    return any(is_entry(card) and card.n is not None for card in cards) or any(row.n is not None for row in rows)


def is_entry(card: Card) -> TypeGuard[PaperCard]:
    """Whether the card is one of several, told by its gist: numbered, or with nothing to press."""
    return isinstance(card, PaperCard) and not card.abstract and (card.n is not None or not card.actions)


def pressable(card: Card) -> Sequence[Action]:
    """The card's actions, in the order in which they are drawn. An entry has none: its number is enough."""
    match card:
        case PaperCard():
            return () if is_entry(card) else card.actions
        case Notice():
            return card.actions
        case Listing():
            return [*(action for row in card.rows if row.n is None for action in row.actions), *card.actions]
        case Form() | Picture() | File():
            return ()
        case _:
            assert_never(card)


def buttons(actions: Sequence[Action], look: Look, numbers: Iterator[int] | None) -> list[Text]:
    """` 1 Save   2 Similar `. In a pipe, and where numbers name papers, what to type comes with it."""
    if numbers is None or look.width is None:
        typed = [(f"{next(numbers)} " if numbers else "") + one_line(action.label) for action in actions]
        return table([(label, Text(one_line(action.said))) for label, action in zip(typed, actions, strict=True)], look)
    lines: list[Text] = []
    for action, number in zip(actions, numbers, strict=False):
        button = _button(number, one_line(action.label), look)
        if lines and lines[-1].cell_len + 3 + button.cell_len <= look.width:
            lines[-1] = Text("   ").join([lines[-1], button])
        else:
            lines.append(button)
    return lines


def _button(number: int, label: str, look: Look) -> Text:
    key = Text(f" {number} " if look.styled else f"[{number}]", KEY if look.styled else NUMBER)
    room = look.less(key.cell_len + 1)
    return Text.assemble(key, " ", first(fold(Text(label), room.width), 1, room.width)[0])
