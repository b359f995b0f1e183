"""What happens to us in servers, and how the connection to Discord fares."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from adapters.discord.declare import LOOK_UP
from adapters.discord.permissions import needed
from bot.adapter import ChannelRef
from tests.conftest import Clock
from tests.discord import Server, serving_discord
from tests.fakes.discord.whole import WholeDiscord
from tests.fakes.discord.world import EMBED, FORUM, OURS, SEND, VIEW
from tests.papers import a_paper, recommenders

VOLCANO = a_paper("Listening to Volcanoes", "We listen to volcanoes before they erupt.", authors=("Vera Vent",))


@pytest.fixture
async def server(sqlite_url: str, clock: Clock) -> AsyncIterator[Server]:
    clock.forward(days=-1)  # Monday
    async with serving_discord(sqlite_url, clock) as server:
        yield server


async def is_paused(server: Server) -> bool:
    found = await server.service.store.channels.find(
        ChannelRef("discord", server.channel["guild_id"], server.channel["id"])
    )
    assert found
    return bool(found.pause_reason)


async def paused(server: Server, *, so: bool) -> None:
    """Wait until the channel is, or is no more, taken as one that can't be reached."""
    async with asyncio.timeout(20):
        while await is_paused(server) is not so:  # noqa: ASYNC110 (a database rings no bell)
            await asyncio.sleep(0.02)


# Let in


async def test_a_server_is_greeted_once_where_papers_are_read(server: Server) -> None:
    discord = server.discord
    guild = discord.make_guild("Other Lab", "general", "reading-graphs", "random")
    await discord.joins(guild)
    (greeting,) = await discord.until_posted(discord.channel("reading-graphs"), 1)
    assert "Follow graph neural networks" in greeting.buttons
    await discord.gateway.ask_to_reconnect()
    await discord.gateway.resumed()
    await discord.gateway.invalidate()
    await discord.gateway.identified(2)
    await server.ada.slash("papers help")
    assert [len(discord.posted(channel)) for channel in guild.channels.values()] == [0, 1, 0]


async def test_where_we_may_speak_nowhere_the_owner_is_told(server: Server) -> None:
    guild = server.discord.make_guild("Closed", "general")
    guild.ours = VIEW
    await server.discord.joins(guild)
    (told,) = await server.discord.until_posted(server.discord.rest.talk.dm(guild.owner_id), 1)
    assert "Manage Channels" in told.text


async def test_whoever_let_us_in_while_we_were_away_is_greeted_at_the_start(server: Server) -> None:
    (greeting,) = await server.discord.until_posted(server.channel, 1)  # that server was there before we connected
    assert "Pick a time" in greeting.buttons


async def test_put_out_and_let_in_again_everything_goes_on(server: Server) -> None:
    discord = server.discord
    await server.ada.slash("papers follow", topic="recsys")
    await server.publish(*recommenders())
    guild = discord.guilds[server.channel["guild_id"]]
    await server.until_greeted()
    await discord.leaves(guild)
    await server.until_greeted(so=False)
    assert await server.at(24, 9) == []
    await discord.joins(guild)
    await discord.until_posted(server.channel, 2)  # greeted anew
    parts = await server.at(25, 9)  # with what was missed meanwhile
    assert "recsys" in parts[0].text


async def test_of_five_hundred_channels_the_one_for_papers_is_greeted_and_the_last_gets_its_digest(
    server: Server,
) -> None:
    discord = server.discord
    guild = discord.make_guild("Faculty", *(f"channel-{n}" for n in range(499)), "paper-club")
    for hidden in list(guild.channels.values())[:400]:
        hidden["permission_overwrites"] = [{"id": guild.id, "type": 0, "allow": "0", "deny": str(VIEW)}]
    await discord.joins(guild)
    last = discord.channel("paper-club")
    await discord.until_posted(last, 1)
    assert not any(discord.posted(channel) for channel in guild.channels.values() if channel is not last)
    told = await discord.person("Bob", last).slash("papers follow", topic="recsys")
    assert "Following recsys here" in told.text
    await server.publish(*recommenders())
    await server.at(24, 9)
    assert "Digest of 24 Nov 2026" in discord.posted(last)[-1].text


# Channels


