"""What Tab offers."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.terminal.lines import one_line
from bot.adapter import Handle, Invocation
from bot.grammar import Command

ROOTS = ("/papers ", "/paper ")


async def completions(line: str, handle: Handle, invocation: Invocation) -> list[str]:
    """Whole lines that continue `line`: commands first, then what their argument may be."""
    root = next((root for root in ROOTS if line.startswith(root)), "")
    if root == "/paper ":
        return await _values(root, line.removeprefix(root), "paper", handle, invocation)
    if not root and line.startswith("/"):
        return [whole for whole in ROOTS if whole.startswith(line)]
    verb, gap, typed = line.removeprefix(root).partition(" ")
    if not gap:
        return [f"{root}{command.verb} " for command in handle.commands if command.verb.startswith(verb.casefold())]
    return await _values(f"{root}{verb} ", typed, verb.casefold(), handle, invocation)


async def _values(before: str, typed: str, verb: str, handle: Handle, invocation: Invocation) -> list[str]:
    command = next((known for known in handle.commands if verb in (known.verb, *known.aliases)), None)
    offered = await _offered(command, typed, handle, invocation) if command else ()
    values = [one_line(value) for value in offered]
    fitting = [value for value in values if value.casefold().startswith(typed.casefold())]
    return [before + value for value in fitting or (values if len(values) == 1 else ())]


async def _offered(command: Command, typed: str, handle: Handle, invocation: Invocation) -> Sequence[str]:
    for arg in command.args:
        if arg.choices and not arg.key:
            return arg.choices
        if arg.suggests and not arg.key:
            return await handle.suggest(replace(invocation, verb=command.verb, text=typed), arg.suggests)
    return ()
