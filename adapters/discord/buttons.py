"""Buttons and selects whose ids say what they mean, so that no memory is needed to answer them."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any

from adapters.discord.escape import cut, escape, unescaped
from adapters.discord.limits import (
    BUTTON_LABEL,
    CUSTOM_ID,
    EMBED_DESCRIPTION,
    OPTION_TEXT,
    PLACEHOLDER,
    ROW_BUTTONS,
    SELECT_OPTIONS,
    length,
)
from bot.cards import Action
from bot.errors import Refused
from bot.text import one_line

Payload = dict[str, Any]

ROW, BUTTON, SELECT, GREY = 1, 2, 3, 2  # kinds of components, and the style of a button
COPY_DIGITS = 3
CHOICE = "pr-choice"  # what the id of a select begins with: what was chosen there is an id of a button

_ID = re.compile(r"pr(?P<copy>\d{0,3})(?P<way>[:~])(?P<verb>[^:]{1,40}):(?P<target>.*)", re.DOTALL)


def encode(action: Action, copy: int = 0) -> str:
    """The action as an id of at most 100 letters; copy: how often a message has the same action already.

    A target that is too long is named by its hash: `spelled` writes it into the message, where `decode` finds it.
    """
    head = f"pr{copy or ''}"
    plain = f"{head}:{action.verb}:{action.target}"
    return plain if _fits(action) else f"{head}~{action.verb}:{_hash(action.target)}"


def decode(id: str, embeds: Sequence[Mapping[str, Any]] = ()) -> Action:
    """The action of an id; embeds: those of the message that it stood in. Refused for an id that is none of ours."""
    found = _ID.fullmatch(id)
    if found is None:
        raise Refused("I don't know that button.", "Type /papers help for what can be said.")
    verb, target = found["verb"], found["target"]
    if found["way"] == ":":
        return Action("", verb, target)
    for embed in embeds:
        head, _, written = str(embed.get("description") or "").partition("\n")
        said = unescaped(written).removeprefix(Action("", verb).said).strip()
        if head and _hash(said) == target:
            return Action("", verb, said)
    raise Refused("That button is not complete any more.", f"Type {Action('', verb).said} and what it is about.")


def short(actions: Iterable[Action]) -> list[Action]:
    """Those that an id has room for."""
    return [action for action in actions if _fits(action)]


def long(actions: Iterable[Action]) -> list[Action]:
    """Those that no id has room for, as far as a message has. What is longer still can't even be typed."""
    return [action for action in dict.fromkeys(actions) if not _fits(action) and spelled(action)]


def spelled(action: Action) -> str:
    """What a button means: to read, to type, and for `decode`. Empty where it is too long even for that."""
    text = f"**{escape(cut(action.label, BUTTON_LABEL))}** stands for\n{escape(action.said)}"
    return text if length(text) <= EMBED_DESCRIPTION else ""


class Ids:
    """The ids and labels of one reply: no two alike, even where one thing can be pressed in two places."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()
        self._labels: set[str] = set()
        self._selects = count(1)

    def of(self, action: Action) -> str:
        key = (action.verb, action.target)
        self._seen[key] += 1
        return encode(action, self._seen[key] - 1)

    def label(self, action: Action, most: int) -> str:
        """What the action is called; with a number where that is the name of another one, for who listens to them."""
        name = _label(action, most)
        others = (f"{_label(action, most - COPY_DIGITS - 3)} ({n})" for n in count(2))
        label = next(one for one in chain([name], others) if one not in self._labels)
        self._labels.add(label)
        return label

    def of_select(self) -> str:
        return f"{CHOICE}:{next(self._selects)}"


def button_rows(actions: Sequence[Action], ids: Ids) -> list[Payload]:
    """The actions as rows of at most five buttons."""
    buttons = [
        {"type": BUTTON, "style": GREY, "label": ids.label(action, BUTTON_LABEL), "custom_id": ids.of(action)}
        for action in actions
    ]
    starts = range(0, len(buttons), ROW_BUTTONS)
    return [{"type": ROW, "components": buttons[start : start + ROW_BUTTONS]} for start in starts]


def select_rows(said: Sequence[tuple[Action, str]], ids: Ids) -> list[Payload]:
    """Many actions as lists to choose from, each with a word on what it is about."""
    options = [
        {"label": ids.label(action, OPTION_TEXT), "value": ids.of(action), **_described(about)}
        for action, about in said
    ]
    rows = []
    for start in range(0, len(options), SELECT_OPTIONS):
        some = options[start : start + SELECT_OPTIONS]
        names = f"{some[0]['label']} … {some[-1]['label']}" if len(some) > 1 else str(some[0]["label"])
        select = {"type": SELECT, "custom_id": ids.of_select(), "options": some}
        rows.append({"type": ROW, "components": [{**select, "placeholder": cut(names, PLACEHOLDER)}]})
    return rows


def _fits(action: Action) -> bool:
    return length(f"pr:{action.verb}:{action.target}") <= CUSTOM_ID - COPY_DIGITS


def _label(action: Action, most: int) -> str:
    return cut(action.label, most) or cut(action.verb, most) or "…"


def _described(about: str) -> Payload:
    words = cut(about, OPTION_TEXT)
    return {"description": words} if words else {}


def _hash(target: str) -> str:
    return hashlib.sha256(one_line(target).encode()).hexdigest()[:32]
