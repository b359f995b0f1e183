"""The connection to Discord's gateway and API, wherever the operator says they are."""

from collections.abc import Awaitable, Callable

import aiohttp
import discord
from discord.http import Route
from yarl import URL

LONGEST_WAIT = 30.0  # seconds of a rate limit that are waited out; a longer one is told to whoever asked


class Connection(discord.AutoShardedClient):
    """discord.py's client with as many shards as Discord recommends, no privileged intent, and nothing kept of people.

    api_url, gateway_url: Discord's own where they are empty. prepare: awaited once we are logged in.
    """

    def __init__(
        self,
        prepare: Callable[["Connection"], Awaitable[None]],
        *,
        api_url: str,
        gateway_url: str,
        silence_seconds: float,
    ) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks by voice here
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            max_ratelimit_timeout=LONGEST_WAIT,
            heartbeat_timeout=silence_seconds,
        )
        self._prepare = prepare
        if api_url:
            Route.BASE = api_url.rstrip("/")
        if gateway_url:
            self._redirect(URL(gateway_url))

    async def setup_hook(self) -> None:
        await self._prepare(self)

    def _redirect(self, gateway: URL) -> None:
        """Connect there whatever address Discord names, the first time and every time after."""
        connect = self.http.ws_connect

        async def ws_connect(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
            return await connect(str(gateway.with_query(URL(url).query)), compress=compress)

        self.http.ws_connect = ws_connect  # type: ignore[method-assign]