async def test_a_deleted_channel_is_paused_and_who_set_it_up_is_told_once(server: Server) -> None:
    discord = server.discord
    await server.ada.slash("papers follow", topic="recsys")
    await server.publish(*recommenders())
    guild = discord.guilds[server.channel["guild_id"]]
    del guild.channels[server.channel["id"]]
    await discord.gateway.dispatch("CHANNEL_DELETE", server.channel)
    await paused(server, so=True)
    for day in (24, 25):
        assert await server.at(day, 9) == []
    (told,) = discord.posted(discord.rest.talk.dm(server.ada.id))
    assert "Digests for #ml-papers are paused" in told.text


async def test_permissions_taken_pause_a_channel_and_given_back_let_it_go_on(server: Server) -> None:
    discord = server.discord
    guild = discord.guilds[server.channel["guild_id"]]
    await server.ada.slash("papers follow", topic="recsys")
    await server.publish(*recommenders()[:3])
    await discord.until_posted(server.channel, 1)
    discord.rest.orders.keeps_to("403 50001", channel=server.channel["id"])
    ours = {"id": guild.bot_role, "type": 0, "allow": "0", "deny": str(SEND | EMBED)}
    server.channel["permission_overwrites"] = [ours]
    await discord.gateway.dispatch("CHANNEL_UPDATE", server.channel)
    assert await server.at(24, 9) == []
    assert await is_paused(server)
    discord.rest.orders.relents()
    server.channel["permission_overwrites"] = []
    await discord.gateway.dispatch("CHANNEL_UPDATE", server.channel)
    await paused(server, so=False)
    await server.publish(*recommenders()[3:])
    (digest,) = await server.at(25, 9)
    assert "recsys" in digest.text


