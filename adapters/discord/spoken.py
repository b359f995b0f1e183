"""What to type, as it stands in Discord's menu: `/papers settings` is `/papers channel settings` there."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from adapters.discord.declare import ROOT
from bot.cards import Card, File, Form, Listing, Notice, PaperCard, Picture, Row
from bot.grammar import Command

_TYPED = re.compile(rf"(?<!\S)/{ROOT} (\w+)")


class Spoken:
    """Rewrites the commands that our own sentences name."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self._places = {
            word: " ".join(command.place)
            for command in commands
            if command.place
            for word in (command.verb, *command.aliases)
        }

    def cards(self, cards: Sequence[Card]) -> list[Card]:
        """The cards with each command as it is found in the menu."""
        return [self._card(card) for card in cards]

    def text(self, text: str) -> str:
        return _TYPED.sub(lambda found: f"/{ROOT} {self._places.get(found[1], found[1])}", text)

    def _card(self, card: Card) -> Card:
        match card:
            case Notice():
                return replace(card, text=self.text(card.text))
            case Listing():
                rows = tuple(map(self._row, card.rows))
                return replace(card, title=self.text(card.title), rows=rows, footer=self.text(card.footer))
            case PaperCard() | Form() | Picture() | File():
                return card
            case _:
                assert_never(card)

    def _row(self, row: Row) -> Row:
        """A row of help begins with a command; elsewhere a row's text may be anybody's."""
        return replace(row, text=self.text(row.text)) if row.text.startswith(f"/{ROOT} ") else row
