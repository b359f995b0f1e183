"""Votes by emoji, on messages of ours that show one paper; where more are shown, nobody knows which is meant."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from adapters.slack.buttons import decode
from adapters.slack.heard import Reacted
from adapters.slack.replies import Desk

VERBS = {"+1": "like", "thumbsup": "like", "-1": "dislike", "thumbsdown": "dislike"}
SIGNS = {"like": 1, "dislike": -1}
OTHER = {"like": "dislike", "dislike": "like"}


class Reactions:
    """Counts them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def count(self, workspace: str, said: Reacted) -> None:
        """Let the person's vote be what the emoji says, whatever it was before; taken off, let it be none."""
        verb = VERBS.get(said.emoji.partition("::")[0])  # without the colour of the hand
        bot = await self._desk.homes.bot(workspace)
        if verb is None or said.place.user == bot:
            return
        message = await self._desk.answers.message(workspace, said.place.channel, said.place.message)
        papers = dict.fromkeys(_papers(message)) if message.get("user") == bot else {}
        if len(papers) != 1:
            return
        asked = await self._desk.asking.invocation(workspace, said.place)
        asked = replace(asked, text=next(iter(papers)))
        reply = await self._desk.handle.handle(replace(asked, verb=verb))
        if reply.tally and (more := _still_to_say(verb, reply.tally.before, is_taken_off=said.is_taken_off)):
            await self._desk.handle.handle(replace(asked, verb=more))


def _still_to_say(verb: str, before: int, *, is_taken_off: bool) -> str:
    """What brings the vote to where the emoji wants it, after `verb` was said: said twice, it is taken back."""
    sign = SIGNS[verb]
    now = 0 if before == sign else sign
    wanted = sign if not is_taken_off else 0 if before == sign else before
    if now == wanted:
        return ""
    return verb if wanted != -sign else OTHER[verb]


def _papers(message: Mapping[str, Any]) -> Iterator[str]:
    """The papers that can be saved there."""
    for block in message.get("blocks") or ():
        for element in block.get("elements") or () if block.get("type") == "actions" else ():
            pressed = decode(str(element.get("action_id", "")), str(element.get("value", "")))
            if pressed and pressed.verb == "save":
                yield pressed.target
