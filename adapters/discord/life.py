"""What happens to us in servers: let in, put out, channels deleted, permissions taken and given back."""

import logging

import aiohttp
import discord

from adapters.discord.asking import PLATFORM
from adapters.discord.greeting import OF_PAPERS, greeting
from adapters.discord.late import Tell
from adapters.discord.permissions import Speakable, may_speak
from bot.adapter import EVERYWHERE, ChannelRef, Handle
from bot.errors import Gone, Rejected, Retry

log = logging.getLogger(__name__)


class Life:
    """Hears Discord's events by the names that discord.py gives them. tell: posts cards once under a key."""

    def __init__(self, handle: Handle, tell: Tell) -> None:
        self._handle = handle
        self._tell = tell

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._arrived(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Seen at every start and after an outage; whoever let us in meanwhile is greeted now."""
        await self._arrived(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._handle.left(PLATFORM, str(guild.id))
        await self._handle.set_fact(PLATFORM, _greeted(guild), "")

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._handle.gone(_ref(channel))

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        await self._handle.gone(ChannelRef(PLATFORM, str(thread.guild_id), str(thread.thread_id)))

    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self._look_again(after.guild)

    async def on_guild_role_update(self, _: discord.Role, after: discord.Role) -> None:
        await self._look_again(after.guild)

    async def on_member_update(self, _: discord.Member, after: discord.Member) -> None:
        if after == after.guild.me:
            await self._look_again(after.guild)

    async def on_thread_update(self, _: discord.Thread, after: discord.Thread) -> None:
        await self._look_again(after.guild)

    async def _arrived(self, guild: discord.Guild) -> None:
        await self._handle.joined(PLATFORM, str(guild.id))
        await self._look_again(guild)
        if await self._handle.fact(PLATFORM, _greeted(guild)):
            return
        channel = _first_place(guild)
        where = _ref(channel) if channel else ChannelRef(PLATFORM, EVERYWHERE, str(guild.owner_id), kind="dm")
        try:
            await self._tell(where, [await greeting(self._handle, where)], _key(guild))
        except (Gone, Rejected) as err:
            log.warning("server not greeted", extra={"guild": guild.id, "error": type(err).__name__})
        except (Retry, OSError, aiohttp.ClientError) as err:
            log.warning("server not greeted yet", extra={"guild": guild.id, "error": type(err).__name__})
            return
        await self._handle.set_fact(PLATFORM, _greeted(guild), "yes")

    async def _look_again(self, guild: discord.Guild) -> None:
        """Go on with the server's channels that were lost and can be reached now."""
        for ref in await self._handle.unreachable(PLATFORM):
            channel = guild.get_channel_or_thread(int(ref.id)) if ref.workspace == str(guild.id) else None
            if isinstance(channel, Speakable) and may_speak(channel):
                await self._handle.back(ref)


def _first_place(guild: discord.Guild) -> discord.TextChannel | None:
    """Where to greet: a channel for papers by its name, the server's own for such news, or the first there is."""
    open_to_us = [channel for channel in guild.text_channels if may_speak(channel)]
    of_papers = [channel for channel in open_to_us if OF_PAPERS.search(channel.name)]
    for_news = [channel for channel in open_to_us if channel == guild.system_channel]
    return next(iter([*of_papers, *for_news, *open_to_us]), None)


def _ref(channel: discord.abc.GuildChannel) -> ChannelRef:
    return ChannelRef(PLATFORM, str(channel.guild.id), str(channel.id), channel.name)


def _greeted(guild: discord.Guild) -> str:
    return f"greeted {guild.id}"


def _key(guild: discord.Guild) -> str:
    """One a stay: let in again, a server is greeted again."""
    joined = guild.me.joined_at
    return f"hello{joined.timestamp():.0f}" if joined else "hello"
