"""What is offered while somebody types an option."""

import asyncio
from collections.abc import Iterable

from adapters.discord.asking import Interaction, asked, data_of
from adapters.discord.declare import Menu
from adapters.discord.limits import length
from bot.adapter import Handle
from bot.errors import Refused
from bot.text import one_line, shorten

CHOICES_MAX, CHOICE_MAX = 25, 100  # how many Discord takes, and letters of one
_SECONDS = 2.5  # Discord waits for 3


async def completions(interaction: Interaction, menu: Menu, handle: Handle) -> list[str]:
    """Values that continue what is typed, best first; none where that takes too long, or for what we don't know."""
    try:
        chosen = menu.chosen(data_of(interaction))
    except Refused:
        return []
    arg = chosen.typing
    if arg is None:
        return []
    typed = chosen.fields.get(arg.name, "")
    usual = [one for one in arg.choices if one.startswith(typed.strip().casefold())]
    try:
        async with asyncio.timeout(_SECONDS if arg.suggests else None):
            known = await handle.suggest(asked(interaction, chosen.verb, typed), arg.suggests) if arg.suggests else []
    except TimeoutError:
        known = []
    return _offered([*usual, *known])


def _offered(values: Iterable[str]) -> list[str]:
    """As Discord takes them: a value that is too long is cut, and still finds what it was cut from."""
    fitting = dict.fromkeys(_fitting(one_line(value)) for value in values)
    return [value for value in fitting if value][:CHOICES_MAX]


def _fitting(value: str) -> str:
    most = CHOICE_MAX
    while length(value) > CHOICE_MAX:
        value = shorten(value, most).removesuffix("…")
        most -= 1
    return value
