"""Forms as Discord's windows, and what was filled in."""

from typing import Any

from adapters.discord import limits
from adapters.discord.buttons import encode
from adapters.discord.escape import cut
from bot.cards import Action, Field, Form

Payload = dict[str, Any]

SELECT, TEXT_INPUT, LABELLED, SHORT, LONG = 3, 4, 18, 1, 2  # kinds of components, and styles of a text input


def modal(form: Form) -> Payload:
    """The data of an interaction's answer of type 9. A window has five fields: no further ones are asked.

    Its id and those of its fields say what is meant: `decode` gives the verb, each field is named as its argument.
    """
    verb, _, begun = form.verb.partition(" ")
    return {
        "custom_id": encode(Action("", verb, begun)),
        "title": cut(form.title, limits.MODAL_TITLE) or verb,
        "components": [_question(one) for one in form.fields[: limits.MODAL_FIELDS]],
    }


def _question(one: Field) -> Payload:
    hint = cut(one.hint, limits.FIELD_HINT)
    label = cut(one.label, limits.FIELD_LABEL) or one.name
    described = {"description": hint} if hint else {}
    return {"type": LABELLED, "label": label, **described, "component": _choice(one) if one.choices else _text(one)}


def _choice(one: Field) -> Payload:
    choices = list(dict.fromkeys(one.choices))[: limits.SELECT_OPTIONS]
    options = [
        {"label": cut(choice, limits.OPTION_TEXT), "value": choice, "default": choice == one.value}
        for choice in choices
    ]
    return {"type": SELECT, "custom_id": one.name, "options": options, "required": one.required}


def _text(one: Field) -> Payload:
    return {
        "type": TEXT_INPUT,
        "custom_id": one.name,
        "style": LONG if one.long else SHORT,
        "value": one.value[: limits.FIELD_VALUE],
        "required": one.required,
        "max_length": limits.FIELD_VALUE,
    }
