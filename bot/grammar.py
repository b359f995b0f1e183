"""What may be said: each command declared once, and the one parser for all that people type or press."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal

from bot.cards import Reply
from bot.errors import Refused
from bot.identity import ids_in, is_only_ids
from bot.text import said, said_lines

Kind = Literal["text", "lines", "word", "list", "number", "date", "choice", "flag"]
Value = str | int | date | bool | tuple[str, ...] | None
Handler = Callable[..., Awaitable[Reply]]

LONGEST = 4_000  # characters of one command; Slack and Discord send less
_COMMAS = str.maketrans("，、", ",,")  # of a Chinese or Japanese keyboard
_MONTH = re.compile(r"^\d{4}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Arg:
    """One thing that a command takes.

    kind: `text` is what is left of the line, `lines` the same with its line breaks, `word` one word of it, `choice` one
    of `choices`, `flag` the bare name; with `key` it is typed as `name:value`, and may be a `list` (a,b,"c d"), a
    `number` or a `date`. A `word` with choices takes others too: these are the usual ones.
    least, most: the bounds of a number. suggests: what completes it (`topics`, `follows`, `papers`, `commands`).
    """

    name: str
    help: str
    kind: Kind = "text"
    required: bool = False
    key: bool = False
    choices: tuple[str, ...] = ()
    least: int = 1
    most: int = 100
    suggests: str = ""

    @property
    def parameter(self) -> str:
        """The handler's parameter: the name, but legal in Python (`in` -> `in_`)."""
        name = self.name.replace("-", "_")
        return f"{name}_" if name in ("in", "not", "by", "from", "for", "with") else name

    @property
    def slot(self) -> str:
        """How usage shows it: `<topic>`, `[in:…]`, `[share]`."""
        if self.kind == "flag":
            return f"[{self.name}]"
        if self.required and len(self.choices) == 1:
            return self.choices[0]
        inside = "|".join(self.choices) if self.choices else self.name
        shown = f"{self.name}:…" if self.key else f"<{inside}>"
        return shown if self.required else f"[{shown.strip('<>')}]"

    def value(self, text: str) -> Value:
        """What was typed, as the handler gets it; Refused where it does not fit."""
        match self.kind:
            case "flag":
                return bool(text)
            case "list":
                return tuple(filter(None, (unquoted(part) for part in split(text.translate(_COMMAS), ","))))
            case "number":
                return self._number(text) if text else None
            case "date":
                return self._date(text) if text else None
            case "choice":
                return self._choice(text) if text else ""
            case _:
                return unquoted(text) if self.key else text

    def _number(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = self.least - 1
        if not self.least <= number <= self.most:
            wanted = f"a number from {self.least} to {self.most}"
            raise Refused(f"{self.name}: takes {wanted}, not “{text[:40]}”.", f"Try {self.name}:{self.least + 4}.")
        return number

    def _date(self, text: str) -> date:
        try:
            return date.fromisoformat(f"{text}-01" if _MONTH.match(text) else text)
        except ValueError as err:
            raise Refused(
                f"“{text[:40]}” is not a date I understand.", f"Try {self.name}:2026-01 or 2026-01-31."
            ) from err

    def _choice(self, text: str) -> str:
        word = text.casefold().strip()
        if word in self.choices:
            return word
        raise Refused(f"“{text[:40]}” is not one of {', '.join(self.choices)}.", f"Try {self.choices[0]}.")


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with its arguments and its handler.

    aliases: other words for the verb. place: where menus put it, such as ("mute", "add"), or () directly below
    `/papers`; the typed form is the verb alone. changes_channel: needs the right to change what the channel gets.
    """

    verb: str
    args: tuple[Arg, ...]
    help: str
    example: str
    handler: Handler
    aliases: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    changes_channel: bool = False

    @property
    def root(self) -> str:
        return "/paper" if self.verb == "paper" else f"/papers {self.verb}"

    @property
    def usage(self) -> str:
        """`/papers follow <topic> [in:…] [top:…]`."""
        return " ".join([self.root, *(arg.slot for arg in self.args)])


@dataclass(frozen=True, slots=True)
class Said:
    """A line understood: the command and a value for each of the handler's parameters."""

    command: Command
    values: Mapping[str, Value]


def command(verb: str, *args: Arg, help: str, example: str, **more: Any) -> Callable[[Handler], Command]:
    """Declare a command on its handler `(ctx, ask, *arguments)`; TypeError where the two differ."""

    def declare(handler: Handler) -> Command:
        taken = [*inspect.signature(handler).parameters][2:]
        declared = [arg.parameter for arg in args]
        if taken != declared:
            raise TypeError(f"{verb}: declares {declared} but its handler takes {taken}")
        if bare := [arg.name for arg in args if arg.kind in ("list", "number", "date") and not arg.key]:
            raise TypeError(f"{verb}: {bare} can only be typed as name:value")
        return Command(verb, args, help, example, handler, **more)

    return declare


def parse(line: str, commands: Sequence[Command]) -> Said:
    """The command that a typed line means, with its values; Refused where it means none.

    `/papers`, `/paper`, a mention's leading white space, letter case and smart quotes do not matter.
    """
    _refuse_too_long(line)
    words = said_lines(line)
    root, rest = first_word(words.lstrip("/"))
    if root.casefold() == "paper":
        return fill(named("paper", commands), rest)
    words = rest if root.casefold() == "papers" else words.lstrip("/")
    if ids_in(words) and is_only_ids(words):  # an id or a link alone asks for its paper
        return fill(named("paper", commands), words)
    verb, rest = first_word(words)
    return fill(named(verb or "help", commands), rest)


def named(verb: str, commands: Sequence[Command]) -> Command:
    """The command of that name, whatever its case; Refused with the nearest one where there is none."""
    word = verb.casefold().strip()
    for name in (word, bare := word.strip(".,;:!?\"'")):
        for known in commands:
            if name == known.verb or name in known.aliases:
                return known
    word = bare
    names = {name: known for known in commands for name in (known.verb, *known.aliases)}
    near = get_close_matches(word, names, n=1, cutoff=0.6) or [
        name for name in names if len(word) > 2 and name.startswith(word)
    ]
    if near:
        raise Refused(f"There is no command “{verb[:40]}”.", f"Did you mean {names[near[0]].root}?")
    raise Refused(
        f"There is no command “{verb[:40]}”.", "Type /papers help for the list, or /paper and a title to look it up."
    )


def fill(command: Command, text: str, fields: Mapping[str, str] | None = None) -> Said:
    """The command with `text` taken apart by its arguments; `fields` (of a form or typed options) go before it."""
    for value in (text, *(fields or {}).values()):
        _refuse_too_long(value)
    clean = said_lines if any(arg.kind == "lines" for arg in command.args) else said
    given = {name: clean(value) for name, value in (fields or {}).items()}
    rest = clean(text)
    for arg in (a for a in command.args if a.key):
        rest, found = _take_key(rest, arg)
        if found and not given.get(arg.name):
            given[arg.name] = found
    _refuse_unknown_keys(command, rest)
    for arg in sorted(
        (a for a in command.args if not a.key), key=lambda a: ("flag", "word", "choice", "text", "lines").index(a.kind)
    ):
        if given.get(arg.name):
            continue
        if arg.kind in ("text", "lines"):
            given[arg.name], rest = rest, ""
        else:
            given[arg.name], rest = _take_word(rest, arg)
    if rest:
        raise Refused(f"I don't know what “{rest[:60]}” means there.", f"Type {command.usage}")
    for arg in command.args:
        if arg.required and not given.get(arg.name, "").strip():
            raise Refused(f"{command.root} needs {_article(arg.help)}.", f"Try {command.example}")
    return Said(command, {arg.parameter: arg.value(given.get(arg.name, "").strip()) for arg in command.args})


def first_word(text: str) -> tuple[str, str]:
    """The first word, and what comes after the white space behind it."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, "".join(rest)


def split(text: str, at: str) -> list[str]:
    """`text` cut at each `at` that stands outside quotes; the parts stripped, empty ones left out."""
    parts, part, quoted = [], "", False
    for letter in text:
        quoted ^= letter == '"'
        if letter == at and not quoted:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [found for found in (p.strip() for p in [*parts, part]) if found]


def unquoted(text: str) -> str:
    """`text` without the quotes around it."""
    return text.replace('"', "").strip() if '"' in text else text.strip()


def help_rows(commands: Iterable[Command]) -> list[tuple[str, str]]:
    """Usage and help of each, in order: for `help`, the README and menus alike."""
    return [(known.usage, known.help) for known in commands]


def _refuse_too_long(text: str) -> None:
    if len(text) > LONGEST:
        raise Refused(f"That is too long for a command ({len(text):,} characters).", "Try a title or a few words.")


def _take_key(text: str, arg: Arg) -> tuple[str, str]:
    """What stands after `name:` (quotes allowed, commas join, a semicolon ends it), and the text without it."""
    piece = r'(?:"[^"]*"?|[^\s,;"]+)+'
    many = rf"{piece}(?:\s*,\s*{piece})*" if arg.kind == "list" else piece
    found: list[str] = []

    def keep(match: re.Match[str]) -> str:
        found.append(match.group(1))
        return " "

    rest = re.sub(rf"(?<![^\s])(?:{re.escape(arg.name)})\s?[:：]\s*({many})", keep, text, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", rest).strip(), ",".join(found)


def _take_word(text: str, arg: Arg) -> tuple[str, str]:
    if arg.kind == "flag":
        pattern = rf"(?<!\S){re.escape(arg.name)}(?!\S)"
        rest = re.sub(pattern, " ", text, count=1, flags=re.IGNORECASE)
        return (arg.name if rest != text else ""), re.sub(r"\s+", " ", rest).strip()
    match = re.match(r'"[^"]*"?|\S+', text)
    return (match.group(), text[match.end() :].strip()) if match else ("", "")


def _refuse_unknown_keys(command: Command, rest: str) -> None:
    keys = [arg.name for arg in command.args if arg.key]
    if not keys or '"' in rest:
        return
    for word in re.findall(r"(?<!\S)([a-z]{2,10}):(?=\S)(?!//)", rest, flags=re.IGNORECASE):
        near = get_close_matches(word.casefold(), keys, n=1, cutoff=0.5)
        if near and word.casefold() not in keys and word.casefold() not in _SUBJECTS:
            raise Refused(f"There is no filter “{word}:”.", f"Did you mean {near[0]}:?")


_SUBJECTS = ("author", "category", "venue", "like", "feed", "trending", "topic", "arxiv", "doi")


def _article(help: str) -> str:
    return help if help.split(" ", 1)[0] in ("a", "an", "the", "what", "which", "some") else f"a {help}"
