"""Modals: a command asked for as a form, an answer shown in one, and which field a refusal is about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from adapters.slack import limits
from adapters.slack.forms import modal
from adapters.slack.render import home
from adapters.slack.rich import cut
from bot.cards import Card, Field, Form, Notice, Reply, as_text
from bot.errors import Refused
from bot.grammar import Arg, Command, fill
from bot.text import one_line

View = dict[str, object]
SHOWN = "shown"  # the callback id of a modal that asks nothing
ON_ITS_WAY = Notice("On its way: the answer comes here.")


@dataclass(frozen=True, slots=True)
class Target:
    """The channel that a modal is about, kept in it between opening and answering."""

    channel: str = ""
    name: str = ""

    def __str__(self) -> str:
        return json.dumps({"channel": self.channel, "name": cut(self.name, 200)})

    @classmethod
    def of(cls, state: str) -> "Target":
        """What was kept; nothing where it can't be read."""
        try:
            kept = json.loads(state)
        except ValueError:
            return cls()
        return cls(str(kept.get("channel", "")), str(kept.get("name", ""))) if isinstance(kept, dict) else cls()


def asking(command: Command, given: str = "") -> Form:
    """A form with one field an argument; given: what the first is filled with."""
    fields = [_field(arg, command) for arg in command.args]
    if fields and given:
        fields[0] = replace(fields[0], value=given)
    return Form(command.verb.capitalize(), command.verb, tuple(fields), submit=command.verb.capitalize())


def form_in(reply: Reply) -> Form | None:
    """The form that the reply asks to be filled in, if any."""
    return next((card for card in reply.cards if isinstance(card, Form)), None)


def opened(form: Form, target: Target) -> View:
    """The view of a form about a channel."""
    return modal(form, str(target))


def showing(cards: tuple[Card, ...], target: Target) -> View:
    """A modal with an answer in it."""
    return {
        "type": "modal",
        "callback_id": SHOWN,
        "private_metadata": str(target),
        "title": {"type": "plain_text", "text": "Paper Round", "emoji": False},
        "close": {"type": "plain_text", "text": "Close", "emoji": False},
        "blocks": home(cards)["blocks"],
    }


def wrong_fields(command: Command, fields: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each field that does not fit its argument; nothing is looked up for it."""
    wrong = {}
    for arg in command.args:
        if arg.name not in fields:
            continue
        value = fields[arg.name].strip()
        try:
            if arg.required and not value:
                raise Refused(f"This is needed: {arg.help}.")
            arg.value(value)
        except Refused as err:
            wrong[arg.name] = _sentence(str(err))
    if not wrong:
        try:
            fill(command, "", fields)
        except Refused as err:
            wrong = refused_field(str(err), fields)
    return wrong


def refused_field(said: str, fields: Mapping[str, str]) -> dict[str, str]:
    """A refusal beside the field that it quotes, else the one that it names first, else the first there is."""
    quoted = [name for name, value in fields.items() if one_line(value) and f"“{one_line(value)[:20]}" in said]
    named = sorted((name for name in fields if f"{name}:" in said), key=lambda name: said.index(f"{name}:"))
    name = next(iter([*quoted, *named, *fields]), "")
    return {name: _sentence(said)} if name else {}


def said_in(reply: Reply) -> str:
    return as_text(reply.cards)


def _field(arg: Arg, command: Command) -> Field:
    choices = arg.choices if arg.kind == "choice" else ()
    label = f"{arg.help[:1].upper()}{arg.help[1:]}"
    hint = f"As in {command.example}" if arg.required and not arg.choices else ""
    return Field(arg.name, label, hint, choices=choices, required=arg.required, long=arg.kind == "lines")


def _sentence(text: str) -> str:
    return cut(one_line(text), limits.INPUT_LABEL)
