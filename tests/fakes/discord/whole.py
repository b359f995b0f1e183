"""A whole Discord on 127.0.0.1: REST, gateway, and servers with people in them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web

from tests.fakes.discord.answers import SAID, answer
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.people import PATIENCE, Person, Seen, Speaking
from tests.fakes.discord.rest import APPLICATION, BOT, TOKEN, Rest
from tests.fakes.discord.world import EVERYBODY, MANAGE_CHANNELS, TEXT, Guild, Payload, snowflake


class WholeDiscord:
    """In a test: `async with WholeDiscord(clock) as discord`. clock: what tells when a token is over.

    declared: the commands of each server, or of all of Discord under an empty name; declarations: how often they came.
    """

    def __init__(self, clock: Callable[[], datetime], *, shards: int = 1) -> None:
        self.clock = clock
        self.rest = Rest(limit=1_000)
        self.gateway = Gateway(TOKEN, self._ready, lambda: self.gateway_url)
        self.speaking = Speaking(APPLICATION, clock, self.gateway.dispatch)
        self.guilds: dict[str, Guild] = {}
        self.declared: dict[str, list[Payload]] = {}
        self.declarations = 0
        self._shards = shards
        root, routes = "/api/v10", self.rest.application.router
        routes.add_get("/gateway", self.gateway.connect)
        routes.add_get(f"{root}/gateway/bot", self._gateway)
        routes.add_put(f"{root}/applications/{{application}}/commands", self._declare)
        routes.add_put(f"{root}/applications/{{application}}/guilds/{{guild}}/commands", self._declare)
        self.rest.application.add_routes(self.speaking.routes(root))

    @property
    def gateway_url(self) -> str:
        return f"{self.rest.address.replace('http', 'ws', 1)}/gateway"

    @property
    def violations(self) -> list[str]:
        return [*self.rest.violations, *self.gateway.violations]

    async def __aenter__(self) -> "WholeDiscord":
        await self.rest.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gateway.drop()
        await self.rest.__aexit__()

    def add_guild(self, name: str, *channels: str) -> Guild:
        """A server with these text channels, which clients hear of when they identify."""
        guild = self.make_guild(name, *channels)
        self.guilds[guild.id] = guild
        return guild

    def make_guild(self, name: str, *channels: str) -> Guild:
        """A server with these text channels that the bot is not in."""
        guild = Guild(snowflake(self.clock()), name, BOT, owner_id=snowflake(self.clock()))
        for channel in channels:
            self.add_channel(guild, channel)
        return guild

    def add_channel(self, guild: Guild, name: str, kind: int = TEXT) -> Payload:
        made = guild.add_channel(snowflake(self.clock()), name, kind)
        self.rest.talk.channels[made["id"]] = made
        return made

    def add_thread(self, guild: Guild, name: str, parent: Payload) -> Payload:
        made = guild.add_thread(snowflake(self.clock()), name, parent["id"])
        self.rest.talk.channels[made["id"]] = made
        return made

    def channel(self, name: str) -> Payload:
        """The channel of that name, in whichever server."""
        return next(one for guild in self.guilds.values() for one in guild.channels.values() if one["name"] == name)

    async def joins(self, guild: Guild) -> None:
        """Somebody lets the bot into the server."""
        self.guilds[guild.id], guild.joined = guild, self.clock().isoformat()
        await self.gateway.dispatch("GUILD_CREATE", guild.payload())

    async def leaves(self, guild: Guild) -> None:
        """Somebody puts the bot out of the server."""
        del self.guilds[guild.id]
        await self.gateway.dispatch("GUILD_DELETE", {"id": guild.id, "guild_id": guild.id})

    def person(self, name: str, channel: Payload, *, may: int = EVERYBODY | MANAGE_CHANNELS) -> Person:
        """Somebody in a channel of a server; the bot is a member there."""
        guild = self.guilds[channel["guild_id"]]
        return Person(self.speaking, name, snowflake(self.clock()), channel, guild, may, owners={"0": guild.id})

    def alone(self, person: Person) -> Person:
        """The same person in direct messages with the bot."""
        channel = self.rest.talk.dm(person.id)
        return Person(self.speaking, person.name, person.id, channel, owners={"0": "0"}, context=1)

    def installer(self, person: Person, channel: Payload) -> Person:
        """The same person where the bot is no member: they have installed it for themselves."""
        guild = self.guilds.get(channel.get("guild_id", ""))
        context = 0 if guild else 2
        return Person(self.speaking, person.name, person.id, channel, guild, owners={"1": person.id}, context=context)

    async def until_posted(self, channel: Payload, count: int) -> list[Seen]:
        """What was posted in a channel, once it is so many messages."""
        await self.rest.until(lambda: len(self.posted(channel)) >= count, PATIENCE)
        return self.posted(channel)

    async def until_promised(self) -> None:
        """Wait until every interaction that began has had its first answer."""
        await self.rest.until(lambda: all(told.first_answers for told in self.speaking.told.values()), PATIENCE)

    def posted(self, channel: Payload) -> list[Seen]:
        """What the bot posted in a channel, oldest first."""
        return [Seen(one, channel["id"], is_ephemeral=False) for one in self.rest.talk.in_channel(channel["id"])]

    def announced(self, channel: Payload) -> list[str]:
        """What all in the channel saw of answers to people, oldest first."""
        return [seen.text for seen in self.speaking.public if seen.where == channel["id"]]

    async def until_announced(self, channel: Payload, words: str) -> str:
        """The first such text that has these words, once it is there."""
        found: list[str] = []

        def there() -> bool:
            found[:] = [text for text in self.announced(channel) if words in text]
            return bool(found)

        await self.rest.until(there, PATIENCE)
        return found[0]

    def _ready(self) -> tuple[Payload, Sequence[tuple[str, Payload]]]:
        known = {"user": BOT, "application": {"id": APPLICATION, "flags": 0}, "private_channels": []}
        here = [("GUILD_CREATE", {**guild.payload(), "unavailable": False}) for guild in self.guilds.values()]
        return known, here

    async def _gateway(self, _: web.Request) -> web.Response:
        limits = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
        return answer({"url": "wss://gateway.discord.invalid", "shards": self._shards, "session_start_limit": limits})

    async def _declare(self, request: web.Request) -> web.Response:
        self.declared[request.match_info.get("guild", "")] = request[SAID]
        self.declarations += 1
        return answer([{**one, "id": snowflake(self.clock())} for one in request[SAID]])
