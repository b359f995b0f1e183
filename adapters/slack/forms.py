"""Forms as modals: asked in one view, answered as the fields of one invocation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.slack import limits
from adapters.slack.rich import Block, Element, cut
from bot.cards import Field, Form
from bot.text import one_line

CALLBACK = "form"  # of every modal that is ours
ANSWER = "answer"  # the action id inside each block; the block's id is the field's name


@dataclass(frozen=True, slots=True)
class Answers:
    """What was filled in: one value a field, empty where nothing was."""

    verb: str
    fields: Mapping[str, str]
    state: str


def modal(form: Form, state: str = "") -> dict[str, object]:
    """The view to open. state: what must come back with the answers, such as the channel; at most 3,000 letters."""
    return {
        "type": "modal",
        "callback_id": f"{CALLBACK}:{form.verb}",
        "private_metadata": state,
        "title": _plain(form.title, limits.VIEW_TITLE, "Paper Round"),
        "submit": _plain(form.submit, limits.VIEW_TITLE, "Save"),
        "close": _plain("Cancel", limits.VIEW_TITLE),
        "blocks": [_asked(field) for field in form.fields[: limits.VIEW_BLOCKS]],
    }


def answers(view: Mapping[str, object]) -> Answers | None:
    """What a submitted view holds, or none where it is not ours."""
    kind, _, verb = str(view.get("callback_id", "")).partition(":")
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    if kind != CALLBACK or not verb or not isinstance(values, dict):
        return None
    fields = {name: _answer(block.get(ANSWER)) for name, block in values.items() if isinstance(block, dict)}
    return Answers(verb, fields, str(view.get("private_metadata", "")))


def _asked(field: Field) -> Block:
    choices = [one for one in dict.fromkeys(field.choices) if one_line(one) and len(one) <= limits.OPTION_VALUE]
    hint = {"hint": _plain(field.hint, limits.INPUT_LABEL)} if one_line(field.hint) else {}
    return {
        "type": "input",
        "block_id": field.name,
        "label": _plain(field.label, limits.INPUT_LABEL, field.name),
        "optional": not field.required,
        "element": _choice(field, choices) if choices else _words(field),
        **hint,
    }


def _choice(field: Field, choices: Sequence[str]) -> Element:
    """A menu of the choices. Nothing is chosen where the value is none of them."""
    most = limits.SELECT_OPTIONS
    options = {value: {"text": _plain(value, limits.OPTION_TEXT), "value": value} for value in choices[:most]}
    chosen = {"initial_option": options[field.value]} if field.value in options else {}
    return {"type": "static_select", "action_id": ANSWER, "options": list(options.values()), **chosen}


def _words(field: Field) -> Element:
    begun = {"initial_value": cut(field.value, limits.INPUT_VALUE)} if field.value else {}
    longest = {"max_length": limits.INPUT_VALUE}
    return {"type": "plain_text_input", "action_id": ANSWER, "multiline": field.long, **longest, **begun}


def _answer(element: object) -> str:
    if not isinstance(element, dict):
        return ""
    chosen = element.get("selected_option")
    return str((chosen.get("value") if isinstance(chosen, dict) else element.get("value")) or "")


def _plain(words: str, most: int, otherwise: str = "") -> Element:
    return {"type": "plain_text", "text": cut(one_line(words) or otherwise, most), "emoji": False}
