"""Which papers a message speaks of, for looking them up from beside it."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import Refused
from bot.identity import ids_in
from bot.text import one_line, shorten

MOST = 5
_LETTERS = 300  # of a message without a link: more is no title


def papers_in(message: Mapping[str, Any]) -> list[str]:
    """What to look up: the ids that the message names, else its first title or line. Refused for an empty one."""
    texts = [*_texts(message)]
    if ids := dict.fromkeys(id for text in texts for id in ids_in(text) if not id.startswith("url:")):
        return [*ids][:MOST]
    lines = (one_line(line) for text in texts for line in text.splitlines())
    if line := next(filter(None, lines), ""):
        return [shorten(line, _LETTERS)]
    raise Refused("That message names no paper.", "Try /paper with a title, an id or a link.")


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    for embed in message.get("embeds") or ():
        yield from (str(embed[key]) for key in ("url", "title", "description") if embed.get(key))
    yield str(message.get("content") or "")
