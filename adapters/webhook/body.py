"""Cards as the JSON that a webhook is sent: every fact, and a text for programs that show nothing else."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from bot.adapter import ChannelRef
from bot.cards import Card, Notice, PaperCard, as_text
from bot.text import one_line, shorten

TEXT = 4_000  # letters: Telegram takes 4,096, others more
_LINE = 300
_CALLS = re.compile(r"(?<=@)(?=\w)|(?<=<)(?=[!@#])|(?<=\])(?=\()")  # where a name, a group or a link would be seen
_PARTED = "\u200b"


def body(channel: ChannelRef, cards: Sequence[Card], key: str) -> bytes:
    """What is sent. The same key is the same message."""
    home = channel.workspace.split("/", 3)
    papers = [card for card in cards if isinstance(card, PaperCard)]
    said = {
        "version": 1,
        "id": key,
        "event": "digest" if papers else "notice",
        "channel": {"platform": home[0], "workspace": home[1], "id": home[-1], "name": channel.name},
        "title": next((card.title for card in cards if isinstance(card, Notice) and card.title), ""),
        "text": shorten(_text(cards), TEXT),
        "papers": [_paper(card) for card in papers],
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _paper(card: PaperCard) -> dict[str, object]:
    names = ("n", "id", "title", "url", "authors", "categories", "venue", "gist", "why", "is_withdrawn")
    facts = {name: getattr(card, name) for name in names}
    published = card.published.isoformat() if isinstance(card.published, date) else None
    return {**facts, "published": published, "links": [asdict(link) for link in card.links]}


def _text(cards: Sequence[Card]) -> str:
    """A line or three a card, which pings nobody and hides no link wherever it is shown."""
    return calm("\n\n".join(filter(None, map(_brief, cards))))


def _brief(card: Card) -> str:
    if not isinstance(card, PaperCard):
        return as_text((card,))
    head = f"{card.n}. {card.title}" if card.n is not None else card.title
    lines = (shorten(one_line(line), _LINE) for line in (head, card.why))
    return "\n".join(filter(None, (*lines, card.url)))


def calm(text: str) -> str:
    """The text with what programs take for a mention or a hidden link parted by a space of no width."""
    return _CALLS.sub(_PARTED, text)
