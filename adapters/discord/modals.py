"""Forms as modals: asked for by a button, since Discord opens none after a deferral, and read when they are sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.adapter import Invocation
from bot.cards import Action, Card, Field, Form, Notice, Reply, as_text

OPENS = "form"  # the verb of a button that opens the form of the command that is its target
SAVE = "save"  # the command that takes a note


def openers(cards: Sequence[Card]) -> list[Card]:
    """The cards with each form as what it holds now, and a button that opens it."""
    return [_opener(card) if isinstance(card, Form) else card for card in cards]


def form_in(cards: Sequence[Card]) -> Form | None:
    """The form among the cards, if there is one."""
    return next((card for card in cards if isinstance(card, Form)), None)


def with_note(reply: Reply, ask: Invocation) -> Reply:
    """After saving without a note: a way to write down why."""
    paper = ask.text or ask.fields.get("paper", "")
    match reply.cards:
        case (Notice(tone="done") as said,) if ask.verb == SAVE and not ask.fields.get("note"):
            more = Action("Add a note", OPENS, f"{SAVE} {paper}")
            return replace(reply, cards=(replace(said, actions=(*said.actions, more)),))
        case _:
            return reply


def note_form(opens: str) -> Form | None:
    """The form for a note to a paper that was saved; none where another form is to be opened."""
    verb, _, paper = opens.partition(" ")
    field = Field("note", "Note", "for you alone", required=True, long=True)
    return Form("A note to yourself", opens, (field,)) if verb == SAVE and paper else None


def answers(data: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by the name of the field; a choice by its value."""
    return {str(one["custom_id"]): _value(one) for one in _filled(data.get("components") or []) if "custom_id" in one}


def _opener(form: Form) -> Notice:
    held = as_text((replace(form, title=""),))
    return Notice(held, title=form.title, actions=(Action("Fill in", OPENS, form.verb),))


def _filled(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Inputs and selects, in whatever rows and labels they stand."""
    for component in components:
        if inside := component.get("component"):
            yield from _filled([inside])
        elif "components" in component:
            yield from _filled(component["components"])
        else:
            yield component


def _value(component: Mapping[str, Any]) -> str:
    if values := component.get("values"):
        return str(values[0])
    return str(component.get("value") or "")
