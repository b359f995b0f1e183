"""Forms as modals: asked for by a button, since Discord opens none after a deferral, and read when they are sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.cards import Action, Card, Form, Notice, as_text

OPENS = "form"  # the verb of a button that opens the form of the command that is its target


def openers(cards: Sequence[Card]) -> list[Card]:
    """The cards with each form as what it holds now, and a button that opens it."""
    return [_opener(card) if isinstance(card, Form) else card for card in cards]


def form_in(cards: Sequence[Card]) -> Form | None:
    """The form among the cards, if there is one."""
    return next((card for card in cards if isinstance(card, Form)), None)


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
