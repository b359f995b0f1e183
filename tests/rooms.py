"""One channel on each platform, and somebody who speaks there: through these a behaviour is tested on all of them."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import StringIO
from typing import Protocol

from rich.console import Console

from adapters.discord.declare import ALONE, ROOT
from adapters.terminal.app import Terminal
from bot.digests.deliver import Outbox
from bot.errors import Refused
from bot.grammar import Command, Value, parse
from bot.model import Draft
from bot.service import Service
from tests.conftest import Clock
from tests.discord import Server, serving_discord
from tests.fakes.discord.people import Told
from tests.fakes.slack.api import Body
from tests.fakes.slack.person import labels, words
from tests.fakes.slack.team import Team, a_team
from tests.papers import others


class Room(Protocol):
    """What a person can do in a channel, and what is read there."""

    async def say(self, text: str) -> str:
        """What is answered to a command, spelled as help does it."""

    async def press(self, label: str) -> str:
        """What is answered when a button of the last answer is pressed."""

    async def heard(self, words: str) -> str:
        """What all in the channel were told, of which these words are part."""

    async def at(self, day: int, hour: int) -> list[str]:
        """What was posted by itself when it became that time of November 2026."""

    async def publish(self, *drafts: Draft) -> None:
        """Papers that a source lists now."""


class InTerminal:
    """A terminal: what is printed is what is read."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self._service, self._clock, self._screen = service, clock, StringIO()
        self._terminal = Terminal(console=Console(file=self._screen, width=200), user="Ada", channel="ml-papers")
        self._due = service.composer({"terminal": 15}, worker="one")
        self._outbox = Outbox(service.store, [self._terminal], worker="one", clock=clock, sleep=clock.sleep)
        self._answer = ""

    async def say(self, text: str) -> str:
        before = self._screen.tell()
        await self._terminal.say(self._service, text)
        self._answer = self._screen.getvalue()[before:]
        return self._answer

    async def press(self, label: str) -> str:
        found = re.search(rf"^\W*(\d+)\W+{re.escape(label)}\b", self._answer, re.MULTILINE)
        assert found, self._answer
        return await self.say(found[1])

    async def heard(self, words: str) -> str:
        told = [line for line in self._screen.getvalue().splitlines() if line.startswith("# ") and words in line]
        return told[0].removeprefix("# ")

    async def at(self, day: int, hour: int) -> list[str]:
        self._clock.now = datetime(2026, 11, day, hour, tzinfo=UTC)
        before = self._screen.tell()
        await self._due.compose_due()
        await self._outbox.deliver_due()
        return self._screen.getvalue()[before:].split("---\n")[1:]

    async def publish(self, *drafts: Draft) -> None:
        await self._service.store.papers.save(drafts, "test", self._clock())


class OnDiscord:
    """A text channel: answers are what the person alone sees."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._answer: Told | None = None

    async def say(self, text: str) -> str:
        path, options = chosen(text, self._server.service.commands)
        self._answer = await self._server.ada.slash(path, **options)
        return "\n".join(part for seen in self._answer.messages for part in (seen.text, *seen.files.values()))

    async def press(self, label: str) -> str:
        assert self._answer
        shown = next(seen for seen in self._answer.messages if label in {**seen.buttons, **seen.choices})
        self._answer = await self._server.ada.press(shown, label)
        return self._answer.text

    async def heard(self, words: str) -> str:
        return await self._server.discord.until_announced(self._server.channel, words)

    async def at(self, day: int, hour: int) -> list[str]:
        return [seen.text for seen in await self._server.at(day, hour)]

    async def publish(self, *drafts: Draft) -> None:
        await self._server.publish(*drafts)


class OnSlack:
    """A channel whose people type slash commands: answers are what the person alone sees."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._answers: list[Body] = []

    async def say(self, text: str) -> str:
        self._answers = await self._team.ada.types(text)
        return words(self._answers)

    async def press(self, label: str) -> str:
        shown = next(one for one in self._answers if label in labels(one))
        self._answers = await self._team.ada.presses(shown, label)
        return words(self._answers)

    async def heard(self, words_of_it: str) -> str:
        def there() -> list[str]:
            return [said for said in map(words, self._team.channel) if words_of_it in said]

        await self._team.slack.until(there)
        return there()[0]

    async def at(self, day: int, hour: int) -> list[str]:
        return [words(one) for one in await self._team.at(day, hour) if "metadata" in one]  # not what was told late

    async def publish(self, *drafts: Draft) -> None:
        await self._team.service.store.papers.save(drafts, "test", self._team.clock())


def chosen(text: str, commands: Sequence[Command]) -> tuple[str, dict[str, object]]:
    """A typed command as somebody chooses it from Discord's menu, with its options filled in."""
    try:
        said = parse(text, commands)
    except Refused:  # what is no command is none in the menu either
        return text.lstrip("/"), {}
    command = said.command
    path = ALONE if command.verb == ALONE else " ".join((ROOT, *(command.place or (command.verb,))))
    values = {arg.name: _option(said.values[arg.parameter]) for arg in command.args}
    return path, {name: value for name, value in values.items() if value not in (None, "", False)}


def _option(value: Value) -> object:
    match value:
        case tuple():
            return ",".join(f'"{one}"' for one in value)
        case date():
            return value.isoformat()
        case _:
            return value


@asynccontextmanager
async def _in_terminal(url: str, clock: Clock) -> AsyncIterator[Room]:
    service = await Service.open(url, clock=clock)
    await service.store.papers.save(others(), "test", clock() - timedelta(days=50))
    yield InTerminal(service, clock)
    await service.close()


@asynccontextmanager
async def _on_discord(url: str, clock: Clock) -> AsyncIterator[Room]:
    async with serving_discord(url, clock) as server:
        await server.discord.until_posted(server.channel, 1)  # greeted
        yield OnDiscord(server)


@asynccontextmanager
async def _on_slack(way: str, url: str, clock: Clock) -> AsyncIterator[Room]:
    async with a_team(way, url, clock) as team:
        team.slack.people["U0ADA"]["tz"] = "UTC"  # so that nine is nine on all of them
        yield OnSlack(team)


ROOMS: Mapping[str, Callable[[str, Clock], AbstractAsyncContextManager[Room]]] = {
    "terminal": _in_terminal,
    "discord": _on_discord,
    "slack, socket": partial(_on_slack, "socket"),
    "slack, web": partial(_on_slack, "web"),
}
