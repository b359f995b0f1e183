"""Telling repeats: what Slack sends twice, and what a person presses twice."""

import hashlib

from adapters.slack.heard import Clicked, Heard
from bot.adapter import Handle
from bot.errors import Refused

DOUBLE_CLICK = 1.0  # seconds: a second press within one of these, or the next, is the same press


async def is_repeat(handle: Handle, heard: Heard) -> bool:
    """Whether this was heard before. Where nobody can tell it counts as new: verbs do nothing twice."""
    try:
        if isinstance(heard, Clicked) and heard.at:
            return await _is_same_press(handle, heard)
        return bool(heard.place.key) and await handle.seen_before(f"slack {heard.place.key}")
    except Refused:
        return False


async def _is_same_press(handle: Handle, pressed: Clicked) -> bool:
    place, now = pressed.place, int(pressed.at / DOUBLE_CLICK)
    where = place.message or place.view_id
    button = "\n".join((place.user, place.channel, where, pressed.action_id, pressed.value))
    mark = hashlib.sha256(button.encode()).hexdigest()[:32]
    if await handle.seen_before(f"slack press {mark} {now}"):
        return True
    await handle.seen_before(f"slack press {mark} {now + 1}")
    return False
