"""The one door: somebody speaks, a reply comes back. Wires the store, the picker and the commands together."""

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.adapter import ChannelRef, Invocation
from bot.cards import Reply, refusal
from bot.commands.all import COMMANDS
from bot.commands.context import Context
from bot.commands.digest import compose
from bot.digests.index import IndexKeeper
from bot.digests.selection import Selection
from bot.errors import Fault, Refused
from bot.grammar import Command, Said, fill, named, parse
from bot.picking import topics
from bot.store import Store

log = logging.getLogger(__name__)

MOST_SUGGESTIONS = 25  # Discord's limit, and plenty elsewhere

Clock = Callable[[], datetime]


class Service:
    """What adapters talk to. Handles any number of invocations at once."""

    def __init__(self, store: Store, keeper: IndexKeeper, *, clock: Clock, zone: str = "UTC") -> None:
        self.store = store
        self.index = keeper
        self._clock = clock
        self._zone = zone
        self._selection = Selection(store, keeper)

    @classmethod
    async def open(cls, url: str, *, clock: Clock, zone: str = "UTC", cache: Path | None = None) -> "Service":
        """The service on a database. The picker's index lies beside an SQLite file, else in `cache`.

        Raises Refused or Fault where the database can't be used.
        """
        store = await Store.open(url)
        path = store.database.path
        beside = (
            path.with_name(f"{path.name}.index.npz") if path else cache and cache / f"{store.database.tag}.index.npz"
        )
        return cls(store, IndexKeeper(store.papers, beside), clock=clock, zone=zone)

    async def close(self) -> None:
        await self.store.close()

    @property
    def commands(self) -> Sequence[Command]:
        return COMMANDS

    async def handle(self, invocation: Invocation) -> Reply:
        """Answer an invocation; a refusal and a fault are answers too, of one sentence each."""
        try:
            said = _understood(invocation)
            if said.command.changes_channel and not invocation.can_manage:
                raise Refused("Only those who manage this channel can change what it follows.", "Ask one of them.")
            reply: Reply = await said.command.handler(self._context(), invocation, **said.values)
            return reply
        except Exception as err:
            return _apology(err)

    async def digest(self, channel: ChannelRef, *, keep: bool) -> Reply:
        """The channel's digest of today: composed if need be, and stored only with `keep`."""
        try:
            context = self._context()
            return await compose(context, await self.store.channels.of(channel, zone=self._zone), keep=keep)
        except Exception as err:
            return _apology(err)

    async def suggest(self, invocation: Invocation, argument: str) -> Sequence[str]:
        """Values for an argument that continue what was typed: what is followed or muted here, known topics, titles."""
        typed = invocation.text.casefold().strip()
        channel = await self._context().channel(invocation)
        match argument:
            case "follows":
                names = [follow.name for follow in await self.store.follows.of(channel)]
            case "mutes":
                names = [follow.name for follow in await self.store.follows.of(channel, "mute")]
            case "topics":
                names = [*(follow.name for follow in await self.store.follows.of(channel)), *topics.known()]
            case "commands":
                names = [known.verb for known in COMMANDS]
            case "papers" if len(typed) >= 3:
                return [paper.title for paper in await self.store.papers.search(typed, most=MOST_SUGGESTIONS)]
            case _:
                names = []
        fitting = [name for name in dict.fromkeys(names) if name.casefold().startswith(typed)]
        return fitting[:MOST_SUGGESTIONS]

    async def seen_before(self, event_key: str) -> bool:
        return await self.store.facts.seen_before(event_key, self._clock())

    async def fact(self, adapter: str, key: str) -> str | None:
        return await self.store.facts.get(adapter, key)

    async def set_fact(self, adapter: str, key: str, value: str) -> None:
        await self.store.facts.put(adapter, key, value)

    def _context(self) -> Context:
        return Context(self.store, self._selection, self._clock(), COMMANDS, self._zone)


def utc_now() -> datetime:
    """The clock of every real run."""
    return datetime.now(UTC)


def _understood(invocation: Invocation) -> Said:
    if invocation.verb:
        return fill(named(invocation.verb, COMMANDS), invocation.text, invocation.fields)
    return parse(invocation.text, COMMANDS)


def _apology(err: Exception) -> Reply:
    match err:
        case Fault():
            log.error("fault: %s", err, exc_info=err.__cause__)
            return refusal(err.wrong, err.instead, outcome="fault")
        case Refused():
            return refusal(err.wrong, err.instead)
        case _:
            code = secrets.token_hex(2)
            log.error("bug %s", code, exc_info=err)
            return refusal(f"Something went wrong on our side (code {code}).", "Nothing was lost.", outcome="fault")