async def test_a_role_of_ours_that_may_speak_again_lets_channels_go_on(server: Server) -> None:
    discord = server.discord
    guild = discord.guilds[server.channel["guild_id"]]
    await server.ada.slash("papers follow", topic="recsys")
    await server.service.gone(ChannelRef("discord", guild.id, server.channel["id"]))
    role = guild.add_role(guild.bot_role, "Paper Round", VIEW)
    await discord.gateway.dispatch("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role})
    await server.ada.slash("papers help")  # whoever speaks there can be reached there
    assert not await is_paused(server)
    await server.service.gone(ChannelRef("discord", guild.id, server.channel["id"]))
    role = guild.add_role(guild.bot_role, "Paper Round", OURS)
    await discord.gateway.dispatch("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role})
    await paused(server, so=False)


async def test_digests_go_to_threads_and_forums(server: Server) -> None:
    discord = server.discord
    guild = discord.guilds[server.channel["guild_id"]]
    thread = discord.add_thread(guild, "recommenders", server.channel)
    await discord.gateway.dispatch("THREAD_CREATE", thread)
    forum = discord.add_channel(guild, "reading", FORUM)
    await discord.gateway.dispatch("CHANNEL_CREATE", forum)
    post = discord.add_thread(guild, "Hello", forum)
    await discord.gateway.dispatch("THREAD_CREATE", post)
    for place in (thread, post):
        await discord.person("Ada", place).slash("papers follow", topic="recsys")
    await server.publish(*recommenders())
    await server.at(24, 9)
    (in_thread,) = discord.posted(thread)
    assert "Digest of 24 Nov 2026" in in_thread.text
    begun = [one for one in discord.rest.talk.channels.values() if one.get("parent_id") == forum["id"]]
    assert sorted(one["name"] for one in begun if one["id"] != post["id"]) == ["Digest of 24 Nov 2026"]


async def test_a_deleted_thread_is_paused(server: Server) -> None:
    guild = server.discord.guilds[server.channel["guild_id"]]
    thread = server.discord.add_thread(guild, "recommenders", server.channel)
    await server.discord.gateway.dispatch("THREAD_CREATE", thread)
    await server.discord.person("Ada", thread).slash("papers follow", topic="recsys")
    gone = {"id": thread["id"], "guild_id": guild.id, "parent_id": thread["parent_id"], "type": thread["type"]}
    await server.discord.gateway.dispatch("THREAD_DELETE", gone)
    server.channel = thread
    await paused(server, so=True)


async def test_a_server_with_500_channels_is_greeted_in_one_of_them(sqlite_url: str, clock: Clock) -> None:
    def crowd(discord: WholeDiscord) -> None:
        for guild in discord.guilds.values():
            for number in range(499):
                discord.add_channel(guild, f"room-{number}")

    async with serving_discord(sqlite_url, clock, prepare=crowd) as server:
        await server.discord.until_posted(server.channel, 1)
        assert len(server.discord.rest.talk.messages) == 1


# Declared


async def test_commands_are_declared_once_until_they_change(sqlite_url: str, clock: Clock) -> None:
    async with serving_discord(sqlite_url, clock) as first:
        assert first.discord.declarations == 1
        papers, paper, beside = first.discord.declared[""]
        assert [papers["name"], paper["name"], beside["name"]] == ["papers", "paper", LOOK_UP]
        assert len(papers["options"]) <= 25
        assert not any(one["description"].startswith("More commands") for one in papers["options"])
        verbs = [command.verb for command in first.service.commands]
        assert len(verbs) == 1 + sum(
            len(one.get("options", ())) if one["type"] == 2 else 1 for one in papers["options"]
        )
    async with serving_discord(sqlite_url, clock) as second:
        await second.ada.slash("papers help")
        assert second.discord.declarations == 0


async def test_servers_that_the_operator_names_have_the_commands_at_once_and_nobody_else(
    sqlite_url: str, clock: Clock
) -> None:
    async with serving_discord(sqlite_url, clock, sync_guilds="42, 43") as server:
        assert sorted(server.discord.declared) == ["42", "43"]


def test_an_invitation_asks_for_no_more_than_is_needed() -> None:
    assert needed().value == OURS
    assert not needed().administrator


# The connection


@asynccontextmanager
async def broken(server: Server, breaking: Callable[[], object]) -> AsyncIterator[None]:
    """Break the connection, and say something before it is back: it is answered when it is."""
    result = breaking()
    if asyncio.iscoroutine(result):
        await result
    asked = asyncio.create_task(server.ada.slash("paper", title=VOLCANO.title))
    yield
    told = await asked
    assert VOLCANO.title in told.text
    assert told.first_answers == 1
    assert len(told.messages) == 1


@pytest.fixture
async def reader(server: Server) -> Server:
    await server.publish(VOLCANO)
    return server


async def test_a_dropped_connection_is_resumed_and_what_was_missed_is_answered(reader: Server) -> None:
    async with broken(reader, reader.discord.gateway.drop):
        await reader.discord.gateway.resumed()
    assert reader.discord.gateway.log.count("identify") == 1


async def test_asked_to_reconnect_it_resumes(reader: Server) -> None:
    async with broken(reader, reader.discord.gateway.ask_to_reconnect):
        await reader.discord.gateway.resumed()
    assert reader.discord.gateway.log.count("identify") == 1


async def test_a_session_that_is_over_is_begun_anew(reader: Server) -> None:
    await reader.discord.gateway.invalidate()
    await reader.discord.gateway.identified(2)
    assert VOLCANO.title in (await reader.ada.slash("paper", title=VOLCANO.title)).text


async def test_a_session_that_can_be_resumed_after_all_is(reader: Server) -> None:
    await reader.discord.gateway.invalidate(resumable=True)
    await reader.discord.gateway.resumed()
    assert VOLCANO.title in (await reader.ada.slash("paper", title=VOLCANO.title)).text


async def test_where_discord_knows_the_session_no_more_it_is_begun_anew(reader: Server) -> None:
    reader.discord.gateway.refuses_sessions = True
    reader.discord.gateway.drop()
    await reader.discord.gateway.identified(2)
    assert VOLCANO.title in (await reader.ada.slash("paper", title=VOLCANO.title)).text


async def test_a_connection_that_only_looks_alive_is_given_up(sqlite_url: str, clock: Clock) -> None:
    def hasty(discord: WholeDiscord) -> None:
        discord.gateway.heartbeat_ms = 200

    async with serving_discord(sqlite_url, clock, silence_seconds=1.0, prepare=hasty) as server:
        await server.publish(VOLCANO)
        async with broken(server, server.discord.gateway.die):
            await server.discord.gateway.resumed()


@pytest.mark.parametrize("code", [1000, 4000, 4009])
async def test_a_connection_that_is_closed_comes_back(reader: Server, code: int) -> None:
    async with broken(reader, lambda: reader.discord.gateway.close(code)):
        await reader.discord.gateway.until(lambda: len(reader.discord.gateway.log) > 2)


async def test_several_shards_hear_of_their_own_servers(sqlite_url: str, clock: Clock) -> None:
    async with serving_discord(sqlite_url, clock, shards=2) as server:
        await server.publish(VOLCANO)
        assert {session.shard for session in server.discord.gateway.sessions.values()} == {(0, 2), (1, 2)}
        assert VOLCANO.title in (await server.ada.slash("paper", title=VOLCANO.title)).text
        assert VOLCANO.title in (await server.discord.alone(server.ada).slash("paper", title=VOLCANO.title)).text
