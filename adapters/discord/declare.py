"""What Discord's menu shows: each declared command as a slash command with typed options, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import Refused
from bot.grammar import Arg, Command
from bot.text import shorten

ROOT, ALONE = "papers", "paper"  # `/papers follow`, and `/paper` that stands by itself
LOOK_UP = "Look up this paper"  # beside a message
DESCRIPTION_MAX = 100  # of Discord's documented limits

SLASH, BESIDE_A_MESSAGE = 1, 3  # kinds of commands
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5  # kinds of options
_EVERYWHERE = {"integration_types": [0, 1], "contexts": [0, 1, 2]}  # servers and people; servers, our messages, others'

GROUPS = {  # what a menu says of a group; one that is not here has its name
    "vote": "What you like here, and what that has taught.",
    "mute": "What never comes to this channel.",
    "channel": "How this channel's digests are, and who may change it.",
    "me": "What is yours alone.",
}

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose from the menu: a command, unknown to us where the menu they see is old, and its options.

    fields: one value an argument. typing: the argument that is being typed, none once it is sent.
    """

    verb: str
    command: Command | None
    fields: Mapping[str, str]
    typing: Arg | None = None


class Menu:
    """The declared commands by where they stand in the menu."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self._commands = {_path(command): command for command in commands}

    def payload(self) -> list[Payload]:
        """All that is to be declared, as Discord takes it."""
        alone = [command for path, command in self._commands.items() if path == (ALONE,)]
        below = [command for path, command in self._commands.items() if path != (ALONE,)]
        papers = {"type": SLASH, "name": ROOT, "description": "Paper digests for this channel, and look-ups."}
        return [
            {**papers, "options": _children(below), **_EVERYWHERE},
            *({"type": SLASH, **_described(command, ALONE), **_EVERYWHERE} for command in alone),
            {"type": BESIDE_A_MESSAGE, "name": LOOK_UP, **_EVERYWHERE},
        ]

    def chosen(self, data: Mapping[str, Any]) -> Chosen:
        """What the data of an interaction say. Raises Refused where they name nothing."""
        path, options = [str(data.get("name", ""))], data.get("options") or []
        while options and options[0].get("type") in (SUBCOMMAND, GROUP):
            path, options = [*path, str(options[0].get("name", ""))], options[0].get("options") or []
        if path == [ROOT]:
            raise Refused("Which of them?", "Choose one of the commands below /papers.")
        command = self._commands.get(tuple(path))
        fields = {str(one.get("name", "")): _typed(one) for one in options}
        typing = next((str(one.get("name", "")) for one in options if one.get("focused")), "")
        args = command.args if command else ()
        verb = command.verb if command else path[-1]
        return Chosen(verb, command, fields, next((arg for arg in args if arg.name == typing), None))


def _path(command: Command) -> tuple[str, ...]:
    return (ALONE,) if command.verb == ALONE else (ROOT, *(command.place or (command.verb,)))


def _children(commands: Sequence[Command]) -> list[Payload]:
    """Subcommands and groups of them, in the order in which they are declared."""
    children: dict[str, Payload] = {}
    for command in commands:
        *group, name = command.place or (command.verb,)
        child = {"type": SUBCOMMAND, **_described(command, name)}
        if not group:
            children[name] = child
            continue
        description = GROUPS.get(group[0], f"More commands: {group[0]}.")
        about = {"type": GROUP, "name": group[0], "description": description, "options": []}
        children.setdefault(group[0], about)["options"].append(child)
    return list(children.values())


def _described(command: Command, name: str) -> Payload:
    required_first = sorted(command.args, key=lambda arg: not arg.required)
    description = shorten(command.help, DESCRIPTION_MAX)
    return {"name": name, "description": description, "options": [_option(arg) for arg in required_first]}


def _option(arg: Arg) -> Payload:
    option: Payload = {"name": arg.name, "description": shorten(arg.help, DESCRIPTION_MAX), "required": arg.required}
    match arg.kind:
        case "flag":
            return option | {"type": BOOLEAN}
        case "number":
            return option | {"type": INTEGER, "min_value": arg.least, "max_value": arg.most}
        case "choice":
            return option | {"type": STRING, "choices": [{"name": one, "value": one} for one in arg.choices]}
        case _:
            completes = {"autocomplete": True} if arg.suggests or arg.choices else {}
            return option | {"type": STRING} | completes


def _typed(option: Mapping[str, Any]) -> str:
    """The option's value as it would be typed; a flag that is set is typed by its name."""
    match option.get("value"):
        case True:
            return str(option.get("name", ""))
        case None | False:
            return ""
        case value:
            return str(value)
