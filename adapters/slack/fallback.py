"""What goes into `text`: the words of a message for notifications, screen readers and old clients, escaped."""

from collections.abc import Sequence

from adapters.slack import limits
from adapters.slack.rich import Block, cut, letters
from bot.cards import Card, as_text


def fallback(cards: Sequence[Card]) -> str:
    """The cards as plain text."""
    return _escaped(as_text(tuple(cards)))


def read(blocks: Sequence[Block]) -> str:
    """The words of these blocks, for whoever reads no blocks."""
    return _escaped("\n\n".join(filter(None, (_words(block.get("elements")) for block in blocks))))


def _words(elements: object) -> str:
    """What is written in rich text; buttons are told by nobody."""
    parts = [one for one in elements if isinstance(one, dict)] if isinstance(elements, list) else []
    return "".join(
        str(one.get("text", "")) if "elements" not in one else _words(one["elements"])
        for one in parts
        if one.get("type") not in ("button", "overflow", "usergroup")
    )


def _escaped(plain: str) -> str:
    """At most as long as Slack advises, after `&`, `<` and `>` were made harmless."""
    most = limits.FALLBACK_LETTERS
    while True:
        escaped = cut(plain, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if letters(escaped) <= limits.FALLBACK_LETTERS:
            return escaped or " "
        most -= letters(escaped) - limits.FALLBACK_LETTERS if most > 1_000 else most // 2
