"""Votes shown in place: how many want more or less like a paper, on the buttons that they press."""

import re
from collections.abc import Mapping, Sequence

from adapters.slack import limits
from adapters.slack.buttons import decode
from adapters.slack.rich import Block, cut
from bot.cards import Tally
from bot.text import plural

_COUNT = re.compile(r" \([\d,]+ votes?\)$")


def recounted(blocks: Sequence[Mapping[str, object]], tally: Tally) -> list[Block]:
    """The blocks of a message with this paper's votes as they are now."""
    return [_block(block, tally) for block in blocks]


def _block(block: Mapping[str, object], tally: Tally) -> Block:
    elements = block.get("elements")
    if block.get("type") != "actions" or not isinstance(elements, list):
        return dict(block)
    return {**block, "elements": [_element(one, tally) if isinstance(one, dict) else one for one in elements]}


def _element(element: Mapping[str, object], tally: Tally) -> Mapping[str, object]:
    pressed = decode(str(element.get("action_id", "")), str(element.get("value", "")))
    label = element.get("text")
    if pressed is None or pressed.target != tally.paper or not isinstance(label, dict):
        return element
    votes = {"like": tally.more, "dislike": tally.less}.get(pressed.verb)
    if votes is None:
        return element
    name = _COUNT.sub("", str(label.get("text", "")))
    count = f" ({plural(votes, 'vote')})" if votes else ""
    return {**element, "text": {**label, "text": cut(name, limits.BUTTON_TEXT - len(count)) + count}}
