"""Discord as a platform: one connection, what is said there passed on, digests posted."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import discord

from adapters.discord.answers import Answers
from adapters.discord.connection import Connection
from adapters.discord.interactions import Interactions
from adapters.discord.life import Life
from adapters.discord.limits import PAPERS
from adapters.discord.post import Post
from adapters.discord.spoken import Spoken
from adapters.discord.sync import sync
from adapters.discord.under_way import UnderWay
from bot import settings
from bot.adapter import Capabilities, ChannelRef, Handle, MessageRef
from bot.cards import Card
from bot.errors import Refused, Retry
from bot.settings import Settings

SILENCE_SECONDS = 60.0  # after which a connection that says nothing is taken for dead
_NOT_CONNECTED = 5.0  # seconds until a post is tried again that found nobody connected
_FINISH_SECONDS = 5.0  # for answers under way when we are told to stop
_GOODBYE_SECONDS = 3.0  # for Discord to close the connection: a dead one never does


class Discord:
    """One bot, in any number of servers. known: the settings, the environment's unless given."""

    name = "discord"
    capabilities = Capabilities(
        can_find=True, can_update=True, posts_a_second=1.0, workspace_posts_a_second=40.0, papers_a_message=PAPERS
    )

    def __init__(self, known: Settings | None = None, *, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._known = known or settings.load()
        self._silence_seconds = silence_seconds
        self._posting: Post | None = None
        self._spoken = Spoken(())

    async def run(self, handle: Handle) -> None:
        """Connect and pass on what people do, until cancelled. Raises where Discord ends it: to be run again."""
        known = self._known
        if not known.discord_token.get_secret_value():
            raise Refused("Discord needs a token.", "Set DISCORD_TOKEN.")
        guilds = tuple(filter(None, (one.strip() for one in known.discord_sync_guilds.split(","))))
        client = Connection(
            lambda client: sync(client, handle, guilds),
            api_url=known.discord_api_url,
            gateway_url=known.discord_gateway_url,
            silence_seconds=self._silence_seconds,
        )
        async with Answers() as answering:
            self._posting, self._spoken = Post(client), Spoken(handle.commands)
            under_way = UnderWay()
            _listen(client, Interactions(handle, answering, self._tell), Life(handle, self._tell), under_way)
            try:
                await client.start(known.discord_token.get_secret_value())
            finally:
                await under_way.finish(_FINISH_SECONDS)
                self._posting = None
                await _close(client)
        raise ConnectionError("Discord has closed the connection")

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        return await self._connected().post(channel, self._spoken.cards(cards), key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        return await self._connected().find(channel, key)

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        await self._connected().update(ref, self._spoken.cards(cards))

    async def _tell(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> None:
        await self._connected().tell(channel, self._spoken.cards(cards), key)

    def _connected(self) -> Post:
        if self._posting is None:
            raise Retry(_NOT_CONNECTED)
        return self._posting


async def _close(client: discord.Client) -> None:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await client.close()
    await client.http.close()


def _listen(client: discord.Client, interactions: Interactions, life: Life, under_way: UnderWay) -> None:
    """Have discord.py call what is named after its events."""
    client.event(under_way.tracked(interactions.on_interaction))
    client.event(under_way.tracked(life.on_guild_join))
    client.event(under_way.tracked(life.on_guild_available))
    client.event(under_way.tracked(life.on_guild_remove))
    client.event(under_way.tracked(life.on_guild_channel_delete))
    client.event(under_way.tracked(life.on_guild_channel_update))
    client.event(under_way.tracked(life.on_guild_role_update))
    client.event(under_way.tracked(life.on_member_update))
    client.event(under_way.tracked(life.on_thread_update))
    client.event(under_way.tracked(life.on_raw_thread_delete))
