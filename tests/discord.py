"""Somebody's server with Paper Round in it: the service, its adapter, and a whole Discord to talk through."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.discord.app import Discord
from bot.digests.deliver import Outbox
from bot.digests.due import Due
from bot.model import Draft
from bot.serve.adapters import Supervisor
from bot.service import Service
from bot.settings import Settings
from tests.conftest import Clock
from tests.fakes.discord.people import Person, Seen
from tests.fakes.discord.rest import TOKEN
from tests.fakes.discord.whole import WholeDiscord
from tests.fakes.discord.world import Payload
from tests.papers import others

QUIET_CHANNEL = "ml-papers"


@dataclass
class Server:
    """A server with one channel and somebody who may change what comes there."""

    discord: WholeDiscord
    service: Service
    adapter: Discord
    clock: Clock
    due: Due
    outbox: Outbox
    ada: Person
    channel: Payload

    async def publish(self, *drafts: Draft) -> None:
        """Papers that a source lists now."""
        await self.service.store.papers.save(drafts, "test", self.clock())

    async def at(self, day: int, hour: int, minute: int = 0) -> list[Seen]:
        """Let it be that time of November 2026, and the worker look once: what was posted to the channel then."""
        before = len(self.posts)
        self.clock.now = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
        await self.due.compose_due()
        await self.outbox.deliver_due()
        return self.posts[before:]

    async def until_greeted(self, *, so: bool = True) -> None:
        """Wait until it is put down that the server was greeted, or that it was left."""
        key = f"greeted {self.channel['guild_id']}"
        async with asyncio.timeout(20):
            while bool(await self.service.fact("discord", key)) is not so:  # noqa: ASYNC110 (a database rings no bell)
                await asyncio.sleep(0.02)

    @property
    def posts(self) -> list[Seen]:
        """What was posted to the channel, oldest first."""
        return self.discord.posted(self.channel)

    def person(self, name: str, *, may: int = 0) -> Person:
        """Somebody else in the channel, who may change nothing unless they are given the right."""
        return self.discord.person(name, self.channel, may=may)


@asynccontextmanager
async def another_worker(server: Server, url: str) -> AsyncIterator[None]:
    """A second process's worth of service and adapter, on the same database and the same Discord."""
    service = await Service.open(url, clock=server.clock)
    running = asyncio.create_task(Discord(settings(server.discord)).run(service))
    try:
        await server.discord.gateway.identified(2)
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await service.close()


@asynccontextmanager
async def serving_discord(
    url: str, clock: Clock, *, shards: int = 1, silence_seconds: float = 60.0, sync_guilds: str = "",
    prepare: Callable[[WholeDiscord], None] = lambda discord: None,
) -> AsyncIterator[Server]:  # fmt: skip
    """The service on that database with its adapter connected; at the end nothing that Discord refuses was sent.

    prepare: what is done to this Discord before anybody connects.
    """
    async with WholeDiscord(clock, shards=shards) as discord:
        guild = discord.add_guild("Lab", QUIET_CHANNEL)
        prepare(discord)
        service = await Service.open(url, clock=clock)
        await service.store.papers.save(others(), "test", clock() - timedelta(days=50))
        adapter = Discord(settings(discord, sync_guilds), silence_seconds=silence_seconds)
        running = asyncio.create_task(Supervisor(adapter, service, sleep=asyncio.sleep).run())
        try:
            await discord.gateway.identified(shards)
            channel = next(iter(guild.channels.values()))
            due = service.composer({"discord": adapter.capabilities.papers_a_message}, worker="one")
            outbox = Outbox(service.store, [adapter], worker="one", clock=clock, sleep=clock.sleep)
            ada = discord.person("Ada", channel)
            yield Server(discord, service, adapter, clock, due, outbox, ada, channel)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await service.close()
        assert discord.violations == []


def settings(discord: WholeDiscord, sync_guilds: str = "") -> Settings:
    """What an operator sets to have Discord here."""
    return Settings(
        DISCORD_TOKEN=TOKEN, DISCORD_API_URL=discord.rest.base, DISCORD_GATEWAY_URL=discord.gateway_url,
        DISCORD_SYNC_GUILDS=sync_guilds,
    )  # type: ignore[call-arg]  # fmt: skip
