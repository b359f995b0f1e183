"""Buttons and menus: how an action travels to Slack, and how it comes back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from adapters.slack import limits
from adapters.slack.rich import Block, Element, cut
from bot.cards import Action
from bot.text import one_line

PREFIX = "do"  # of every action id that is ours
FIRST = frozenset({"save", "like", "dislike"})  # what an entry of a digest has as buttons; the rest is in its menu


@dataclass(frozen=True, slots=True)
class Pressed:
    """What somebody chose: it comes back as an invocation of `verb` with `target` for its text."""

    verb: str
    target: str


@dataclass(slots=True)
class Labels:
    """The labels that a message has so far, so that no two are alike for who listens to them."""

    taken: set[str] = field(default_factory=set)

    def unique(self, action: Action, most: int, n: int | None = None) -> str:
        """The action's label, with the number of its row, or with one of its own where that is not enough."""
        base = one_line(action.label) or action.verb
        numbered = base if n is None or base.split()[-1] == str(n) else f"{base} {n}"
        label, count = cut(numbered, most), 1
        while label in self.taken:
            count += 1
            label = f"{cut(numbered, most - 6)} ({count})"
        self.taken.add(label)
        return label


def encode(action: Action, place: int = 0) -> tuple[str, str]:
    """An action id and a value. place: tells the actions of one block apart."""
    return cut(f"{PREFIX}:{place}:{action.verb}", limits.ACTION_ID), f"{action.verb} {action.target.strip()}".strip()


def decode(action_id: str, value: str) -> Pressed | None:
    """What was encoded, or none where it is not ours. value: of a button, or of the option chosen in a menu."""
    verb, _, target = value.partition(" ")
    return Pressed(verb, target) if verb and action_id.startswith(f"{PREFIX}:") else None


def is_pressable(action: Action, most: int = limits.BUTTON_VALUE) -> bool:
    """Whether the action fits into a value of that many letters."""
    return len(encode(action)[1]) <= most


def buttons(actions: Iterable[Action], labels: Labels, n: int | None = None) -> list[Block]:
    """The actions in as few blocks as they need. What is too long for a button has to be typed."""
    named = [replace(one, label=labels.unique(one, limits.BUTTON_TEXT, n)) for one in actions if is_pressable(one)]
    return _blocks([_button(action, place) for place, action in enumerate(named)])


def entry_buttons(actions: Sequence[Action], further: Sequence[Action], labels: Labels) -> list[Block]:
    """A digest's entry: the votes and Save as buttons, the rest in a menu."""
    fitting = [one for one in (*actions, *further) if is_pressable(one)]
    named = [replace(one, label=labels.unique(one, limits.BUTTON_TEXT)) for one in fitting]
    hidden = [one for one in named if _verb(one) not in FIRST and is_pressable(one, limits.OPTION_VALUE)]
    shown = [_button(one, place) for place, one in enumerate(named) if one not in hidden]
    most = limits.OVERFLOW_OPTIONS
    menus = [_menu(hidden[start : start + most], start) for start in range(0, len(hidden), most)]
    return _blocks([*shown, *menus])


def row_buttons(rows: Iterable[tuple[int | None, Action]], labels: Labels) -> list[Block]:
    """The buttons of some rows of a listing, each with the number of its row."""
    fitting = [(n, action) for n, action in rows if is_pressable(action)]
    named = [replace(action, label=labels.unique(action, limits.BUTTON_TEXT, n)) for n, action in fitting]
    return _blocks([_button(action, place) for place, action in enumerate(named)])


def _verb(action: Action) -> str:
    """What it does, for a channel or for the person alone."""
    return action.target.partition(" ")[0] if action.verb == "dm" else action.verb


def _blocks(elements: Sequence[Element]) -> list[Block]:
    starts = range(0, len(elements), limits.ELEMENTS)
    return [{"type": "actions", "elements": list(elements[start : start + limits.ELEMENTS])} for start in starts]


def _button(action: Action, place: int) -> Element:
    action_id, value = encode(action, place)
    return {"type": "button", "text": _plain(action.label), "action_id": action_id, "value": value}


def _menu(actions: Sequence[Action], place: int) -> Element:
    options = [{"text": _plain(action.label), "value": encode(action)[1]} for action in actions]
    return {"type": "overflow", "action_id": f"{PREFIX}:{place}:menu", "options": options}


def _plain(label: str) -> Element:
    return {"type": "plain_text", "text": label, "emoji": False}
