"""The one door: somebody speaks, a reply comes back. Wires the store, the picker and the commands together."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.adapter import ChannelRef, Handed, Invocation
from bot.cards import Reply, refusal
from bot.commands import permissions
from bot.commands.all import COMMANDS
from bot.commands.context import Context
from bot.commands.digest import compose
from bot.commands.proposing import proposed
from bot.digests.due import Due
from bot.digests.index import IndexKeeper
from bot.digests.posting import GONE, parting
from bot.digests.selection import Selection
from bot.errors import Fault, Refused
from bot.gather.desk import Desk
from bot.grammar import Command, Said, fill, named, parse
from bot.model import Channel, Follow, Paper
from bot.picking import topics
from bot.store import Store
from bot.text import said

if TYPE_CHECKING:
    from bot.digests.summarising import Summariser
    from bot.seal import Seal
    from bot.sources.http import PoliteClient

log = logging.getLogger(__name__)

MOST_FOLLOWS = 50  # of a channel, unless the operator says otherwise
MOST_SUGGESTIONS = 25  # Discord's limit, and plenty elsewhere

Clock = Callable[[], datetime]
MakeClient = Callable[[Store], "PoliteClient"]
MakeLink = Callable[[str], str]
MakeSummariser = Callable[[Store, "PoliteClient"], "Summariser"]


class Service:
    """What adapters talk to. Handles any number of invocations at once."""

    def __init__(
        self,
        store: Store,
        keeper: IndexKeeper,
        *,
        clock: Clock,
        zone: str = "UTC",
        most_follows: int = MOST_FOLLOWS,
        client: MakeClient | None = None,
        summariser: MakeSummariser | None = None,
        has_mail: bool = False,
        archive: MakeLink | None = None,
        seal: "Seal | None" = None,
    ) -> None:
        self.store = store
        self.index = keeper
        self._clock = clock
        self._zone = zone
        self._most_follows = most_follows
        self._make_client = client
        self._make_summariser = summariser
        self._has_mail = has_mail
        self._archive = archive
        self._fitting = asyncio.Lock()
        self._seal = seal
        self._rng = Random()  # noqa: S311
        self._client: PoliteClient | None = None
        self._selection = Selection(store, keeper, clock)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        clock: Clock,
        zone: str = "UTC",
        cache: Path | None = None,
        most_follows: int = MOST_FOLLOWS,
        client: MakeClient | None = None,
        summariser: MakeSummariser | None = None,
        has_mail: bool = False,
        archive: MakeLink | None = None,
        seal: "Seal | None" = None,
    ) -> "Service":
        """The service on a database. The picker's index lies beside an SQLite file, else in `cache`.

        client: makes the client for sources, once one is asked; without it none ever is. summariser: makes what has a
        language model asked for summaries. has_mail: some process on this database sends mail. archive: the secret link
        to a channel's digests, by its name in that. seal: for secrets of others, where the operator has set a key.

        Raises Refused or Fault where the database can't be used.
        """
        store = await Store.open(url)
        path = store.database.path
        beside = path.with_name(f"{path.name}.index") if path else cache and cache / f"{store.database.tag}.index"
        keeper = IndexKeeper(store.papers, beside)
        return cls(
            store, keeper, clock=clock, zone=zone, most_follows=most_follows, client=client, summariser=summariser,
            has_mail=has_mail, archive=archive, seal=seal,
        )  # fmt: skip

    async def close(self) -> None:
        if self._client:
            await self._client.close()
        await self._selection.close()
        await self.store.close()

    def client(self) -> "PoliteClient | None":
        """The client for sources, through the gate that all workers share. Raises Refused for a bad base URL."""
        if self._client is None and self._make_client:
            self._client = self._make_client(self.store)
        return self._client

    @property
    def commands(self) -> Sequence[Command]:
        return COMMANDS

    async def handle(self, invocation: Invocation) -> Reply:
        """Answer an invocation; a refusal and a fault are answers too, of one sentence each."""
        try:
            ask = _cleaned(invocation)
            understood = _understood(ask)
            channel = await self.store.channels.find(ask.channel)
            if channel and channel.pause_reason:
                await self.back(ask.channel)  # whoever speaks there can be reached there
                channel = await self.store.channels.find(ask.channel)
            context = self._context((ask.channel, channel))
            if understood.command.changes_channel:
                permissions.require_change(await context.channel(ask), ask)
            return await understood.command.handler(context, ask, **understood.values)
        except Exception as err:
            return apology(err)

    async def digest(self, channel: ChannelRef, *, keep: bool) -> Reply:
        """The channel's digest of today: composed if need be, and stored only with `keep`."""
        try:
            context = self._context()
            place = await self.store.channels.of(_named(channel), zone=self._zone)
            return await compose(context, place, keep=keep)
        except Exception as err:
            return apology(err)

    async def propose(self, channel: ChannelRef, data: bytes, name: str) -> Reply:
        """What a file speaks for following in the channel; nothing is followed."""
        try:
            return await proposed(self._context(), _cleaned(Invocation(channel, "")), data, name)
        except Exception as err:
            return apology(err)

    def composer(self, papers_a_message: Mapping[str, int], *, worker: str, lease_seconds: float = 60.0) -> Due:
        """What composes the digests that are due on these platforms, each with the papers that a message holds."""
        return Due(
            self.store,
            self._selection,
            papers_a_message,
            worker=worker,
            clock=self._clock,
            lease_seconds=lease_seconds,
            summariser=self._summariser(),
        )

    async def prepare(self) -> int:
        """Fit some of the topics followed and tastes ahead of their digests; how many there were to fit."""
        return await self._selection.prepare()

    async def similar(self, paper: Paper, most: int) -> Sequence[Paper]:
        """Stored papers like this one, as `/papers similar` shows them."""
        return await self._selection.similar(paper, most)

    async def fitting(self, papers: Sequence[Paper], follow: Follow) -> frozenset[int]:
        """Those of the papers (pk) that a channel with this one follow would be offered; one question at a time."""
        async with self._fitting:
            return await self._selection.fitting(papers, follow)

    async def suggest(self, invocation: Invocation, argument: str) -> Sequence[str]:
        """Values for an argument that continue what was typed: what is followed or muted here, known topics, titles.

        Changes nothing, and offers nothing where the database does not answer.
        """
        ask = _cleaned(invocation)
        typed = said(ask.text).casefold()
        try:
            if argument == "papers":
                found = await self.store.papers.search(typed, most=MOST_SUGGESTIONS) if len(typed) > 2 else ()
                return [paper.title for paper in found]
            names = await self._names(ask, argument)
        except Fault:
            return []
        return [name for name in dict.fromkeys(names) if name.casefold().startswith(typed)][:MOST_SUGGESTIONS]

    async def _names(self, ask: Invocation, argument: str) -> Sequence[str]:
        if argument == "commands":
            return [known.verb for known in COMMANDS]
        channel = await self.store.channels.find(ask.channel)
        kinds = ("mute",) if argument == "mutes" else ()
        here = [follow.name for follow in await self.store.follows.of(channel, *kinds)] if channel else []
        return [*here, *topics.known()] if argument == "topics" else here

    async def seen_before(self, event_key: str) -> bool:
        return await self.store.facts.seen_before(event_key, self._clock())

    async def back(self, channel: ChannelRef) -> None:
        """Go on with a channel that could not be reached."""
        if await self.store.reach.back(_named(channel)):
            log.info("channel reached again", extra={"channel": f"{channel.platform}/{channel.id}"})

    async def gone(self, channel: ChannelRef) -> None:
        """Pause a channel that can't be reached, and tell whoever set it up."""
        if found := await self.store.channels.find(_named(channel)):
            tell, note = await parting(self.store, found)
            if await self.store.reach.lost(found, GONE, tell, note, self._clock()):
                log.warning("channel lost", extra={"channel": f"{channel.platform}/{channel.id}"})

    async def moved(self, channel: ChannelRef, id: str) -> None:
        """Keep what a channel has under its new id."""
        is_moved = await self.store.reach.moved(_named(channel), id)
        told = {"channel": f"{channel.platform}/{channel.id}", "to": id}
        log.log(logging.INFO if is_moved else logging.WARNING, "channel moved" if is_moved else "not moved", extra=told)

    async def unreachable(self, platform: str) -> Sequence[ChannelRef]:
        return await self.store.reach.unreachable(platform)

    async def joined(self, platform: str, workspace: str) -> None:
        await self.store.reach.joined(platform, workspace)

    async def left(self, platform: str, workspace: str) -> None:
        log.info("workspace left", extra={"workspace": f"{platform}/{workspace}"})
        await self.store.reach.left(platform, workspace, self._clock())

    async def token(self, platform: str, workspace: str) -> str:
        return await self.store.reach.token(platform, workspace)

    async def save_token(self, platform: str, workspace: str, name: str, token: str) -> None:
        await self.store.reach.save_token(platform, workspace, name, token)

    async def name_for(self, channel: ChannelRef, name: str) -> None:
        await self.store.links.keep(name, channel, self._clock())

    async def named(self, name: str) -> ChannelRef | None:
        return await self.store.links.find(name)

    async def hand_over(self, url: str, body: bytes, headers: Mapping[str, str]) -> Handed:
        if (client := self.client()) is None:
            raise Refused("Nothing can be sent from here.", "Run it as a service.")
        return await client.hand_over(url, body, headers)

    async def fact(self, adapter: str, key: str) -> str | None:
        return await self.store.facts.get(adapter, key)

    async def set_fact(self, adapter: str, key: str, value: str) -> None:
        await self.store.facts.put(adapter, key, value)

    def _context(self, here: tuple[ChannelRef, Channel | None] | None = None) -> Context:
        return Context(
            self.store, self._selection, self._clock(), self.handle, COMMANDS, self._zone, self._most_follows,
            self._desk, self._has_mail, self._archive, self._seal, here,
        )  # fmt: skip

    def _summariser(self) -> "Summariser | None":
        client = self.client() if self._make_summariser else None
        return self._make_summariser(self.store, client) if self._make_summariser and client else None

    def _desk(self) -> Desk | None:
        client = self.client()
        return Desk(self.store, client, self._clock, self._rng) if client else None


def utc_now() -> datetime:
    """The clock of every real run."""
    return datetime.now(UTC)


def _understood(invocation: Invocation) -> Said:
    """What is meant; a form's verb may begin the text, as in `dm settings`."""
    verb, _, begun = invocation.verb.partition(" ")
    if verb:
        return fill(named(verb, COMMANDS), f"{begun} {invocation.text}".strip(), invocation.fields)
    return parse(invocation.text, COMMANDS)


def _cleaned(invocation: Invocation) -> Invocation:
    """The same, without what no name may hold: control characters, broken letters. The grammar cleans the text."""
    user = said(invocation.user) or "somebody"
    name, channel = said(invocation.user_name), _named(invocation.channel)
    return replace(invocation, user=user, user_name=name, channel=channel, zone=_known_zone(invocation.zone))


def _known_zone(name: str) -> str:
    """The zone, or nothing where a platform names one that does not exist here."""
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, OSError, ValueError):  # a zone that is not found is a KeyError
        return ""


def _named(channel: ChannelRef) -> ChannelRef:
    return replace(channel, id=said(channel.id) or "unnamed", name=said(channel.name))


def apology(err: Exception) -> Reply:
    """What a person is told of an error: a refusal as it stands, a bug as a code to look for in the log."""
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
